import { hash } from "node:crypto";
import { fault, invalid } from "./faults.ts";
import type { StreamName } from "./names.ts";

/** Where reading goes on. */
export interface Position {
  readonly stream: StreamName;
  /** The stream's number: one made again under the name is another. */
  readonly number: number;
  readonly shard: number;
  /** The place of the next record, or one before it. */
  readonly from: number;
}

/** An iterator may be used for this long. */
const LIFETIME_MS = 300_000;
const MARK_LENGTH = 8;
const VERSION = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);

/** An iterator as AWS's begin. */
export function formatIterator({ stream, number, shard, from }: Position, nowMs: number): string {
  const { account, region, name } = stream;
  const fields = [account, region, name, number, shard, from, Math.floor(nowMs)].join("/");
  return Buffer.concat([VERSION, Buffer.from(`${markOf(fields)}/${fields}`)]).toString("base64");
}

/** Faults: InvalidArgumentException for what is no iterator, ExpiredIteratorException for an old one. */
export function parseIterator(text: string, nowMs: number): Position {
  const bytes = Buffer.from(text, "base64");
  const [mark, ...fields] = bytes.toString("utf8", VERSION.length).split("/");
  const isWhole = bytes.subarray(0, VERSION.length).equals(VERSION) && mark === markOf(fields.join("/"));
  if (!isWhole || fields.length !== 7) throw invalid("Invalid ShardIterator.");
  const [account = "", region = "", name = "", ...numbers] = fields;
  const [number = 0, shard = 0, from = 0, issuedMs = 0] = numbers.map(Number);
  if (nowMs - issuedMs > LIFETIME_MS) {
    throw fault(
      "ExpiredIteratorException",
      `Iterator expired. The iterator was created at time ${javaDate(issuedMs)} while right now it is ` +
        `${javaDate(nowMs)} which is further in the future than the tolerated delay of ` +
        `${LIFETIME_MS} milliseconds.`,
    );
  }
  return { stream: { account, region, name }, number, shard, from };
}

/** Tells an iterator that was cut or changed on the way from a whole one. */
function markOf(fields: string): string {
  return hash("sha256", fields, "hex").slice(0, MARK_LENGTH);
}

/** `Thu Jan 22 01:22:02 UTC 2015` */
function javaDate(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().split(/,? /);
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}
