import { formatArn } from "../../kernel/arn.ts";
import { platformFault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import { accessDenied, fault } from "./faults.ts";
import type { FunctionId } from "./records.ts";

/** A function as a caller names it: by name, `account:function:name` or ARN, with a qualifier or not. */
export interface FunctionName extends FunctionId {
  readonly qualifier?: string;
}

const NAME = new RegExp(
  "^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2,}(?:-[a-z]+)+-\\d):)?(?:(\\d{12}):)?(?:function:)?" +
    "([a-zA-Z0-9-_.]+)(?::(\\$LATEST(?:\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$",
);

/** The parts of a name or (partial) ARN, or undefined when it is none. */
export function parseFunctionName(text: string, scope: Scope): FunctionName | undefined {
  const match = NAME.exec(text);
  if (!match) return undefined;
  const [, region = scope.region, account = scope.account, name = "", qualifier] = match;
  return qualifier === undefined ? { account, region, name } : { account, region, name, qualifier };
}

/**
 * The function that FunctionName and Qualifier mean together, refused as AWS does when they disagree or
 * when the ARN is of another Region or account.
 */
export function nameFunction(text: string | undefined, qualifier: string | undefined, scope: Scope) {
  const named = parseFunctionName(text ?? "", scope);
  if (!named) {
    throw platformFault(
      "ValidationException",
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: ` +
        "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+",
    );
  }
  if (named.region !== scope.region) {
    throw fault(
      "ResourceNotFoundException",
      `Functions from '${named.region}' are not reachable in this region ('${scope.region}')`,
    );
  }
  if (named.account !== scope.account) throw accessDenied();
  if (named.qualifier !== undefined && qualifier !== undefined && named.qualifier !== qualifier) {
    throw fault(
      "InvalidParameterValueException",
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  }
  const both = named.qualifier ?? qualifier;
  return both === undefined ? named : { ...named, qualifier: both };
}

export const functionArn = (id: FunctionId): string => formatArn("lambda", id, `function:${id.name}`);

export const qualifiedArn = (id: FunctionId, qualifier: string): string => `${functionArn(id)}:${qualifier}`;

export const arnOf = (name: FunctionName): string =>
  name.qualifier === undefined ? functionArn(name) : qualifiedArn(name, name.qualifier);

export const isVersionNumber = (qualifier: string): boolean => /^\d+$/.test(qualifier);

/** AWS answers this for a name that may be an alias, a version or nothing. */
export function functionNotFound(arn: string) {
  return fault("ResourceNotFoundException", `Function not found: ${arn}`);
}
