import type { Fault } from "../kernel/faults.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import { newTrace, type Trace } from "../kernel/trace.ts";
import type { SourceRecord } from "./batch.ts";
import type { Causes } from "./causes.ts";
import type { Piece } from "./pieces.ts";
import type { SourcePorts } from "./source.ts";

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
      ...(refusal ? { outcome: "refused", items: itemsOf(records) } : {}),
    },
  });
  return spanId;
}

/** Which records it was that had to wait, where they are few. */
const itemsOf = (records: readonly SourceRecord[]): string =>
  records
    .slice(0, 100)
    .map(({ id }) => id)
    .join(" ");

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

/** Says in the function's log that records block their shard, and what to do about it. */
export function tellBlocked(
  telemetry: Telemetry & Pick<SourcePorts, "log">,
  mapping: SourceMapping,
  shardId: string,
  piece: Piece,
): void {
  const trace = newTrace(telemetry.clock, telemetry.ids);
  const what =
    piece.count === 1
      ? `Record ${piece.first} blocks`
      : `${piece.count} records from ${piece.first} on block`;
  const why = piece.latest ? `: ${piece.latest.errorType}: ${piece.latest.errorMessage}` : "";
  const message =
    `${what} shard ${shardId} until they are done or expire, and are tried again and again${why}. ` +
    `"nuage streams" shows them; "nuage streams quarantine ${mapping.id}" sets them aside.`;
  const requestId = piece.latest?.requestId ?? "";
  pieceSpan(telemetry, mapping, { trace, requestId, shardId, outcome: "blocked", message });
  writeLine(telemetry, mapping, message, trace, requestId);
}

export function tellGivenUp(
  telemetry: Telemetry,
  mapping: SourceMapping,
  shardId: string,
  piece: Piece,
  condition: string,
): void {
  const count = piece.count === 1 ? "1 record" : `${piece.count} records`;
  const tries = piece.failures === 1 ? "1 delivery" : `${piece.failures} deliveries`;
  const message =
    `${count} of shard ${shardId}, from ${piece.first} through ${piece.last}, given up (${condition}) ` +
    `after ${tries} that failed.`;
  const trace = newTrace(telemetry.clock, telemetry.ids);
  const requestId = piece.latest?.requestId ?? "";
  pieceSpan(telemetry, mapping, { trace, requestId, shardId, outcome: condition, message });
  writeLine(telemetry, mapping, message, trace, requestId);
}

interface PieceFacts {
  readonly trace: Trace;
  readonly requestId: string;
  readonly shardId: string;
  /** `blocked`, or the condition under which it was given up. */
  readonly outcome: string;
  readonly message: string;
}

/** What became of records of a shard, beside the attempts at them. */
function pieceSpan(
  telemetry: Telemetry,
  { account, region, name, targetArn, sourceArn, id }: SourceMapping,
  { trace, requestId, shardId, outcome, message }: PieceFacts,
): void {
  telemetry.recorder.span({
    traceId: trace.root,
    spanId: telemetry.ids.hex(16),
    kind: "queue",
    name,
    resource: targetArn,
    startMs: telemetry.clock.now(),
    durationMs: 0,
    status: "fault",
    errorType: outcome === "blocked" ? "StreamBlocked" : outcome,
    errorMessage: message,
    requestId,
    account,
    region,
    attributes: { source: sourceArn.split(":")[2] ?? "", sourceArn, mapping: id, shardId, outcome },
  });
}
