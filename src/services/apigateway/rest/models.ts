import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import { change, look, without } from "./change.ts";
import { badRequest, conflict, notFound } from "./faults.ts";
import { positioned } from "./pages.ts";
import { type PatchRule, patched, textRule } from "./patch.ts";

const DRAFT = "http://json-schema.org/draft-04/schema#";

/** What every new API has. */
export const STANDARD_MODELS = [
  {
    name: "Empty",
    description: "This is a default empty schema model",
    contentType: "application/json",
    schema: `{\n  "$schema": "${DRAFT}",\n  "title" : "Empty Schema",\n  "type" : "object"\n}`,
  },
  {
    name: "Error",
    description: "This is a default error schema model",
    contentType: "application/json",
    schema:
      `{\n  "$schema" : "${DRAFT}",\n  "title" : "Error Schema",\n  "type" : "object",\n` +
      `  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}`,
  },
] as const;

export const models = {
  async CreateModel(input, context) {
    const { restApiId, ...given } = input;
    const name = given.name ?? "";
    if (!/^[A-Za-z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`);
    checkSchema(given.schema, given.contentType);
    return change(context, restApiId, (record) => {
      if (Object.hasOwn(record.models, name)) throw conflict(`Model name already exists for this REST API`);
      const model = { ...given, id: newResourceId(context.ids) };
      return [{ ...record, models: { ...record.models, [name]: model } }, model] as const;
    });
  },

  async GetModel(input, context) {
    return look(context, input.restApiId, (record) => {
      const model = modelOf(record.models, input.modelName);
      return input.flatten ? { ...model, schema: flattened(model, record.models) } : model;
    });
  },

  async GetModels(input, context) {
    const all = await look(context, input.restApiId, (record) => Object.values(record.models));
    return positioned(all, input, ({ name = "" }) => name);
  },

  async GetModelTemplate(input, context) {
    return look(context, input.restApiId, (record) => {
      const { schema = "{}" } = modelOf(record.models, input.modelName);
      return { value: templateFor(JSON.parse(schema)) };
    });
  },

  async UpdateModel(input, context) {
    return change(context, input.restApiId, (record) => {
      const model = patched(modelOf(record.models, input.modelName), input.patchOperations, RULES);
      checkSchema(model.schema, model.contentType);
      return [{ ...record, models: { ...record.models, [model.name ?? ""]: model } }, model] as const;
    });
  },

  async DeleteModel(input, context) {
    return change(context, input.restApiId, (record) => {
      const { name = "" } = modelOf(record.models, input.modelName);
      const methods = Object.values(record.resources).flatMap(({ resourceMethods = {} }) =>
        Object.values(resourceMethods),
      );
      const used = methods.some(
        ({ requestModels = {}, methodResponses = {} }) =>
          Object.values(requestModels).includes(name) ||
          Object.values(methodResponses).some(({ responseModels = {} }) =>
            Object.values(responseModels).includes(name),
          ),
      );
      if (used) throw conflict(`Cannot delete model '${name}', is referenced in method request or response`);
      return [{ ...record, models: without(record.models, name) }, {}] as const;
    });
  },
} satisfies Handlers<typeof sdk>;

const RULES: readonly PatchRule<sdk.Model>[] = [
  textRule("/description", "description"),
  textRule("/schema", "schema"),
];

function modelOf(all: Readonly<Record<string, sdk.Model>>, name = ""): sdk.Model {
  const model = Object.hasOwn(all, name) ? all[name] : undefined;
  if (!model) throw notFound(`Invalid model name specified: ${name}`);
  return model;
}

function checkSchema(schema: string | undefined, contentType: string | undefined): void {
  if (schema === undefined || !contentType?.includes("json")) return;
  try {
    const read: unknown = JSON.parse(schema);
    if (typeof read === "object" && read !== null) return;
  } catch {
    // It says so below.
  }
  throw badRequest(
    "Invalid model schema specified. Validation Result: warnings : [], errors : [Invalid model schema " +
      "specified]",
  );
}

/** `https://apigateway.amazonaws.com/restapis/{api}/models/{name}`: how one model names another. */
const REFERENCE = /\/models\/([A-Za-z0-9]+)$/;

/** With the models that it names written into it. */
function flattened({ schema = "{}" }: sdk.Model, all: Readonly<Record<string, sdk.Model>>): string {
  const definitions: Record<string, unknown> = {};
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value).map(([name, member]) => {
      const named = name === "$ref" && typeof member === "string" ? REFERENCE.exec(member)?.[1] : undefined;
      if (named === undefined) return [name, visit(member)];
      if (!(named in definitions)) {
        definitions[named] = {};
        definitions[named] = visit(JSON.parse(all[named]?.schema ?? "{}"));
      }
      return [name, `#/definitions/${named}`];
    });
    return Object.fromEntries(members);
  };
  const whole = visit(JSON.parse(schema));
  return JSON.stringify(Object.keys(definitions).length ? { ...(whole as object), definitions } : whole);
}

/** A mapping template that makes of an input what the schema describes. */
function templateFor(schema: unknown): string {
  return `#set($inputRoot = $input.path('$'))\n${skeleton(schema, "$inputRoot", "")}`;
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
}

function skeleton(schema: unknown, path: string, indent: string): string {
  const { type, properties = {}, items } = (schema ?? {}) as Schema;
  const deeper = `${indent}  `;
  if (type === "array") {
    const item = skeleton(items, "$elem", deeper);
    return `[\n#foreach($elem in ${path})\n${deeper}${item}#if($foreach.hasNext),#end\n#end\n${indent}]`;
  }
  if (type === "object" || Object.keys(properties).length > 0) {
    const members = Object.entries(properties).map(
      ([name, member]) => `${deeper}"${name}" : ${skeleton(member, `${path}.${name}`, deeper)}`,
    );
    return `{\n${members.join(",\n")}\n${indent}}`;
  }
  return type === "string" ? `"${path}"` : path;
}
