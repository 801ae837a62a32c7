import { fault, invalid } from "./faults.ts";

const NAME = /^[a-zA-Z0-9_.\-/]+$/;
const LONGEST_NAME = 1011;
const MOST_LEVELS = 15;
const LABEL = /^[a-zA-Z0-9_.-]{1,100}$/;

/** Refuses a name that a new parameter may not have. */
export function checkName(name = ""): string {
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw invalid(
      `Parameter name: can't be prefixed with "${/aws/i.test(name.slice(0, 4)) ? "aws" : "ssm"}" ` +
        "(case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; " +
        "each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
    );
  }
  if (!NAME.test(name) || name.endsWith("/") || name.includes("//")) {
    throw invalid(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can ' +
        "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, " +
        "numbers and the following 3 symbols .-_",
    );
  }
  if (name.includes("/") && !name.startsWith("/")) {
    throw invalid("Parameter name must be a fully qualified name.");
  }
  if (name.length > LONGEST_NAME) {
    throw invalid(
      `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must ` +
        `have length less than or equal to ${LONGEST_NAME}`,
    );
  }
  if (name.split("/").length - 1 > MOST_LEVELS) {
    throw fault(
      "HierarchyLevelLimitExceededException",
      `Parameter name can have a maximum of ${MOST_LEVELS} levels. Review and fix your parameter name.`,
    );
  }
  return name;
}

export interface Selector {
  readonly name: string;
  /** `:3` or `:label`, as it was given; empty for the latest. */
  readonly selector: string;
}

/** `name`, `name:3`, `name:label`, or an ARN with such an ending. */
export function parseSelector(text = ""): Selector {
  const arn = /^arn:[^:]+:ssm:[^:]+:\d{12}:parameter(\/.+)$/.exec(text);
  const plain = arn?.[1] ?? text;
  const colon = plain.indexOf(":");
  const name = colon < 0 ? plain : plain.slice(0, colon);
  return { name, selector: colon < 0 ? "" : plain.slice(colon) };
}

/** Names by which a parameter of an ARN may be kept: a single name has no slash of its own. */
export const namesFor = (name: string): string[] => (/^\/[^/]+$/.test(name) ? [name, name.slice(1)] : [name]);

/** Why a label may not be one. */
export const isLabel = (label: string): boolean => LABEL.test(label) && !/^(\d|aws|ssm)/i.test(label);
