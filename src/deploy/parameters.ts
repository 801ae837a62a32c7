import { matchesAll } from "./allowed-pattern.ts";
import type { Json } from "./parse.ts";
import type { Template, TemplateParameter } from "./template.ts";
import { TemplateError } from "./template-error.ts";

/** What a parameter stands for: text, or a list of texts. */
export type ParameterValue = string | readonly string[];

export interface ReadParameters {
  /** What `Ref` gives. */
  readonly values: Readonly<Record<string, ParameterValue>>;
  /** As they were given, for whoever asks the stack. */
  readonly given: Readonly<Record<string, string>>;
}

const TYPES =
  /^(?:String|Number|List<Number>|List<String>|CommaDelimitedList|AWS::(?:[A-Za-z0-9:]+)|List<AWS::[A-Za-z0-9:]+>|AWS::SSM::Parameter::(?:Name|Value<.+>))$/;

/**
 * The values of a template's parameters: those given, or the defaults. `parameterStore` gives values by name
 * for types that name one. Throws a TemplateError for what is missing or does not fit.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export async function readParameters(
  { parameters }: Pick<Template, "parameters">,
  given: Readonly<Record<string, string>>,
  parameterStore: (name: string) => Promise<string | undefined>,
): Promise<ReadParameters> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(parameters, name));
  if (unknown.length > 0) {
    throw new TemplateError(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  }
  const missing = Object.entries(parameters).filter(
    ([name, { Default }]) => given[name] === undefined && Default === undefined,
  );
  if (missing.length > 0) {
    throw new TemplateError(`Parameters: [${missing.map(([name]) => name).join(", ")}] must have values`);
  }
  const values: Record<string, ParameterValue> = {};
  const texts: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    if (!TYPES.test(parameter.Type ?? "")) {
      throw new TemplateError(`Template format error: Unrecognized parameter type: ${parameter.Type}`);
    }
    const text = given[name] ?? textOf(parameter.Default);
    check(name, parameter, text);
    texts[name] = text;
    values[name] = await valueFor(parameter.Type, text, parameterStore);
  }
  return { values, given: texts };
}

const textOf = (value: Json | undefined) =>
  Array.isArray(value) ? value.join(",") : value === undefined || value === null ? "" : String(value);

async function valueFor(
  type: string,
  text: string,
  parameterStore: (name: string) => Promise<string | undefined>,
): Promise<ParameterValue> {
  const stored = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1];
  if (stored === undefined) return isList(type) ? listOf(text) : text;
  const found = await parameterStore(text);
  if (found === undefined) {
    throw new TemplateError(`Unable to fetch parameters [${text}] from parameter store for this account.`);
  }
  return isList(stored) ? listOf(found) : found;
}

const isList = (type: string) => type === "CommaDelimitedList" || type.startsWith("List<");
const listOf = (text: string) => (text === "" ? [] : text.split(",").map((part) => part.trim()));

function check(name: string, parameter: TemplateParameter, text: string): void {
  const { Type, AllowedValues, AllowedPattern, ConstraintDescription } = parameter;
  const fail = (message: string) => {
    const why = ConstraintDescription ? `${ConstraintDescription}` : message;
    throw new TemplateError(
      `Parameter '${name}' ${ConstraintDescription ? `failed to satisfy constraint: ${why}` : why}`,
    );
  };
  const parts = isList(Type) ? listOf(text) : [text];
  for (const part of parts) {
    if (/Number/.test(Type) && Type !== "String" && Number.isNaN(Number(part || Number.NaN)))
      fail("must be a number.");
    if (AllowedValues && !AllowedValues.map(String).includes(part)) {
      fail(`must be one of AllowedValues`);
    }
    if (AllowedPattern !== undefined && !matchesAll(AllowedPattern, part))
      fail(`must match pattern ${AllowedPattern}`);
  }
  const { MinLength, MaxLength, MinValue, MaxValue } = parameter;
  if (MinLength !== undefined && text.length < Number(MinLength))
    fail(`must contain at least ${MinLength} characters`);
  if (MaxLength !== undefined && text.length > Number(MaxLength))
    fail(`must contain at most ${MaxLength} characters`);
  if (MinValue !== undefined && Number(text) < Number(MinValue))
    fail(`must be a number not less than ${MinValue}`);
  if (MaxValue !== undefined && Number(text) > Number(MaxValue))
    fail(`must be a number not greater than ${MaxValue}`);
}
