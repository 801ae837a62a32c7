import type { Key, KeyPart, KeyRange } from "../../../store/store.ts";
import type { KeyRequest, SortCondition } from "../expressions/key-condition.ts";
import { placePrefix } from "../records.ts";
import type { Index, Table } from "../tables/catalog.ts";
import { keyPart } from "../values/keys.ts";
import { HASHES, hashOfAll } from "./places.ts";

/** Sorts after every part of an item's key: no number is larger, and numbers sort last. */
const LAST: KeyPart = { decimal: `9.${"9".repeat(37)}E125` };
const ALL_LAST = Array.from({ length: 7 }, () => LAST);
const LAST_CODE_POINT = 0x10ffff;
const LAST_BYTE = 0xff;

interface Bounds {
  gt?: Key;
  gte?: Key;
  lt?: Key;
  lte?: Key;
}

/** Where the entries lie that a Query reads, in the table or an index. */
export function queryRange(table: Table, index: Index | undefined, request: KeyRequest): KeyRange {
  const schema = index?.schema ?? table.schema;
  const parts = [request.partition, ...(request.fixed ?? [])].map(keyPart);
  const place = placePrefix(table.number, index?.number ?? 0);
  const prefix = [...place, hashOfAll(parts.slice(0, schema.partitions.length)), ...parts];
  if (request.sort) return sortBounds(prefix, request.sort);
  return { gte: prefix, lte: afterAll(prefix) };
}

/** Everything that begins with these parts lies at or before this: a key has six more parts at most. */
function afterAll(prefix: Key): Key {
  return [...prefix, ...ALL_LAST];
}

function sortBounds(prefix: Key, condition: SortCondition): Bounds {
  const at = (part: KeyPart): Key => [...prefix, part];
  if (condition.operator === "BETWEEN") {
    return { gte: at(keyPart(condition.low)), lte: afterAll(at(keyPart(condition.high))) };
  }
  const part = keyPart(condition.value);
  switch (condition.operator) {
    case "=":
      return { gte: at(part), lte: afterAll(at(part)) };
    case "<":
      return { gte: prefix, lt: at(part) };
    case "<=":
      return { gte: prefix, lte: afterAll(at(part)) };
    case ">":
      return { gt: afterAll(at(part)), lte: afterAll(prefix) };
    case ">=":
      return { gte: at(part), lte: afterAll(prefix) };
    case "begins_with": {
      const end = endOfPrefix(part);
      return { gte: at(part), ...(end === undefined ? { lte: afterAll(prefix) } : { lt: at(end) }) };
    }
  }
}

/** The first text or binary after all that begin with this one; undefined when there is none. */
function endOfPrefix(part: KeyPart): KeyPart | undefined {
  if (part instanceof Uint8Array) {
    let length = part.length;
    while (length > 0 && part[length - 1] === LAST_BYTE) length--;
    if (length === 0) return undefined;
    // A copy: slices of a Buffer share its bytes.
    const end = Uint8Array.from(part.subarray(0, length));
    end[length - 1] = (end[length - 1] ?? 0) + 1;
    return end;
  }
  const points = [...String(part)];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const code = last.codePointAt(0) ?? 0;
    if (code < LAST_CODE_POINT) return points.join("") + String.fromCodePoint(code + 1);
  }
  return undefined;
}

export interface Segment {
  readonly number: number;
  readonly total: number;
}

/** The hashes of a segment: from the first up to and without the second. */
export function segmentHashes({ number, total }: Segment): readonly [number, number] {
  return [Math.ceil((number * HASHES) / total), Math.ceil(((number + 1) * HASHES) / total)];
}

/** Where the entries lie that a Scan reads. */
export function scanRange(table: Table, index: Index | undefined, segment: Segment | undefined): KeyRange {
  const prefix = placePrefix(table.number, index?.number ?? 0);
  if (!segment) return { prefix };
  const [from, to] = segmentHashes(segment);
  return { prefix, gte: [...prefix, from], lt: [...prefix, to] };
}

/** The rest of a range after an entry, in the direction of reading. */
export function rangeAfter(range: KeyRange, entry: Key, reverse: boolean): KeyRange {
  // The start key lies within the range, so it takes the place of the bound on its side.
  const { gt, gte, lt, lte, prefix } = range;
  const low = { ...(gt ? { gt } : {}), ...(gte ? { gte } : {}) };
  const high = { ...(lt ? { lt } : {}), ...(lte ? { lte } : {}) };
  return { ...(prefix ? { prefix } : {}), ...(reverse ? { ...low, lt: entry } : { ...high, gt: entry }) };
}
