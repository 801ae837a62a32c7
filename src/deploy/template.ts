import { isMap, type Json, type JsonMap, parseTemplate } from "./parse.ts";
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

const MOST_RESOURCES = 500;
const NAME = /^[A-Za-z0-9]+$/;

/** Reads a template and checks its form. Throws a TemplateError in CloudFormation's words. */
export function readTemplate(text: string): Template {
  return templateOf(parseTemplate(text));
}

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
  if (Object.keys(resources).length > MOST_RESOURCES) {
    throw new TemplateError(
      `Template format error: Number of resources, ${Object.keys(resources).length}, is greater than maximum allowed, ${MOST_RESOURCES}`,
    );
  }
  const { Transform: transform, Description: description } = root;
  return {
    description: typeof description === "string" ? description : undefined,
    metadata: section(root, "Metadata"),
    parameters: section(root, "Parameters") as unknown as Template["parameters"],
    mappings: section(root, "Mappings"),
    conditions: section(root, "Conditions"),
    rules: section(root, "Rules"),
    transforms: transform === undefined ? [] : Array.isArray(transform) ? transform : [transform as Json],
    resources: Object.fromEntries(
      Object.entries(resources).map(([name, value]) => [name, resourceOf(name, value)]),
    ),
    outputs: outputsOf(section(root, "Outputs")),
  };
}

function section(root: JsonMap, name: string): JsonMap {
  const value = root[name] ?? {};
  if (!isMap(value)) throw new TemplateError(`Template format error: [/${name}] must be an object.`);
  return value;
}

function resourceOf(name: string, value: Json): TemplateResource {
  if (!isMap(value))
    throw new TemplateError(`Template format error: [/Resources/${name}] resource definition is malformed`);
  if (!NAME.test(name))
    throw new TemplateError(`Template format error: Resource name ${name} is non alphanumeric.`);
  const unknown = Object.keys(value).filter((member) => !RESOURCE_MEMBERS.has(member));
  if (unknown.length > 0) throw new TemplateError(`Invalid template resource property '${unknown[0]}'`);
  const { Type, Properties = {}, DependsOn = [], ...rest } = value;
  if (typeof Type !== "string") {
    throw new TemplateError(
      `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`,
    );
  }
  if (!isMap(Properties))
    throw new TemplateError(`Template format error: [/Resources/${name}/Properties] must be an object.`);
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
