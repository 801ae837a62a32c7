// What the resources of HTTP and WebSocket APIs have in common.
import type { Context, ResourceType } from "../../../define.ts";
import {
  flag,
  gone,
  members,
  number,
  type Properties,
  type Property,
  text,
} from "../../../resource-types.ts";

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
  "Required",
  "StripBasePath",
]);

/** All else is text, also where a template writes a number; a version's is `2.0` then, and not `2`. */
function written(value: Property, name: string): Property {
  if (typeof value !== "number") return text(value) ?? null;
  return name.endsWith("PayloadFormatVersion") ? value.toFixed(1) : String(value);
}

function typed(value: Property, name = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => typed(item as Property));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([each, member]) => [each, typed(member, each)]));
  }
  if (NUMBERS.has(name)) return number(value);
  if (FLAGS.has(name)) return flag(value);
  return value === null ? value : written(value, name);
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
  /** What a property is by itself: that is asked for when a template no longer names it. */
  readonly unset?: Readonly<Record<string, unknown>>;
  /** Maps that the API adds to: what is no longer in one is taken out by an empty value. */
  readonly maps?: readonly string[];
}

/** What templates no longer say, as it is by itself. */
export function unsaid(
  after: Properties,
  before: Properties,
  { unset = {}, maps = [] }: Pick<Part, "unset" | "maps">,
): Record<string, unknown> {
  const isGone = (name: string) => before[name] !== undefined && after[name] === undefined;
  const gone = Object.entries(unset).filter(([name]) => isGone(name));
  const lessened = maps.map((name) => {
    const empty = Object.entries(members(before[name])).map(([key, value]) => [
      key,
      typeof value === "object" ? {} : "",
    ]);
    return [name, Object.fromEntries(empty)] as const;
  });
  return Object.fromEntries([...gone, ...lessened.filter(([, map]) => Object.keys(map).length > 0)]);
}

/** An input with what templates no longer say; what they say of maps stays. */
export function withUnsaid<Input extends object>(
  input: Input,
  unsaid: Readonly<Record<string, unknown>>,
): Input {
  const all: Record<string, unknown> = { ...unsaid, ...input };
  for (const [name, empty] of Object.entries(unsaid)) {
    const said = (input as Record<string, unknown>)[name];
    if (isMap(empty) && isMap(said)) all[name] = { ...empty, ...said };
  }
  return all as Input;
}

const isMap = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A kind of resource that is made, changed and deleted by the operations of its name. */
export function part({ kind, place, update, required, input = inputOf, ...rules }: Part): ResourceType {
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
    async update(context, { properties }, made, before) {
      const asked = withUnsaid(input(properties), unsaid(properties, before, rules));
      await context.call("apigatewayv2", `Update${kind}`, { [id]: made.id, ...asked } as never);
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
