// What stands for a template once its transforms have been applied, and its parameters are known.
import { declaredTransforms } from "../../deploy/declared.ts";
import { evaluate } from "../../deploy/intrinsics.ts";
import { expandLoops } from "../../deploy/loops.ts";
import { isMap, type Json, type JsonMap, parseTemplate } from "../../deploy/parse.ts";
import { SERVERLESS, transformServerless } from "../../deploy/sam/index.ts";
import { type Template, templateOf } from "../../deploy/template.ts";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Context } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { runMacro } from "./macros.ts";
import { asValidation, pseudoOf, type StackName } from "./prepare.ts";
import type { Wanted } from "./records.ts";
import { textAt } from "./template-source.ts";

declare module "../define.ts" {
  interface Sdks {
    iam: typeof import("@aws-sdk/client-iam");
    ssm: typeof import("@aws-sdk/client-ssm");
  }
}

const INCLUDE = "AWS::Include";
const LANGUAGE = "AWS::LanguageExtensions";
/** Part of AWS's list; what they would add is not to be had here. */
const ABSENT = [
  "AWS::CodeDeployBlueGreen",
  "AWS::CodeStar",
  "AWS::SecretsManager-2020-07-23",
  "AWS::SecretsManager-2024-09-16",
];

/** Whether anything is to be done to a template before it can be read. */
const hasTransforms = (root: JsonMap): boolean => declaredTransforms(root).length > 0;

/** Who has macros write a template says that he knows it, where he does not look at the changes first. */
export function checkExpansion(template: string, capabilities: readonly string[] = []): Promise<void> {
  return asValidation(() => {
    if (capabilities.includes("CAPABILITY_AUTO_EXPAND") || !hasTransforms(parseTemplate(template))) return;
    throw fault("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]");
  });
}

/**
 * Applies a template's transforms, those deep inside first, and fetches parameters that name what is stored.
 * What comes of it is kept with what was asked for. Throws a ValidationError in CloudFormation's words.
 */
export function settle(context: Context, stack: StackName, wanted: Wanted): Promise<Wanted> {
  return asValidation(async () => {
    const root = parseTemplate(wanted.template);
    const transformed = hasTransforms(root) ? await transform(context, stack, root, wanted) : undefined;
    const stored = await storedParameters(context, transformed ?? root, wanted.parameters);
    return {
      ...wanted,
      ...(transformed ? { processed: JSON.stringify(transformed, null, 2) } : {}),
      ...(Object.keys(stored).length > 0 ? { stored } : {}),
    };
  });
}

interface Macros {
  readonly context: Context;
  readonly stack: StackName;
  readonly root: JsonMap;
  readonly parameters: Readonly<Record<string, Json>>;
}

async function transform(
  context: Context,
  stack: StackName,
  root: JsonMap,
  { parameters }: Wanted,
): Promise<JsonMap> {
  const macros: Macros = { context, stack, root, parameters: valuesOf(root, parameters) };
  const { Transform: listed, ...rest } = (await inner(macros, root)) as JsonMap;
  let whole: JsonMap = rest;
  for (const each of listed === undefined ? [] : Array.isArray(listed) ? (listed as Json[]) : [listed]) {
    const name = isMap(each) ? String(each.Name) : String(each);
    const params = isMap(each) && isMap(each.Parameters) ? each.Parameters : {};
    const made = await applied(macros, name, whole, params);
    if (!isMap(made)) throw new TemplateError(`Transform ${name} failed with: It gave no template.`);
    const { Transform: _, ...next } = made;
    whole = next;
  }
  return whole;
}

/** Values that are known before the stack is made: those given, or the defaults. */
function valuesOf(root: JsonMap, given: Readonly<Record<string, string>>): Record<string, Json> {
  const declared = isMap(root.Parameters) ? root.Parameters : {};
  const defaults = Object.entries(declared).flatMap(([name, parameter]) =>
    isMap(parameter) && parameter.Default !== undefined ? [[name, parameter.Default] as const] : [],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

/** `Fn::Transform`, from the inside out: what stands beside it is what it works on. */
async function inner(macros: Macros, value: Json): Promise<Json> {
  if (Array.isArray(value)) return Promise.all(value.map((item: Json) => inner(macros, item)));
  if (!isMap(value)) return value;
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    members.push([name, name === "Fn::Transform" ? member : await inner(macros, member)]);
  }
  const { "Fn::Transform": asked, ...beside } = Object.fromEntries(members);
  if (asked === undefined) return beside;
  let made: Json = beside;
  for (const each of Array.isArray(asked) ? (asked as Json[]) : [asked]) {
    const name = isMap(each) ? String(each.Name) : String(each);
    const params = isMap(each) && isMap(each.Parameters) ? each.Parameters : {};
    made = await applied(macros, name, isMap(made) ? made : {}, params);
  }
  return made;
}

async function applied(macros: Macros, name: string, fragment: JsonMap, params: JsonMap): Promise<Json> {
  const { context, stack } = macros;
  if (name === LANGUAGE) return expandLoops(fragment, macros.parameters);
  if (name === SERVERLESS) {
    return transformServerless(fragment, {
      region: stack.region,
      partition: "aws",
      parameters: macros.parameters,
      managedPolicies: await managedPolicies(context),
      nowMs: context.clock.now(),
    });
  }
  if (ABSENT.includes(name)) throw new TemplateError(`Transform ${name} is not part of this platform.`);
  const known = evaluateParameters(macros, params);
  if (name === INCLUDE) return { ...fragment, ...(await included(context, known)) };
  if (name.startsWith("AWS::")) throw new TemplateError(`No transform named ${name} found.`);
  return runMacro(context, name, fragment, known, macros.parameters);
}

/** What is given to a macro may be made of parameters. */
function evaluateParameters({ root, stack, parameters }: Macros, params: JsonMap): JsonMap {
  const template = {
    parameters: {},
    mappings: isMap(root.Mappings) ? root.Mappings : {},
  } as unknown as Template;
  const scope = {
    template,
    parameters: parameters as Readonly<Record<string, string>>,
    pseudo: pseudoOf(stack),
    conditions: new Map<string, boolean>(),
    refOf: () => undefined,
    attributeOf: () => undefined,
    importOf: () => undefined,
  };
  return (evaluate(params, scope, "/Transform") ?? {}) as JsonMap;
}

async function included(context: Context, { Location: location }: JsonMap): Promise<JsonMap> {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(String(location)) ?? [];
  if (!Bucket || !Key) {
    throw new TemplateError(
      `Transform ${INCLUDE} failed with: The location parameter is not a valid S3 uri.`,
    );
  }
  try {
    return parseTemplate(await textAt(context, Bucket, Key));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TemplateError(`Transform ${INCLUDE} failed with: ${why}`);
  }
}

async function managedPolicies(context: Context): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let Marker: string | undefined; ; ) {
    const page = await context.call("iam", "ListPolicies", {
      Scope: "AWS",
      MaxItems: 1000,
      ...(Marker && { Marker }),
    });
    for (const { PolicyName = "", Arn = "" } of page.Policies ?? []) found[PolicyName] = Arn;
    if (!page.IsTruncated) return found;
    Marker = page.Marker;
  }
}

const STORED = /^AWS::SSM::Parameter::Value<.+>$/;

/** What parameters stand for that name one of the Parameter Store, by that name. */
async function storedParameters(
  context: Context,
  root: JsonMap,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { parameters } = templateOf(root);
  const found: Record<string, string> = {};
  for (const [name, { Type, Default }] of Object.entries(parameters)) {
    const key = given[name] ?? (Default === undefined ? undefined : String(Default));
    if (!STORED.test(Type) || key === undefined) continue;
    const value = await context
      .call("ssm", "GetParameter", { Name: key })
      .then(({ Parameter }) => Parameter)
      .catch(() => undefined);
    if (value?.Type === "SecureString") {
      throw invalid(`Parameters [${key}] referenced by template have types not supported by CloudFormation.`);
    }
    if (value?.Value !== undefined) found[key] = value.Value;
  }
  return found;
}
