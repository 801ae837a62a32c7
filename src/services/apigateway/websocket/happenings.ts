import { writeDimensions } from "../../../kernel/metrics.ts";
import type { Trace } from "../../../kernel/trace.ts";
import type { Background } from "../../define.ts";
import { renderLine, writeLine } from "../execution/access-log.ts";
import { ExecutionLog, isLogLevel, writeExecutionLog } from "../execution/execution-log.ts";
import { count } from "../execution/report.ts";
import { ACCOUNT_RATE, passes } from "../execution/throttle.ts";
import { settingsOf } from "../http/compiled.ts";
import { resourceArn } from "../tags.ts";
import { TemplateError } from "../templates/nodes.ts";
import type { RouteRecord } from "../v2/records.ts";
import { billMessage } from "./billing.ts";
import { contextOf, type Happening } from "./event.ts";
import { type Integrated, integrate } from "./integrate.ts";
import { invalidity } from "./validate.ts";

/** What a route made of a happening. */
export type Outcome =
  | { readonly kind: "done"; readonly answer?: Extract<Integrated, { kind: "answered" }> }
  | { readonly kind: "throttled" }
  /** `error` is what the client hears. */
  | { readonly kind: "invalid"; readonly error: string }
  | { readonly kind: "failed"; readonly error: string };

export function routeOf({ stage }: Pick<Happening, "stage">, key: string): RouteRecord | undefined {
  return stage.snapshot.routes.find(({ RouteKey }) => RouteKey === key);
}

/** Runs a route's integration, and notes it: in metrics, access logs and as a span of the trace. */
export async function runRoute(
  world: Background,
  happening: Happening,
  route: RouteRecord,
  trace: Trace,
): Promise<Outcome> {
  const spanId = world.ids.hex(16);
  const startedMs = world.clock.monotonic();
  const outcome = await outcomeOf(world, happening, route, { ...trace, parent: spanId });
  const latencyMs = Math.round(world.clock.monotonic() - startedMs);
  note(world, happening, outcome, latencyMs);
  // Of a connection's beginning the gateway tells.
  if (happening.type !== "CONNECT") recordSpan(world, happening, outcome, { trace, spanId, startedMs });
  return outcome;
}

async function outcomeOf(
  world: Background,
  happening: Happening,
  route: RouteRecord,
  trace: Trace,
): Promise<Outcome> {
  const { stage } = happening;
  if (!passes(world, ratesOf(happening))) return { kind: "throttled" };
  const error = await invalidity(happening, route);
  if (error !== undefined) return { kind: "invalid", error };
  const id = route.Target?.slice("integrations/".length);
  if (id === undefined) return { kind: "done" };
  const integration = stage.integrations.get(id);
  if (!integration) return { kind: "failed", error: "The route's integration does not exist" };
  try {
    const integrated = await integrate(world, happening, integration, trace);
    return integrated.kind === "failed" ? integrated : { kind: "done", answer: integrated };
  } catch (error) {
    if (error instanceof TemplateError) return { kind: "failed", error: error.message };
    throw error;
  }
}

function ratesOf({ stage, routeKey }: Happening) {
  const { ThrottlingRateLimit: perSecond, ThrottlingBurstLimit: burst } = settingsOf(stage, routeKey);
  const account = [`account ${stage.account} ${stage.region}`, ACCOUNT_RATE] as const;
  if (perSecond === undefined && burst === undefined) return [account];
  const rate = { perSecond: perSecond ?? ACCOUNT_RATE.perSecond, burst: burst ?? ACCOUNT_RATE.burst };
  return [account, [`route ${stage.arn} ${routeKey}`, rate] as const];
}

function note(world: Background, happening: Happening, outcome: Outcome, latencyMs: number): void {
  const { stage, type, body } = happening;
  const add = (name: string, value: number) => {
    for (const dimensions of dimensionsOf(happening)) count(world, stage, name, dimensions, value);
  };
  if (type === "CONNECT") add("ConnectCount", 1);
  if (type === "MESSAGE") add("MessageCount", 1);
  add("ClientError", isClients(outcome) ? 1 : 0);
  if (!isClients(outcome)) {
    add("IntegrationLatency", latencyMs);
    add("ExecutionError", outcome.kind === "failed" ? 1 : 0);
    add("IntegrationError", statusOf(outcome) >= 400 && outcome.kind === "done" ? 1 : 0);
  }
  if (type === "MESSAGE") billMessage(world, stage, Buffer.byteLength(body ?? ""));
  writeAccessLog(world, happening, outcome, latencyMs);
  logExecution(world, happening, outcome, latencyMs);
}

/** Routes have metrics of their own where the stage says so. */
function dimensionsOf({ stage, routeKey }: Happening): string[] {
  const ofApi: [string, string] = ["ApiId", stage.apiId];
  const ofStage: [string, string] = ["Stage", stage.stage.StageName ?? ""];
  const found = [[ofApi], [ofApi, ofStage]];
  if (settingsOf(stage, routeKey).DetailedMetricsEnabled) found.push([ofApi, ["Route", routeKey], ofStage]);
  return found.map(writeDimensions);
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html */
function logExecution(world: Background, happening: Happening, outcome: Outcome, latencyMs: number): void {
  const { stage, routeKey, requestId, connection, type, body } = happening;
  const { LoggingLevel: level, DataTraceEnabled: isDetailed } = settingsOf(stage, routeKey);
  if (!isLogLevel(level)) return;
  const log = new ExecutionLog(requestId, () => world.clock.now(), isDetailed);
  const what = type === "MESSAGE" ? "message" : type.toLowerCase();
  log.info(`Starting execution for request: ${requestId}`);
  log.info(`WebSocket API [${stage.apiId}] received ${what} from client [${connection.id}]`);
  log.detail(() => `Route: [${routeKey}]. Message: [${body ?? ""}]`);
  const status = statusOf(outcome);
  if ("error" in outcome) {
    log.error(`Execution failed due to configuration error: ${outcome.error}`);
    log.error(`Method completed with status: ${status}`);
  } else {
    log.info(`Received response. Status: ${status}, Integration latency: ${latencyMs} ms`);
    log.detail(() => `Endpoint response body before transformations: ${answerOf(outcome)}`);
    log.info(`Method completed with status: ${status}`);
  }
  writeExecutionLog(world, stage, `/aws/apigateway/${stage.apiId}/${stage.stage.StageName}`, level, log);
}

const answerOf = (outcome: Outcome) => (outcome.kind === "done" ? (outcome.answer?.body ?? "") : "");

const isClients = ({ kind }: Outcome) => kind === "throttled" || kind === "invalid";

const STATUSES = { throttled: 429, invalid: 400, failed: 500 } as const;

/** The status that access logs tell: the integration's, or of what failed. */
function statusOf(outcome: Outcome): number {
  if (outcome.kind === "done") return outcome.answer?.status ?? 200;
  return STATUSES[outcome.kind];
}

function writeAccessLog(world: Background, happening: Happening, outcome: Outcome, latencyMs: number): void {
  const { AccessLogSettings: settings } = happening.stage.stage;
  if (!settings?.DestinationArn || !settings.Format) return;
  const error = "error" in outcome ? outcome.error : undefined;
  const context: Record<string, unknown> = {
    ...contextOf(happening),
    status: statusOf(outcome),
    integrationLatency: latencyMs,
    integrationStatus: outcome.kind === "done" ? outcome.answer?.status : undefined,
    integrationErrorMessage: error,
    error: { message: error, messageString: error && JSON.stringify(error) },
    integration: { error, latency: latencyMs, status: statusOf(outcome) },
  };
  const message = renderLine(settings.Format, (name) => valueAt(context, name));
  const timestamp = Math.floor(world.clock.now());
  writeLine(world, settings.DestinationArn, happening.stage.arn, { timestamp, message });
}

function valueAt(context: Readonly<Record<string, unknown>>, name: string): string | undefined {
  let value: unknown = context;
  for (const part of name.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value === undefined || value === null ? undefined : String(value);
}

const SPAN_STATUSES = { done: "ok", throttled: "throttle", invalid: "error", failed: "fault" } as const;

function recordSpan(
  world: Background,
  happening: Happening,
  outcome: Outcome,
  {
    trace,
    spanId,
    startedMs,
  }: { readonly trace: Trace; readonly spanId: string; readonly startedMs: number },
): void {
  const { stage, routeKey, requestId, atMs, connection } = happening;
  world.recorder.span({
    traceId: trace.root,
    spanId,
    ...(trace.parent === undefined ? {} : { parentId: trace.parent }),
    kind: "call",
    name: `execute-api ${routeKey}`,
    resource: resourceArn(stage, `/apis/${stage.apiId}`),
    startMs: atMs,
    durationMs: world.clock.monotonic() - startedMs,
    status: SPAN_STATUSES[outcome.kind],
    ...(outcome.kind === "failed" ? { errorType: "InternalServerError", errorMessage: outcome.error } : {}),
    requestId,
    account: stage.account,
    region: stage.region,
    attributes: { stage: stage.stage.StageName, connectionId: connection.id, eventType: happening.type },
  });
}
