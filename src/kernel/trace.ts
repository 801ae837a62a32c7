import type { Clock } from "./clock.ts";
import type { Ids } from "./ids.ts";

/**
 * The trace a request belongs to, as the `X-Amzn-Trace-Id` header carries it.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export interface Trace {
  /** `1-<8 hex: epoch seconds>-<24 hex>`: the same for every hop of one logical request. */
  readonly root: string;
  /** 16 hex: the span that caused this one. */
  readonly parent?: string;
  readonly sampled: boolean;
  /**
   * How often each function has run in this chain, to stop loops. It travels in the header's Lineage
   * field through every hop.
   */
  readonly lineage: readonly LineageEntry[];
}

export interface LineageEntry {
  /** 8 hex: the hash of the resource that was run. */
  readonly resource: string;
  readonly count: number;
}

const ROOT = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;
const PARENT = /^[0-9a-f]{16}$/;
const LINEAGE_ENTRY = /^(?:\d{1,5}:)?([0-9a-f]{8}):(\d{1,5})$/;

/** A new trace, for a request that came without one. */
export function newTrace(clock: Clock, ids: Ids): Trace {
  const seconds = Math.floor(clock.now() / 1000)
    .toString(16)
    .padStart(8, "0");
  return { root: `1-${seconds}-${ids.hex(24)}`, sampled: true, lineage: [] };
}

/** The header's fields, or undefined when it names no valid root. Unknown fields are passed over. */
export function parseTraceHeader(header: string | undefined): Trace | undefined {
  if (!header) return undefined;
  let root: string | undefined;
  let parent: string | undefined;
  let sampled = true;
  let lineage: LineageEntry[] = [];
  for (const field of header.split(";")) {
    const equals = field.indexOf("=");
    const key = field.slice(0, equals).trim().toLowerCase();
    const value = field.slice(equals + 1).trim();
    if (key === "root" && ROOT.test(value)) root = value;
    else if (key === "parent" && PARENT.test(value)) parent = value;
    else if (key === "sampled") sampled = value !== "0";
    else if (key === "lineage") lineage = parseLineage(value);
  }
  if (!root) return undefined;
  return parent ? { root, parent, sampled, lineage } : { root, sampled, lineage };
}

export function formatTraceHeader(trace: Trace): string {
  let text = `Root=${trace.root}`;
  if (trace.parent) text += `;Parent=${trace.parent}`;
  text += `;Sampled=${trace.sampled ? 1 : 0}`;
  if (trace.lineage.length) {
    text += `;Lineage=${trace.lineage.map((entry) => `${entry.resource}:${entry.count}`).join("|")}`;
  }
  return text;
}

/** The same trace one hop further: its parent is `spanId`. */
export function childTrace(trace: Trace, spanId: string): Trace {
  // Member by member: every request passes here, and a spread costs it one part in forty.
  return { root: trace.root, parent: spanId, sampled: trace.sampled, lineage: trace.lineage };
}

function parseLineage(text: string): LineageEntry[] {
  const entries: LineageEntry[] = [];
  for (const part of text.split("|")) {
    const match = LINEAGE_ENTRY.exec(part);
    if (match?.[1]) entries.push({ resource: match[1], count: Number(match[2]) });
  }
  return entries;
}
