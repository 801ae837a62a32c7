import type { IncomingMessage, ServerResponse } from "node:http";
import * as report from "../report.ts";
import { accept, only, type Refusal, readBody, refuse, TOO_LARGE } from "../runtime-requests.ts";
import { type Crew, MOST_EXTENSIONS } from "./crew.ts";
import type { Extension, ExtensionState, LifecycleEvent } from "./extension.ts";
import { subscriptionOf, type TelemetryApi } from "./subscription.ts";

type Answer = (crew: Crew, request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * The Extensions API, the Telemetry API and the older Logs API. Wording and statuses are those of AWS's
 * emulator. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
const ROUTES: Readonly<Record<string, Answer>> = {
  "POST /2020-01-01/extension/register": register,
  "GET /2020-01-01/extension/event/next": next,
  "POST /2020-01-01/extension/init/error": (...told) => fail("InitError", ...told),
  "POST /2020-01-01/extension/exit/error": (...told) => fail("ExitError", ...told),
  "PUT /2022-07-01/telemetry": (...told) => subscribe("telemetry", ...told),
  "PUT /2020-08-15/logs": (...told) => subscribe("logs", ...told),
};

/** Whether it was a request of an extension's. */
export function answerExtension(
  crew: Crew,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const answer = ROUTES[`${request.method} ${path.replace(/\/$/, "")}`];
  if (answer) void answer(crew, request, response);
  return answer !== undefined;
}

async function register(crew: Crew, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (typeof body === "string") return refuse(response, TOO_LARGE);
  const name = only(request.headers, "lambda-extension-name");
  if (!name) return deny(response, "Extension.InvalidExtensionName", "Empty extension name");
  const told = parse(body);
  if ("wrong" in told) return deny(response, "InvalidRequestFormat", told.wrong);
  const wrong = told.events.find((event) => !isEventFor(event, crew.isExternal(name)));
  if (wrong !== undefined) {
    const isShutdown = wrong === "SHUTDOWN";
    const why = isShutdown ? "ShutdownEventNotSupportedForInternalExtension" : "ErrorInvalidEventType";
    return deny(response, "Extension.InvalidEventType", `${wrong}: ${why}`);
  }
  const made = crew.register(name, told.events as LifecycleEvent[]);
  if (typeof made === "string") return denyRegistration(response, made, name);
  const { account, version, name: functionName, handler } = crew.facts.version;
  const features = (only(request.headers, "lambda-extension-accept-feature") ?? "").split(",");
  const accountId = features.some((feature) => feature.trim() === "accountId") ? { accountId: account } : {};
  response.setHeader("lambda-extension-identifier", made.id);
  reply(response, 200, { ...accountId, functionName, functionVersion: version, handler });
}

type Denied = Exclude<ReturnType<Crew["register"]>, Extension>;

const DENIALS: Readonly<Record<Exclude<Denied, "order">, readonly [string, string]>> = {
  closed: ["Extension.RegistrationClosed", "Extension registration closed already"],
  known: ["Extension.InvalidExtensionState", "Extension with this name already registered"],
  many: ["Extension.TooManyExtensions", `Extension limit (${MOST_EXTENSIONS}) reached`],
};

function denyRegistration(response: ServerResponse, why: Denied, name: string): void {
  if (why === "order") denyOrder(response, "Registered", "Registered", name);
  else deny(response, ...DENIALS[why]);
}

function next(crew: Crew, request: IncomingMessage, response: ServerResponse): void {
  const extension = identify(crew, request, response);
  if (extension === undefined) return;
  if (typeof extension === "string") {
    deny(response, UNKNOWN, `Unknown extension ${extension}`);
    return;
  }
  const before = extension.state;
  if (!extension.goTo("Ready")) {
    denyOrder(response, before, "Ready", extension.id);
    return;
  }
  extension.ask(response);
  crew.look();
}

async function fail(
  state: "InitError" | "ExitError",
  crew: Crew,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await readBody(request);
  const extension = identify(crew, request, response);
  if (extension === undefined) return;
  const errorType = only(request.headers, ERROR_TYPE);
  if (!errorType) {
    return deny(response, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
  }
  if (typeof extension === "string") {
    return deny(response, UNKNOWN, "Unknown Lambda-Extension-Identifier");
  }
  const before = extension.state;
  if (!extension.goTo(state)) return denyOrder(response, before, state, extension.id);
  extension.errorType = errorType;
  accept(response);
  crew.giveUp(extension);
}

async function subscribe(
  api: TelemetryApi,
  crew: Crew,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const extension = identify(crew, request, response);
  if (extension === undefined) return;
  if (typeof extension === "string") return deny(response, UNKNOWN, `Unknown extension ${extension}`);
  if (typeof body === "string") return refuse(response, TOO_LARGE);
  const word = api === "logs" ? "Logs" : "Telemetry";
  if (!crew.canSubscribe) {
    return deny(response, `${word}.SubscriptionClosed`, `${word} API subscription is closed`);
  }
  const other = crew.feed.subscriptionOf(extension.name)?.api;
  if (other !== undefined && other !== api) {
    const message = "An extension can subscribe to the Logs API or to the Telemetry API, not to both";
    return deny(response, `${word}.SubscriptionConflict`, message);
  }
  const subscription = subscriptionOf(api, body);
  if ("errorType" in subscription) return refuse(response, subscription);
  crew.feed.subscribe(extension.name, subscription);
  crew.facts.log.platform(report.subscribed(api, extension.name, subscription.types));
  reply(response, 200, "OK");
}

/** The extension that asks, or the identifier that none has; undefined where it was refused already. */
function identify(
  crew: Crew,
  request: IncomingMessage,
  response: ServerResponse,
): Extension | string | undefined {
  const id = only(request.headers, "lambda-extension-identifier");
  if (!id) {
    const missing = "Missing Lambda-Extension-Identifier header";
    deny(response, "Extension.MissingExtensionIdentifier", missing);
    return undefined;
  }
  if (!UUID.test(id)) {
    deny(response, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");
    return undefined;
  }
  return crew.find(id.toLowerCase()) ?? id;
}

const UNKNOWN = "Extension.UnknownExtensionIdentifier";
const ERROR_TYPE = "lambda-extension-function-error-type";
const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

function isEventFor(event: unknown, isExternal: boolean): boolean {
  return event === "INVOKE" || (event === "SHUTDOWN" && isExternal);
}

function parse(body: Buffer): { readonly events: readonly unknown[] } | { readonly wrong: string } {
  try {
    const { events, configurationKeys } = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
    if (Array.isArray(configurationKeys) && configurationKeys.length > 0) {
      return { wrong: "configurationKeys are deprecated; use environment variables instead" };
    }
    if (events !== undefined && events !== null && !Array.isArray(events)) {
      return { wrong: "events should be a list" };
    }
    return { events: events ?? [] };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

function denyOrder(response: ServerResponse, from: ExtensionState, to: ExtensionState, who: string): void {
  const failed = `State transition from ${from} to ${to} failed for extension ${who}.`;
  deny(response, "Extension.InvalidExtensionState", `${failed} Error: State transition is not allowed`);
}

function deny(response: ServerResponse, errorType: string, errorMessage: string): void {
  const refusal: Refusal = { status: 403, errorType, errorMessage };
  refuse(response, refusal);
}

function reply(response: ServerResponse, status: number, document: unknown): void {
  const body = JSON.stringify(document);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}
