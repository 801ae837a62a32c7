// What a mapping template finds: $input, $util, $context and $stageVariables.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
import { renderTemplate, type Variables } from "./evaluate.ts";
import { readJson, writeJson } from "./exact-json.ts";
import { javaOf, plainOf, textOf, type WithMethods } from "./java.ts";
import { jsonPath } from "./json-path.ts";
import { TemplateError } from "./nodes.ts";

export interface Parameters {
  readonly path: Readonly<Record<string, string>>;
  readonly querystring: Readonly<Record<string, string>>;
  /** Names as the client sent them: they are found in any case. */
  readonly header: Readonly<Record<string, string>>;
}

/** What a template is applied to. */
export interface TemplateInput {
  /** The payload as text; JSON is read when it is first asked for. */
  readonly body: string;
  readonly parameters: Parameters;
  readonly context: Readonly<Record<string, unknown>>;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** The text, and what the template has set to override: statuses, headers, parameters. */
export interface Rendered {
  readonly text: string;
  readonly requestOverride: Overrides;
  readonly responseOverride: Overrides & { readonly status?: number };
}

export interface Overrides {
  readonly header: Readonly<Record<string, string>>;
  readonly path: Readonly<Record<string, string>>;
  readonly querystring: Readonly<Record<string, string>>;
}

/** Applies a mapping template. Throws a TemplateError. */
export function applyTemplate(template: string, input: TemplateInput): Rendered {
  const context = javaOf(input.context) as Map<string, unknown>;
  const overrides = { request: overrideMap(), response: overrideMap() };
  context.set("requestOverride", overrides.request);
  context.set("responseOverride", overrides.response);
  const variables: Variables = new Map<string, unknown>([
    ["input", inputOf(input)],
    ["util", UTIL],
    ["context", context],
    ["stageVariables", javaOf(input.stageVariables)],
  ]);
  const text = renderTemplate(template, variables);
  const status = Number(overrides.response.get("status"));
  return {
    text,
    requestOverride: overridesOf(overrides.request),
    responseOverride: {
      ...overridesOf(overrides.response),
      ...(Number.isInteger(status) && status >= 100 && status <= 599 ? { status } : {}),
    },
  };
}

function overrideMap(): Map<string, unknown> {
  return new Map(["header", "path", "querystring"].map((part) => [part, new Map<string, unknown>()]));
}

function overridesOf(map: Map<string, unknown>): Overrides {
  const part = (name: string) => {
    const members = map.get(name);
    const entries = members instanceof Map ? [...members] : [];
    return Object.fromEntries(entries.map(([key, value]) => [String(key), textOf(value ?? "")]));
  };
  return { header: part("header"), path: part("path"), querystring: part("querystring") };
}

function inputOf({ body, parameters }: TemplateInput): WithMethods {
  let read: { readonly value: unknown } | undefined;
  const root = () => {
    read ??= { value: parsed(body) };
    return read.value;
  };
  const at = (path: unknown) => jsonPath(root(), textOf(path ?? "$"));
  return {
    members: { body: body === "" ? "{}" : body },
    methods: {
      // What is not there is an empty string, and null only where null is written.
      json: (path) => {
        const found = at(path);
        return found === undefined ? '""' : writeJson(plainOf(found));
      },
      path: (path) => at(path) ?? "",
      params: (name) =>
        name === undefined ? allParameters(parameters) : parameterOf(parameters, textOf(name)),
    },
  };
}

/** An empty body is an empty object to a template; what is no JSON is the text itself. */
function parsed(body: string): unknown {
  if (body.trim() === "") return new Map();
  try {
    return javaOf(readJson(body));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return body;
  }
}

function allParameters({ path, querystring, header }: Parameters): unknown {
  return javaOf({ path, querystring, header });
}

/** In the path, then the query, then the headers. */
function parameterOf({ path, querystring, header }: Parameters, name: string): string {
  const found = own(path, name) ?? own(querystring, name);
  if (found !== undefined) return found;
  const lower = name.toLowerCase();
  return Object.entries(header).find(([each]) => each.toLowerCase() === lower)?.[1] ?? "";
}

function own(members: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

const UTIL: WithMethods = {
  methods: {
    escapeJavaScript: (text) => escapeJavaScript(textOf(text ?? "")),
    parseJson: (text) => parseJson(textOf(text ?? "")),
    urlEncode: (text) => urlEncode(textOf(text ?? "")),
    urlDecode: (text) => urlDecode(textOf(text ?? "")),
    base64Encode: (text) => Buffer.from(textOf(text ?? "")).toString("base64"),
    base64Decode: (text) => Buffer.from(textOf(text ?? ""), "base64").toString(),
  },
};

/** As Apache Commons escapes: single quotes and slashes too. */
function escapeJavaScript(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    "'": "\\'",
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
  };
  return text.replace(/['"\\/]|[^ -~]/g, (sign) => {
    return signs[sign] ?? `\\u${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

function parseJson(text: string): unknown {
  try {
    return javaOf(readJson(text));
  } catch {
    throw new TemplateError("$util.parseJson was given what is no JSON");
  }
}

/** As Java's URLEncoder: a blank is a plus, and of the signs only `.-*_` stay. */
function urlEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
