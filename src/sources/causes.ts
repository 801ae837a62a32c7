import type { Clock } from "../kernel/clock.ts";
import type { Ids } from "../kernel/ids.ts";
import { type LineageEntry, newTrace, parseTraceHeader, type Trace } from "../kernel/trace.ts";
import type { SourceRecord } from "./batch.ts";

/** Where a batch comes from: the first record's trace goes on, the others are linked to it. */
export interface Causes {
  readonly trace: Trace;
  /** Roots of the other records' traces, each once. */
  readonly links: readonly string[];
}

const MOST_LINKS = 100;

/**
 * The causes of a batch. Its lineage holds, of each function, the highest count among the records: one that
 * has been round often is not hidden among others.
 */
export function causesOf(records: readonly SourceRecord[], clock: Clock, ids: Ids): Causes {
  const traces: Trace[] = [];
  let before: string | undefined;
  for (const { trace: header } of records) {
    // Records of one request have one header.
    if (header === before) continue;
    before = header;
    const trace = parseTraceHeader(header);
    if (trace) traces.push(trace);
  }
  const [first = newTrace(clock, ids), ...others] = traces;
  const links = new Set(others.map(({ root }) => root));
  links.delete(first.root);
  return { trace: { ...first, lineage: merge(traces) }, links: [...links].slice(0, MOST_LINKS) };
}

function merge(traces: readonly Trace[]): readonly LineageEntry[] {
  const counts = new Map<string, number>();
  for (const { lineage } of traces) {
    for (const { resource, count } of lineage)
      counts.set(resource, Math.max(count, counts.get(resource) ?? 0));
  }
  return [...counts].map(([resource, count]) => ({ resource, count }));
}

/** The lineage that a record comes with: records of one are judged alike by the loop guard. */
export function lineageOf({ trace }: SourceRecord): string {
  return /;Lineage=([^;]*)/.exec(trace ?? "")?.[1] ?? "";
}
