// Expressions of WebSocket APIs over what a client sent.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html

import { writeJson } from "../templates/exact-json.ts";

/** What an expression may name. */
export interface Scene {
  /** The message as JSON; undefined when it is none. */
  readonly body?: unknown;
  /** By their names in lower case, of the request that connected. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly stageVariables?: Readonly<Record<string, string>>;
  readonly response?: {
    readonly status: number;
    readonly body: unknown;
    readonly headers: Readonly<Record<string, string>>;
  };
}

/**
 * The value of `$request.body.action`, `${request.body.a.b}`, `${request.header.x}-${request.querystring.y}`
 * or plain text; undefined where a part of it has none.
 */
export function select(expression: string, scene: Scene): string | undefined {
  const text = expression.replace(/^\\(?=\$default$)/, "");
  if (text === "$default") return text;
  const whole = /^\$([a-zA-Z][^{}\s]*)$/.exec(text)?.[1];
  if (whole !== undefined) return lookUp(whole, scene);
  let isWhole = true;
  const filled = text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    const value = lookUp(name, scene);
    if (value === undefined) isWhole = false;
    return value ?? "";
  });
  return isWhole ? filled : undefined;
}

/** `request.body.action`, `route.request.header.x`, `integration.response.statuscode`, `context.…` */
export function lookUp(expression: string, scene: Scene): string | undefined {
  const name = expression.replace(/^(?:route|integration)\.(?=request\.|response\.)/, "");
  const isAnswer = name.startsWith("response.");
  const [, root, room, rest = ""] = /^(\w+)(?:\.(\w+))?(?:\.(.+))?$/s.exec(name) ?? [];
  if (root === "context") return textOf(memberOf(scene.context, name.slice("context.".length)));
  if (root === "stageVariables") return scene.stageVariables?.[name.slice("stageVariables.".length)];
  if (isAnswer && scene.response) {
    const { status, body, headers } = scene.response;
    if (room === "statuscode") return String(status);
    if (room === "header") return headers[rest.toLowerCase()];
    return room === "body" ? textOf(memberOf(body, rest)) : undefined;
  }
  if (root !== "request") return undefined;
  if (room === "header") return scene.headers?.[rest.toLowerCase()];
  if (room === "querystring") return scene.query?.[rest];
  return room === "body" ? textOf(memberOf(scene.body, rest)) : undefined;
}

function memberOf(value: unknown, path: string): unknown {
  if (path === "") return value;
  let found = value;
  for (const part of path.split(/[.[\]]+/).filter((each) => each !== "")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? writeJson(value) : String(value);
}

/** Whether an integration response's key is for a value: `$default`, `/2\d\d/`. */
export function fitsKey(key: string, value: string): boolean {
  const pattern = /^\/(.*)\/$/s.exec(key)?.[1];
  if (pattern === undefined) return key === value;
  try {
    return new RegExp(`^(?:${pattern})$`, "s").test(value);
  } catch {
    return false;
  }
}
