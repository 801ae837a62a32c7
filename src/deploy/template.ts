import { isMap, type Json, type JsonMap } from "./parse.ts";
import { TemplateError } from "./template-error.ts";

/** A template's sections, checked for their form. */
export interface Template {
  readonly description: string | undefined;
  readonly metadata: JsonMap;
  readonly parameters: Readonly<Record<string, TemplateParameter>>;
  readonly mappings: JsonMap;
  readonly conditions: JsonMap;
  readonly rules: JsonMap;
  readonly transforms: readonly Json[];
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, TemplateOutput>>;
}

export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: Json;
  readonly AllowedValues?: readonly Json[];
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly Description?: string;
  readonly MinLength?: number | string;
  readonly MaxLength?: number | string;
  readonly MinValue?: number | string;
  readonly MaxValue?: number | string;
  readonly NoEcho?: boolean | string;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: JsonMap;
  readonly DependsOn: readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: Json;
  readonly UpdateReplacePolicy?: Json;
  readonly UpdatePolicy?: Json;
  readonly CreationPolicy?: Json;
  readonly Metadata?: JsonMap;
}

export interface TemplateOutput {
  readonly Value: Json;
  readonly Description?: Json;
  readonly Export?: JsonMap;
  readonly Condition?: string;
}

const SECTIONS = new Set([
  "AWSTemplateFormatVersion",
  "Conditions",
  "Description",
  "Globals",
  "Hooks",
  "Mappings",
  "Metadata",
  "Outputs",
  "Parameters",
  "Resources",
  "Rules",
  "Transform",
]);

const RESOURCE_MEMBERS = new Set([
  "Condition",
  "CreationPolicy",
  "DeletionPolicy",
  "DependsOn",
  "Metadata",
  "Properties",
  "Type",
  "UpdatePolicy",
  "UpdateReplacePolicy",
]);

const POLICIES = new Set(["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]);
const MOST_RESOURCES = 500;
const NAME = /^[A-Za-z0-9]+$/;

/** Checks a template's form. Throws a TemplateError in CloudFormation's words. */
export function templateOf(root: JsonMap): Template {
  const unknown = Object.keys(root).filter((name) => !SECTIONS.has(name));
  if (unknown.length > 0) {
    throw new TemplateError(`Invalid template property or properties [${unknown.join(", ")}]`);
  }
  const { AWSTemplateFormatVersion: version } = root;
  if (version !== undefined && String(version).slice(0, 10) !== "2010-09-09") {
    throw new TemplateError(
      `Template format error: Unrecognized or unsupported template format version ${String(version)}`,
    );
  }
  const resources = section(root, "Resources");
  if (Object.keys(resources).length === 0) {
    throw new TemplateError("Template format error: At least one Resources member must be defined.");
  }
  const count = Object.keys(resources).length;
  if (count > MOST_RESOURCES) {
    throw new TemplateError(
      `Template format error: Number of resources, ${count}, is greater than maximum allowed, ` +
        MOST_RESOURCES,
    );
  }
  const { Transform: transform, Description: description } = root;
  // Transforms may have words of their own for resources.
  const isFragment = transform !== undefined;
  return {
    description: typeof description === "string" ? description : undefined,
    metadata: section(root, "Metadata"),
    parameters: parametersOf(section(root, "Parameters")),
    mappings: section(root, "Mappings"),
    conditions: section(root, "Conditions"),
    rules: section(root, "Rules"),
    transforms: transform === undefined ? [] : Array.isArray(transform) ? transform : [transform as Json],
    resources: Object.fromEntries(
      Object.entries(resources).map(([name, value]) => [name, resourceOf(name, value, isFragment)]),
    ),
    outputs: outputsOf(section(root, "Outputs")),
  };
}

function section(root: JsonMap, name: string): JsonMap {
  const value = root[name] ?? {};
  if (!isMap(value)) throw new TemplateError(`Template format error: [/${name}] must be an object.`);
  return value;
}

/** Before anything reads what a template says of its parameters. */
function parametersOf(parameters: JsonMap): Template["parameters"] {
  for (const [name, parameter] of Object.entries(parameters)) {
    const fail = (what: string) => new TemplateError(`Template format error: [/Parameters/${name}${what}`);
    if (!isMap(parameter)) throw fail("] must be an object.");
    if (typeof parameter.Type !== "string")
      throw fail("] Every Parameters object must contain a Type member.");
    if (typeof parameter.Default === "object") throw fail("/Default] must be a string.");
    if (parameter.AllowedValues !== undefined && !Array.isArray(parameter.AllowedValues))
      throw fail("/AllowedValues] must be a list.");
  }
  return parameters as unknown as Template["parameters"];
}

function resourceOf(name: string, value: Json, isFragment: boolean): TemplateResource {
  if (!isMap(value))
    throw new TemplateError(`Template format error: [/Resources/${name}] resource definition is malformed`);
  if (!NAME.test(name))
    throw new TemplateError(`Template format error: Resource name ${name} is non alphanumeric.`);
  const unknown = Object.keys(value).filter((member) => !RESOURCE_MEMBERS.has(member));
  if (unknown.length > 0 && !isFragment)
    throw new TemplateError(`Invalid template resource property '${unknown[0]}'`);
  const { Type, Properties = {}, DependsOn = [], ...rest } = value;
  if (typeof Type !== "string") {
    throw new TemplateError(
      `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`,
    );
  }
  if (!isMap(Properties))
    throw new TemplateError(`Template format error: [/Resources/${name}/Properties] must be an object.`);
  for (const policy of ["DeletionPolicy", "UpdateReplacePolicy"] as const) {
    const value = rest[policy];
    if (typeof value === "string" && !POLICIES.has(value))
      throw new TemplateError(`Template format error: Unrecognized ${policy} ${value} for resource ${name}`);
  }
  const depends = Array.isArray(DependsOn) ? DependsOn : [DependsOn];
  return { ...(rest as Partial<TemplateResource>), Type, Properties, DependsOn: depends.map(String) };
}

function outputsOf(outputs: JsonMap): Record<string, TemplateOutput> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => {
      if (!NAME.test(name))
        throw new TemplateError(`Template format error: Output name ${name} is non alphanumeric.`);
      if (!isMap(value) || value.Value === undefined) {
        throw new TemplateError(
          `Template format error: [/Outputs/${name}] Every Outputs member must contain a Value object`,
        );
      }
      return [name, value as unknown as TemplateOutput];
    }),
  );
}
