import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";

/** Where a stream is, and what it is called: enough to find its record. */
export interface StreamName extends Scope {
  readonly name: string;
}

/** A consumer's ARN ends in the second it was registered, so that one made again is another. */
export interface ConsumerName {
  readonly stream: StreamName;
  readonly consumer: string;
  readonly createdSec: number;
}

const STREAM = /^stream\/([a-zA-Z0-9_.-]+)$/;
const CONSUMER = /^stream\/([a-zA-Z0-9_.-]+)\/consumer\/([a-zA-Z0-9_.-]+):(\d+)$/;
const SHARD = /^(?:[^-]*-)?(\d{1,12})$/;
const MOST_SHARD = 2 ** 31 - 1;

export function streamArn(stream: StreamName): string {
  return formatArn("kinesis", stream, `stream/${stream.name}`);
}

/** Undefined for anything but a stream's ARN. */
export function parseStreamArn(text: string): StreamName | undefined {
  const arn = parseArn(text);
  const name = STREAM.exec(arn?.resource ?? "")?.[1];
  if (arn?.service !== "kinesis" || name === undefined) return undefined;
  return { account: arn.account, region: arn.region, name };
}

export function consumerArn({ stream, consumer, createdSec }: ConsumerName): string {
  return `${streamArn(stream)}/consumer/${consumer}:${createdSec}`;
}

/** Undefined for anything but a consumer's ARN. */
export function parseConsumerArn(text: string): ConsumerName | undefined {
  const arn = parseArn(text);
  const match = CONSUMER.exec(arn?.resource ?? "");
  if (arn?.service !== "kinesis" || !match) return undefined;
  const [, name = "", consumer = "", created = ""] = match;
  const stream = { account: arn.account, region: arn.region, name };
  return { stream, consumer, createdSec: Number(created) };
}

/** `shardId-000000000007` */
export function shardId(index: number): string {
  return `shardId-${String(index).padStart(12, "0")}`;
}

/** A shard's number; AWS takes `shardId-7`, and `7` alone, as well. Undefined for what names no shard. */
export function parseShardId(id: string): number | undefined {
  const index = Number(SHARD.exec(id)?.[1] ?? Number.NaN);
  return index <= MOST_SHARD ? index : undefined;
}
