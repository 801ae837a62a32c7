import { Fault } from "../../../kernel/faults.ts";
import type { Trace } from "../../../kernel/trace.ts";
import type { Background, Context } from "../../define.ts";
import { functionOf, invokeFunction } from "../execution/functions.ts";
import { ask } from "../execution/outside.ts";
import { within } from "../execution/patience.ts";
import { withVariables } from "../http/compiled.ts";
import { applyTemplate } from "../templates/input.ts";
import type { IntegrationRecord, IntegrationResponseRecord } from "../v2/records.ts";
import { sceneOf } from "./authorize.ts";
import { contextOf, eventOf, type Happening } from "./event.ts";
import { fitsKey, lookUp, type Scene, select } from "./select.ts";

/** What an integration answered. `headers`: by their names in lower case. */
export interface Answered {
  readonly kind: "answered";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `error`: what access logs say; the client hears of an internal error. */
export type Integrated = Answered | { readonly kind: "failed"; readonly error: string };

const DEFAULT_TIMEOUT_MS = 29_000;
const failed = (error: string): Integrated => ({ kind: "failed", error });

/** Has a route's integration answer, within its time. */
export async function integrate(
  world: Background,
  happening: Happening,
  integration: IntegrationRecord,
  trace: Trace,
): Promise<Integrated> {
  const patience = new AbortController();
  const running = run({ world, happening, integration, trace, signal: patience.signal });
  const timeoutMs = integration.TimeoutInMillis ?? DEFAULT_TIMEOUT_MS;
  const integrated = await within(world.clock, timeoutMs, running);
  if (integrated) return integrated;
  patience.abort();
  return failed("Execution failed due to a timeout error");
}

interface Run {
  readonly world: Background;
  readonly happening: Happening;
  readonly integration: IntegrationRecord;
  readonly trace: Trace;
  readonly signal: AbortSignal;
}

async function run(given: Run): Promise<Integrated> {
  const { integration, happening } = given;
  const type = integration.IntegrationType ?? "";
  if (type === "AWS_PROXY") return proxyFunction(given);
  if (type === "HTTP_PROXY") return askOutside(given, happening.body ?? "");
  const scene = sceneOf(happening);
  const body = requestBody(integration, happening, scene);
  if (body === undefined) return failed("Unsupported media type: no template fits the request");
  const answered = await runTemplated(given, type, body);
  if (answered.kind === "failed") return answered;
  return mapAnswer(given, scene, answered);
}

function runTemplated(given: Run, type: string, body: string): Promise<Integrated> {
  if (type === "MOCK") return Promise.resolve(mock(body));
  if (type === "HTTP") return askOutside(given, body);
  const uri = withVariables(given.integration.IntegrationUri ?? "", given.happening.stage.variables);
  return functionOf(uri) ? invokeTemplated(given, body) : callService(given, uri, body);
}

/** The status that a template's text names; 200 where it is none of the kind. */
function mock(body: string): Integrated {
  const status = Number((jsonOf(body) as { statusCode?: unknown } | undefined)?.statusCode ?? 200);
  return { kind: "answered", status: Number.isInteger(status) ? status : 500, headers: {}, body: "" };
}

/** The function's context, its permission being for the route: `…/prod/$connect`. */
function functionContext({ world, happening, trace }: Run): Context {
  const { stage, routeKey } = happening;
  const sender = {
    service: "apigateway.amazonaws.com",
    sourceArn: `${stage.arn}/${routeKey}`,
    sourceAccount: stage.account,
  };
  return world.as({ account: stage.account, region: stage.region }, trace, sender);
}

async function invoke(given: Run, payload: string) {
  const { integration, happening } = given;
  const arn = functionOf(withVariables(integration.IntegrationUri ?? "", happening.stage.variables)) ?? "";
  const context = functionContext(given);
  return invokeFunction(context, arn, Buffer.from(payload), integration.CredentialsArn);
}

const MALFORMED = "Malformed Lambda proxy response";

async function proxyFunction(given: Run): Promise<Integrated> {
  const invoked = await invoke(given, JSON.stringify(eventOf(given.happening)));
  if (invoked.kind !== "answer") return failed(invoked.message);
  const answer = jsonOf(Buffer.from(invoked.payload).toString());
  // A function that answers nothing has done what it was asked for.
  if (answer === null || answer === undefined)
    return { kind: "answered", status: 200, headers: {}, body: "" };
  if (typeof answer !== "object") return failed(MALFORMED);
  const { statusCode = 200, headers, body, isBase64Encoded } = answer as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status)) return failed(MALFORMED);
  const text =
    typeof body === "string" ? body : body === undefined || body === null ? "" : JSON.stringify(body);
  return {
    kind: "answered",
    status,
    headers: lowered(headers),
    body: isBase64Encoded === true ? Buffer.from(text, "base64").toString() : text,
  };
}

function lowered(headers: unknown): Record<string, string> {
  if (typeof headers !== "object" || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

async function invokeTemplated(given: Run, body: string): Promise<Integrated> {
  if (jsonOf(body) === undefined) return failed("Could not parse request body into json");
  const invoked = await invoke(given, body);
  if (invoked.kind === "refused") return failed(invoked.message);
  return {
    kind: "answered",
    status: 200,
    headers: {},
    body: Buffer.from(invoked.payload).toString(),
  };
}

const ACTION = /^arn:[^:]+:apigateway:([^:]*):([a-z0-9-]+):action\/(\w+)/;

/** An action of another service, its input being JSON. */
async function callService({ world, happening, trace }: Run, uri: string, body: string): Promise<Integrated> {
  const [, region = "", service = "", operation = ""] = ACTION.exec(uri) ?? [];
  if (operation === "") return failed(`The integration's URI names no action: ${uri}`);
  const { account } = happening.stage;
  const context = world.as({ account, region }, trace);
  try {
    const input = await context.inputs.read(service, operation, jsonOf(body) ?? {});
    const call = context.call as (service: string, operation: string, input: unknown) => Promise<object>;
    const output = await call(service, operation, input);
    return { kind: "answered", status: 200, headers: {}, body: JSON.stringify(output) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const said = JSON.stringify({ __type: error.code, message: error.message });
    return { kind: "answered", status: error.status, headers: {}, body: said };
  }
}

async function askOutside({ happening, integration, signal }: Run, body: string): Promise<Integrated> {
  const { stage } = happening;
  const scene = sceneOf(happening);
  const uri = withVariables(integration.IntegrationUri ?? "", stage.variables);
  const headers: [string, string][] = [["content-type", "application/json"]];
  const query: [string, string][] = [];
  const path: Record<string, string> = {};
  for (const [target, source] of Object.entries(integration.RequestParameters ?? {})) {
    const [, room, name = ""] = /^integration\.request\.(header|querystring|path)\.(.+)$/.exec(target) ?? [];
    const value = /^'(.*)'$/s.exec(source)?.[1] ?? lookUp(source, scene);
    if (value === undefined) continue;
    if (room === "header") headers.push([name.toLowerCase(), value]);
    else if (room === "querystring") query.push([name, value]);
    else if (room === "path") path[name] = encodeURIComponent(value);
  }
  try {
    const url = new URL(uri.replace(/\{([^}+]+)\+?\}/g, (_, name: string) => path[name] ?? ""));
    for (const [name, value] of query) url.searchParams.append(name, value);
    const method = integration.IntegrationMethod ?? "POST";
    const isBodied = method !== "GET" && method !== "HEAD";
    const asked = { method, url, headers, body: isBodied ? Buffer.from(body) : undefined, signal };
    const { status, headers: given, body: bytes } = await ask(asked);
    const said = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
    return { kind: "answered", status, headers: said, body: Buffer.from(bytes).toString() };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

/** What the integration is given: a template's text, or the message itself; undefined: it is refused. */
function requestBody(integration: IntegrationRecord, happening: Happening, scene: Scene): string | undefined {
  const { RequestTemplates: templates = {}, PassthroughBehavior: passes } = integration;
  const template = choose(templates, integration.TemplateSelectionExpression, scene);
  const body = happening.body ?? "";
  if (template === undefined) {
    const isOpen =
      passes !== "NEVER" && !(passes === "WHEN_NO_TEMPLATES" && Object.keys(templates).length > 0);
    return isOpen ? body : undefined;
  }
  return render(template, body, happening);
}

/** The template under the key that the expression gives, else the one under `$default`. */
function choose(
  templates: Readonly<Record<string, string>>,
  expression: string | undefined,
  scene: Scene,
): string | undefined {
  const key = expression === undefined ? undefined : select(expression, scene);
  const byKey = key === undefined ? undefined : templates[key];
  return byKey ?? templates.$default ?? templates["\\$default"];
}

function render(template: string, body: string, happening: Happening): string {
  const { request, stage } = happening;
  const query = Object.fromEntries(new URLSearchParams(request?.query ?? ""));
  return applyTemplate(template, {
    body,
    parameters: { path: {}, querystring: query, header: Object.fromEntries(request?.headers ?? []) },
    context: contextOf(happening),
    stageVariables: stage.variables,
  }).text;
}

/** The integration response whose key fits the answer makes of it what the client gets. */
function mapAnswer({ integration, happening }: Run, scene: Scene, answered: Answered): Integrated {
  const responses = happening.stage.snapshot.integrationResponses.filter(
    ({ IntegrationId }) => IntegrationId === integration.IntegrationId,
  );
  if (responses.length === 0) return answered;
  const { status, headers, body } = answered;
  const after: Scene = { ...scene, response: { status, headers, body: jsonOf(body) ?? body } };
  const isFunction = integration.IntegrationType === "AWS" && functionOf(integration.IntegrationUri ?? "");
  const expression = isFunction
    ? "$integration.response.body.errorMessage"
    : (integration.IntegrationResponseSelectionExpression ?? "$integration.response.statuscode");
  const value = select(expression, after) ?? "";
  const response =
    responses.find(({ IntegrationResponseKey: key }) => key !== "$default" && fitsKey(key, value)) ??
    responses.find(({ IntegrationResponseKey: key }) => key === "$default");
  if (!response) return failed("No integration response fits the integration's answer");
  const template = responseTemplate(response, after);
  return template === undefined ? answered : { ...answered, body: render(template, body, happening) };
}

function responseTemplate(response: IntegrationResponseRecord, scene: Scene): string | undefined {
  return choose(response.ResponseTemplates ?? {}, response.TemplateSelectionExpression, scene);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
