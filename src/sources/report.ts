import type { Fault } from "../kernel/faults.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Causes } from "./causes.ts";
import type { SourcePorts, SourceRecord } from "./source.ts";

type Telemetry = Pick<SourcePorts, "clock" | "ids" | "recorder">;

interface BatchFacts {
  readonly requestId: string;
  readonly attempt: number;
  readonly causes: Causes;
  readonly records: readonly SourceRecord[];
  /** The target did not take it. */
  readonly refusal?: Fault;
}

/** Notes how long a batch has waited since its first record came; gives the span's id. */
export function batchSpan(telemetry: Telemetry, mapping: SourceMapping, facts: BatchFacts): string {
  const { requestId, attempt, causes, records, refusal } = facts;
  const nowMs = telemetry.clock.now();
  const startMs = refusal ? nowMs : Math.min(nowMs, ...records.map(({ arrivedMs }) => arrivedMs));
  const spanId = telemetry.ids.hex(16);
  const { account, region, name, targetArn: resource, sourceArn } = mapping;
  telemetry.recorder.span({
    traceId: causes.trace.root,
    spanId,
    ...(causes.trace.parent ? { parentId: causes.trace.parent } : {}),
    kind: "queue",
    name,
    resource,
    startMs,
    durationMs: nowMs - startMs,
    requestId,
    account,
    region,
    status: refusal ? (refusal.status === 429 ? "throttle" : "fault") : "ok",
    ...(refusal ? { errorType: refusal.code, errorMessage: refusal.message } : {}),
    attributes: {
      source: sourceArn.split(":")[2] ?? "",
      sourceArn,
      mapping: mapping.id,
      attempt,
      batchSize: records.length,
      ...(causes.links.length > 0 ? { links: causes.links.join(",") } : {}),
      ...(refusal ? { outcome: "refused" } : {}),
    },
  });
  return spanId;
}

/** Lines that sources write into a function's log lie in a stream of their own. */
const STREAM = "nuage/sources";

export function writeLine(
  { clock, recorder }: Telemetry,
  { account, region, logGroup }: SourceMapping,
  message: string,
  trace: Trace,
  requestId: string,
): void {
  recorder.log({
    timeMs: clock.now(),
    group: logGroup,
    stream: STREAM,
    account,
    region,
    requestId,
    traceId: trace.root,
    message,
    source: "platform",
  });
}
