import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { badRequest, conflict } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { change, checkKind, given, look, requirePart } from "./changes.ts";
import { checkText } from "./checks.ts";
import { deletePart, listParts, type ModelRecord, partsOf, writePart } from "./records.ts";

const SETTINGS = ["ContentType", "Description", "Name", "Schema"] as const;

/** JSON schemas of what WebSocket clients send. */
export const models = {
  async CreateModel(input, context) {
    const id = newResourceId(context.ids);
    return change(context, input.ApiId, async ({ tx, api }) => {
      checkKind(api, "WEBSOCKET", "Model");
      const model: ModelRecord = {
        v: 1,
        ModelId: id,
        ContentType: "application/json",
        ...given(input, SETTINGS),
        Name: input.Name ?? "",
      };
      await checkModel(tx, api.ApiId, model);
      writePart(tx, api.ApiId, "model", [id], model);
      return model;
    });
  },

  async GetModel(input, context) {
    return look(context, input.ApiId, (tx, { ApiId }) => requirePart(tx, ApiId, "model", input.ModelId));
  },

  async GetModels(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const { items, token } = await page(partsOf(tx, ApiId, "model"), ({ ModelId }) => ModelId, input);
      return { Items: items, ...token };
    });
  },

  /** A template that makes something of the schema's shape: the members of an object, each by its path. */
  async GetModelTemplate(input, context) {
    const model = await look(context, input.ApiId, (tx, { ApiId }) =>
      requirePart(tx, ApiId, "model", input.ModelId),
    );
    return { Value: templateOf(JSON.parse(model.Schema ?? "{}"), "$inputRoot") };
  },

  async UpdateModel(input, context) {
    return change(context, input.ApiId, async ({ tx, api }) => {
      const before = await requirePart(tx, api.ApiId, "model", input.ModelId);
      const next = { ...before, ...given(input, SETTINGS) };
      await checkModel(tx, api.ApiId, next);
      writePart(tx, api.ApiId, "model", [before.ModelId], next);
      return next;
    });
  },

  async DeleteModel(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { ModelId, Name } = await requirePart(tx, api.ApiId, "model", input.ModelId);
      const routes = await listParts(tx, api.ApiId, "route");
      if (routes.some(({ RequestModels = {} }) => Object.values(RequestModels).includes(Name))) {
        throw conflict(`Cannot delete model '${Name}', is referenced in route`);
      }
      deletePart(tx, api.ApiId, "model", ModelId);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function checkModel(tx: Transaction, apiId: string, model: ModelRecord): Promise<void> {
  const { Name, Schema = "" } = model;
  checkText("Schema", Schema, 1, 32_768);
  if (!/^[a-zA-Z0-9]{1,128}$/.test(Name)) throw badRequest(`Model name must be alphanumeric: ${Name}`);
  for (const other of await listParts(tx, apiId, "model")) {
    if (other.Name !== Name || other.ModelId === model.ModelId) continue;
    throw conflict(`Model name already exists for this API: ${Name}`);
  }
  try {
    JSON.parse(Schema);
  } catch {
    throw badRequest("Invalid model schema specified");
  }
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

function templateOf({ type, properties, items }: JsonSchema, path: string, depth = 0): string {
  const indent = "  ".repeat(depth + 1);
  if (type === "object" || properties) {
    const members = Object.entries(properties ?? {}).map(
      ([name, schema]) => `${indent}"${name}" : ${templateOf(schema, `${path}.${name}`, depth + 1)}`,
    );
    return `{\n${members.join(",\n")}\n${"  ".repeat(depth)}}`;
  }
  if (type === "array" && items) {
    const each = templateOf(items, "$elem", depth + 1);
    return `[\n#foreach($elem in ${path})\n${indent}${each}#if($foreach.hasNext),#end\n#end\n]`;
  }
  return type === "string" || type === undefined ? `"${path}"` : path;
}
