// What the resources of HTTP and WebSocket APIs have in common.
import type { Context, ResourceType } from "../../../define.ts";
import { flag, gone, number, type Properties, type Property, text } from "../../../resource-types.ts";

export const MISSING = "NotFoundException";

export const updateAll = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, "update" as const]));

/** Numbers and truths that a template may write as text, by their names. */
const NUMBERS = new Set([
  "MaxAge",
  "TimeoutInMillis",
  "AuthorizerResultTtlInSeconds",
  "ThrottlingBurstLimit",
  "ThrottlingRateLimit",
  "Priority",
]);
const FLAGS = new Set([
  "AllowCredentials",
  "ApiKeyRequired",
  "AutoDeploy",
  "DisableExecuteApiEndpoint",
  "DisableSchemaValidation",
  "EnableSimpleResponses",
  "DetailedMetricsEnabled",
  "DataTraceEnabled",
  "StripBasePath",
]);

function typed(value: Property, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => typed(item as Property));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([each, member]) => [each, typed(member, each)]));
  }
  if (NUMBERS.has(name)) return number(value);
  return FLAGS.has(name) ? flag(value) : value;
}

/** What the API takes under the same names, but for those named. */
export const inputOf = (properties: Properties, ...without: readonly string[]) =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) =>
      without.includes(name) ? [] : [[name, typed(value, name)]],
    ),
  );

export const apiIn = (properties: Properties) => ({ ApiId: text(properties.ApiId) });

interface Part {
  /** `Route`: what `CreateRoute`, `UpdateRoute` and `DeleteRoute` are of. */
  readonly kind: "Route";
  /** What says where it is: another is another resource. */
  readonly place: readonly string[];
  readonly update: readonly string[];
  readonly required: readonly string[];
  readonly input?: (properties: Properties) => object;
}

/** A kind of resource that is made, changed and deleted by the operations of its name. */
export function part({ kind, place, update, required, input = inputOf }: Part): ResourceType {
  const id = `${kind}Id` as const;
  return {
    properties: {
      ...updateAll(...update),
      ...Object.fromEntries(place.map((name) => [name, "replace" as const])),
    },
    required: [...place, ...required],
    async create(context, { properties }) {
      const made = await context.call("apigatewayv2", `Create${kind}`, input(properties) as never);
      return { id: made[id] ?? "", attributes: { [id]: made[id] ?? "" } };
    },
    async update(context, { properties }, made) {
      await context.call("apigatewayv2", `Update${kind}`, { [id]: made.id, ...input(properties) } as never);
      return made;
    },
    delete(context, made, properties) {
      const where = Object.fromEntries(place.map((name) => [name, text(properties[name])]));
      return gone(
        context.call("apigatewayv2", `Delete${kind}`, { [id]: made.id, ...where } as never),
        MISSING,
      );
    },
  };
}

/** Has something bear the tags it is to have now. `path`: `apis/a1b2c3`. */
export async function retag(
  context: Context,
  path: string,
  Tags: Readonly<Record<string, string>>,
): Promise<void> {
  const ResourceArn = `arn:aws:apigateway:${context.scope.region}::/${path}`;
  const { Tags: old = {} } = await context.call("apigatewayv2", "GetTags", { ResourceArn });
  const TagKeys = Object.keys(old).filter((name) => !name.startsWith("aws:") && !(name in Tags));
  if (TagKeys.length > 0) await context.call("apigatewayv2", "UntagResource", { ResourceArn, TagKeys });
  if (Object.keys(Tags).length > 0)
    await context.call("apigatewayv2", "TagResource", { ResourceArn, Tags: { ...Tags } });
}
