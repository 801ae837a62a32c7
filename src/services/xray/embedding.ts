import { type Members, membersOf } from "./documents.ts";
import type { Segment } from "./segment.ts";

/**
 * Segments with the subsegments that were sent by themselves, as functions do, within what they are part of.
 * What belongs to nothing that is known stays as it came.
 */
export function embedded(segments: readonly Segment[]): Segment[] {
  const parts = new Map<string, Segment>();
  const owners = new Map<string, string>();
  for (const segment of segments) {
    parts.set(segment.id, segment);
    for (const id of idsWithin(segment)) owners.set(id, segment.id);
  }
  const ownerOf = ({ parent_id: parent = "" }: Segment) => parts.get(owners.get(parent) ?? parent);
  const isWithin = (segment: Segment): boolean => {
    const seen = new Set<Segment>();
    for (let at: Segment | undefined = segment; at && !seen.has(at); at = ownerOf(at)) {
      if (at.type !== "subsegment") return true;
      seen.add(at);
    }
    return false;
  };
  const [within, outside] = [new Map<string, Segment[]>(), [] as Segment[]];
  for (const segment of segments) {
    const parent = segment.parent_id;
    if (segment.type !== "subsegment" || parent === undefined || !isWithin(segment)) outside.push(segment);
    else within.set(parent, [...(within.get(parent) ?? []), segment]);
  }
  return outside.map((segment) => filled(segment, within) as Segment);
}

function idsWithin(part: Members): string[] {
  return partsOf(part).flatMap((each) => [String(each.id), ...idsWithin(each)]);
}

function filled(part: Members, within: ReadonlyMap<string, readonly Segment[]>): Members {
  const own = [...partsOf(part), ...(within.get(String(part.id)) ?? []).map(asPart)];
  return own.length === 0 ? part : { ...part, subsegments: own.map((each) => filled(each, within)) };
}

/** What the segment says already. */
const asPart = ({ trace_id: _, parent_id: __, type: ___, origin: ____, ...part }: Segment): Members => part;

/** What lies directly within a segment or a subsegment. */
export const partsOf = ({ subsegments }: Members): Members[] =>
  Array.isArray(subsegments) ? subsegments.map(membersOf) : [];
