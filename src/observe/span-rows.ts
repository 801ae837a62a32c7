import type { Span } from "../kernel/telemetry.ts";
import { Conditions } from "./conditions.ts";
import type { Columns, Database } from "./duckdb.ts";
import { present } from "./line-rows.ts";
import type { Numbered } from "./model.ts";
import { environmentKey, SPAN_MEMBERS, traceKey } from "./schema.ts";
import { entryGroup } from "./summary.ts";

/** The spans of each trace, as recorded. */
export async function spansOf(database: Database, keys: readonly number[]): Promise<[Span, ...Span[]][]> {
  if (keys.length === 0) return [];
  const where = new Conditions();
  where.anyOf("trace_key", keys);
  const rows = await database.rows(
    `SELECT ${SPAN_MEMBERS} FROM spans ${where.text} ORDER BY seq`,
    where.values,
  );
  const traces = new Map<string, [Span, ...Span[]]>();
  for (const row of rows) {
    const span = { ...present(row), attributes: JSON.parse(String(row.attributes)) } as unknown as Span;
    const spans = traces.get(span.traceId);
    if (spans) spans.push(span);
    else traces.set(span.traceId, [span]);
  }
  return [...traces.values()];
}

/** Attributes that are asked for over many spans have columns of their own: see schema.ts. */
export function writeSpan(to: Columns, { seq, record }: Numbered<Span>): void {
  const { attributes = {} } = record;
  to.whole(seq);
  to.whole(traceKey(record.traceId));
  to.text(record.traceId);
  to.text(record.spanId);
  to.text(record.parentId);
  to.text(record.kind);
  to.text(record.name);
  to.text(record.resource);
  to.number(record.startMs);
  to.number(record.durationMs);
  to.text(record.status);
  to.text(record.errorType);
  to.text(record.errorMessage);
  to.text(record.requestId);
  to.text(record.account);
  to.text(record.region);
  to.text(JSON.stringify(attributes));
  to.text(entryGroup(record));
  to.text(originOf(record));
  to.text(textOf(attributes.environment));
  const run = record.kind === "invoke" ? runOf(record) : undefined;
  to.smallOrNull(run?.running);
  to.smallOrNull(run?.runningAll);
  to.smallOrNull(attributes.memoryMb);
  to.smallOrNull(attributes.maxMemoryMb);
  to.numberOrNull(run?.ranMs);
  to.smallOrNull(attributes.timeoutMs);
  to.truth(attributes.coldStart === true);
  to.number(record.startMs + record.durationMs);
  to.text(ownerOf(record));
  to.text(edgeOf(record));
  to.whole(environmentKey(textOf(attributes.environment)));
  to.truth(isNear(attributes.maxMemoryMb, attributes.memoryMb));
  to.truth(isNear(attributes.durationMs, attributes.timeoutMs));
}

/** An invocation that does not say how many there were with it was alone. */
function runOf({ attributes: { running = 1, runningAll = 1, durationMs }, ...span }: Span) {
  return { running, runningAll, ranMs: typeof durationMs === "number" ? durationMs : span.durationMs };
}

/** So near to a limit that a little more is too much. */
const NEAR = 0.95;

const isNear = (value: unknown, limit: unknown): boolean =>
  typeof value === "number" && typeof limit === "number" && value > limit * NEAR;

const ownerOf = ({ account, region, name }: Span): string => `${account} ${region} ${name}`;

/** What an owner is made of. */
export function ownerParts(owner: string): { account: string; region: string; functionName: string } {
  const [account = "", region = "", ...name] = owner.split(" ");
  return { account, region, functionName: name.join(" ") };
}

/** Of what did not go on after its wait a second span tells why. */
function edgeOf(span: Span): string | undefined {
  const { kind, status } = span;
  const isEdge = kind === "call" || kind === "invoke" || (kind === "queue" && status === "ok");
  if (!isEdge) return undefined;
  return edgeText(kind, originOf(span), kind === "call" ? entryGroup(span) : span.name);
}

export const edgeText = (kind: string, origin: string | undefined, target: string): string =>
  `${kind}\t${origin ?? ""}\t${target}`;

/** Who called, or what the event came from: a function's name, or the ARN of a resource. */
export function originOf({ attributes: { caller, sourceArn, source } = {} }: Span): string | undefined {
  return textOf(caller ?? sourceArn ?? source);
}

const textOf = (value: Span["attributes"][string] | undefined): string | undefined =>
  value === undefined ? undefined : String(value);
