import { readJson, writeJson } from "../templates/exact-json.ts";
import type { HttpCall } from "./call.ts";

// Parameter mapping: what is changed of a request on its way to an integration, and of the answer.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html

/** The value of `request.header.name` and the like; undefined where there is none. */
type Lookup = (expression: string) => string | undefined;

/** A value with its expressions filled in: `$request.path.id`, `a-${context.requestId}`, or plain text. */
export function evaluate(value: string, lookup: Lookup): string | undefined {
  const whole = /^\$((?:request|response|context|stageVariables)\.?[^\s{}$]*)$/.exec(value);
  if (whole?.[1] !== undefined) return lookup(whole[1]);
  if (!value.includes("${")) return value;
  return value.replace(/\$\{([^}]+)\}/g, (_, expression: string) => lookup(expression) ?? "");
}

/** What may be said of a request. */
export function requestLookup(call: HttpCall): Lookup {
  return (expression) => {
    const common = commonLookup(call, expression);
    if (common !== undefined) return common;
    if (expression === "request.path") return call.path;
    if (expression === "request.body") return bodyText(call);
    const [, room, name = ""] = /^request\.(header|querystring|path|body)\.(.+)$/s.exec(expression) ?? [];
    if (room === "header") return call.header(name.toLowerCase());
    if (room === "querystring") return call.query(name);
    if (room === "path") return call.match?.parameters[name];
    return room === "body" ? memberOf(bodyText(call), name) : undefined;
  };
}

function bodyText({ body }: HttpCall): string | undefined {
  return body?.length ? Buffer.from(body).toString() : undefined;
}

function commonLookup(call: HttpCall, expression: string): string | undefined {
  if (expression.startsWith("context.")) return call.variable(expression.slice("context.".length));
  if (expression.startsWith("stageVariables.")) {
    return call.stage.variables[expression.slice("stageVariables.".length)];
  }
  return undefined;
}

/** What may be said of an integration's answer. */
export function responseLookup(
  call: HttpCall,
  headers: readonly (readonly [string, string])[],
  body: () => string,
): Lookup {
  return (expression) => {
    const common = commonLookup(call, expression);
    if (common !== undefined) return common;
    if (expression === "response.body") return body();
    const [, room, name = ""] = /^response\.(header|body)\.(.+)$/s.exec(expression) ?? [];
    if (room === "body") return memberOf(body(), name);
    if (room !== "header") return undefined;
    const values = headers.filter(([each]) => each.toLowerCase() === name.toLowerCase());
    return values.length === 0 ? undefined : values.map(([, value]) => value).join(",");
  };
}

/** `pets[0].name` of a text in JSON: texts as they are, all else in JSON. */
function memberOf(text: string | undefined, path: string): string | undefined {
  let value: unknown;
  try {
    value = readJson(text ?? "");
  } catch {
    return undefined;
  }
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (typeof value !== "object" || value === null) return undefined;
    const key = index ?? name?.replace(/^['"]|['"]$/g, "") ?? "";
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : writeJson(value);
}

/** The parts of a request that may be changed. Names of headers are in lower case. */
export interface Mutable {
  path: string | undefined;
  headers: [string, string][];
  query: [string, string][];
}

/** Appends, overwrites and removes in the order of the rules' kinds, as they are given. */
export function applyMapping(rules: Readonly<Record<string, string>>, target: Mutable, lookup: Lookup): void {
  for (const [key, value] of Object.entries(rules)) {
    const [, act = "", room = "", name = ""] = /^(\w+):(\w+)(?:\.(.+))?$/.exec(key) ?? [];
    if (room === "path") {
      const path = evaluate(value, lookup);
      if (path !== undefined) target.path = path.startsWith("/") ? path : `/${path}`;
    } else if (room === "header") {
      const lower = name.toLowerCase();
      const isSame = (each: string) => each.toLowerCase() === lower;
      target.headers = changed(target.headers, { act, name: lower, isSame }, value, lookup);
    } else if (room === "querystring") {
      const isSame = (each: string) => each === name;
      target.query = changed(target.query, { act, name, isSame }, value, lookup);
    }
  }
}

interface Change {
  readonly act: string;
  readonly name: string;
  /** Names of headers are one in any case; those of the query mean what is written. */
  readonly isSame: (name: string) => boolean;
}

function changed(
  entries: [string, string][],
  { act, name, isSame }: Change,
  value: string,
  lookup: Lookup,
): [string, string][] {
  if (act === "remove") return entries.filter(([each]) => !isSame(each));
  const made = evaluate(value, lookup);
  if (made === undefined) return entries;
  if (act === "append") return [...entries, [name, made]];
  return [...entries.filter(([each]) => !isSame(each)), [name, made]];
}
