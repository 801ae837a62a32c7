import { textOf } from "../../templates/java.ts";
import { jsonPath } from "../../templates/json-path.ts";
import { type Call, contextOf, headerOf } from "./call.ts";

/** What an integration answered, as expressions see it. */
export interface BackendAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
  /** The error of a function, by which its answers are told apart. */
  readonly errorMessage?: string;
}

/** One value, or all of a name that has several. */
type Mapped = string | readonly string[] | undefined;

/**
 * What an expression of a request's mapping stands for, or undefined for nothing.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
 */
export function requestValue(call: Call, expression: string, bodyOf: () => unknown): Mapped {
  const literal = literalOf(expression);
  if (literal !== undefined) return literal;
  const { parameters, deployed } = call;
  const [root, part, place, ...rest] = expression.split(".");
  const name = rest.join(".");
  if (root === "context") return contextValue(call, expression.slice("context.".length));
  if (root === "stageVariables") return deployed.variables[expression.slice("stageVariables.".length)];
  if (root !== "method" || part !== "request") return undefined;
  switch (place) {
    case "path":
      return parameters.path[name];
    case "querystring":
      return parameters.querystring[name];
    case "multivaluequerystring":
      return parameters.multiQuery[name];
    case "header":
      return headerOf(parameters, name);
    case "multivalueheader":
      return multiHeaderOf(parameters.multiHeader, name);
    case "body":
      return bodyValue(bodyOf(), name);
    default:
      return place === "body" ? bodyValue(bodyOf(), "") : undefined;
  }
}

export function responseValue(
  call: Call,
  expression: string,
  answer: BackendAnswer,
  bodyOf: () => unknown,
): Mapped {
  const literal = literalOf(expression);
  if (literal !== undefined) return literal;
  const [root, part, place, ...rest] = expression.split(".");
  const name = rest.join(".");
  if (root === "context") return contextValue(call, expression.slice("context.".length));
  if (root === "stageVariables") return call.deployed.variables[expression.slice("stageVariables.".length)];
  if (root !== "integration" || part !== "response") return undefined;
  if (place === "header") return multiHeaderOf(answer.headers, name)?.at(-1);
  if (place === "multivalueheader") return multiHeaderOf(answer.headers, name);
  return place === "body" ? bodyValue(bodyOf(), name) : undefined;
}

/** `'text'` */
function literalOf(expression: string): string | undefined {
  return /^'(.*)'$/s.exec(expression)?.[1];
}

function contextValue(call: Call, path: string): string | undefined {
  let value: unknown = contextOf(call);
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value === undefined || value === null ? undefined : String(value);
}

function multiHeaderOf(headers: Readonly<Record<string, readonly string[]>>, name: string) {
  const lower = name.toLowerCase();
  return Object.entries(headers).find(([each]) => each.toLowerCase() === lower)?.[1];
}

function bodyValue(body: unknown, path: string): string | undefined {
  const found = path === "" ? body : jsonPath(body, `$.${path}`);
  return found === undefined || found === null ? undefined : textOf(found);
}

/** `${stageVariables.name}` in an address. */
export function withStageVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g,
    (_whole, name: string) => variables[name] ?? "",
  );
}
