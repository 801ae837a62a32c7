import { createHash } from "node:crypto";
import { invalid } from "../values/value.ts";
import { fault } from "./faults.ts";
import type { Slot } from "./shards.ts";

/** Where reading goes on. */
export interface Position extends Slot {
  /** After the change of this count; -1: from the slot's beginning. */
  readonly after: number;
}

interface Token extends Position {
  readonly issuedMs: number;
}

/** An iterator may be used for this long. */
const LIFETIME_MS = 15 * 60_000;
const MARK_LENGTH = 8;

/** An iterator as AWS's look: the stream's ARN, a version, and what only the service reads. */
export function formatIterator(streamArn: string, position: Position, nowMs: number): string {
  const { era, slot, lane, after } = position;
  const fields = [era, slot, lane, after, Math.floor(nowMs)].join(",");
  const token = Buffer.from(`${markOf(streamArn, fields)},${fields}`).toString("base64");
  return `${streamArn}|1|${token}`;
}

/** Faults: ValidationException for what is no iterator, ExpiredIteratorException for an old one. */
export function parseIterator(text: string, nowMs: number): { streamArn: string; position: Position } {
  const [streamArn = "", version, encoded = "", ...rest] = text.split("|");
  const [mark, ...fields] = Buffer.from(encoded, "base64").toString().split(",");
  const [era = -1, slot = -1, lane = -1, after = -1, issuedMs = 0] = fields.map(Number);
  if (version !== "1" || rest.length > 0 || mark !== markOf(streamArn, fields.join(","))) {
    throw invalid("Invalid ShardIterator");
  }
  const token: Token = { era, slot, lane, after, issuedMs };
  if (nowMs - token.issuedMs > LIFETIME_MS) {
    throw fault("ExpiredIteratorException", "The shard iterator has expired: it is valid for 15 minutes.");
  }
  return { streamArn, position: { era, slot, lane, after } };
}

/** Tells an iterator that was cut or changed on the way from a whole one. */
function markOf(streamArn: string, fields: string): string {
  return createHash("sha256").update(`${streamArn}|${fields}`).digest("hex").slice(0, MARK_LENGTH);
}
