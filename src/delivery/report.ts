import type { AsyncEvent, FunctionTarget, Invocation } from "../kernel/functions.ts";
import type { Span } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { DeliveryOptions } from "./options.ts";

type Telemetry = Pick<DeliveryOptions, "clock" | "ids" | "recorder">;

/** Lines that delivery itself writes into a function's log lie in a stream of their own. */
const STREAM = "nuage/delivery";

/** Whose log and spans a report belongs to. */
interface Subject {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly logGroup: string;
}

export function writeLine(
  { clock, recorder }: Telemetry,
  subject: Subject,
  message: string,
  from: { readonly requestId: string; readonly trace: Trace },
): void {
  recorder.log({
    timeMs: clock.now(),
    group: subject.logGroup,
    stream: STREAM,
    account: subject.account,
    region: subject.region,
    requestId: from.requestId,
    traceId: from.trace.root,
    message,
    source: "platform",
  });
}

/** A span of delivery's own: the wait of an event, or what became of it. */
export function deliverySpan(
  { ids, recorder }: Telemetry,
  subject: Subject,
  from: { readonly requestId: string; readonly trace: Trace },
  span: Pick<Span, "kind" | "startMs" | "durationMs" | "status" | "attributes"> &
    Partial<Pick<Span, "errorType" | "errorMessage">>,
): string {
  const spanId = ids.hex(16);
  recorder.span({
    traceId: from.trace.root,
    spanId,
    ...(from.trace.parent ? { parentId: from.trace.parent } : {}),
    name: subject.name,
    resource: subject.arn,
    requestId: from.requestId,
    account: subject.account,
    region: subject.region,
    ...span,
  });
  return spanId;
}

/** Says in the trace and in the function's log that a loop was stopped, and what drove it. */
export function reportStopped(
  telemetry: Telemetry,
  { version }: FunctionTarget,
  invocation: Invocation,
  rounds: number,
  event: AsyncEvent | undefined,
): void {
  const { source = "invoke", sourceArn } = event ?? invocation;
  const by = sourceArn ? `${source} (${sourceArn})` : source;
  const items = invocation.items?.().join(" ");
  const message =
    `Recursive loop stopped: ${version.name} has run ${rounds} times in one chain of events, ` +
    `driven by ${by}. Request ${invocation.requestId} was not run. ` +
    "Set the function's RecursiveLoop to Allow if this is meant.";
  deliverySpan(telemetry, version, invocation, {
    kind: "stopped",
    startMs: telemetry.clock.now(),
    durationMs: 0,
    status: "error",
    errorType: "RecursiveInvocationException",
    errorMessage: message,
    attributes: {
      function: version.name,
      count: rounds,
      source,
      ...(sourceArn ? { sourceArn } : {}),
      ...(items ? { items } : {}),
      ...(event ? {} : { synchronous: true }),
    },
  });
  writeLine(telemetry, version, message, invocation);
}
