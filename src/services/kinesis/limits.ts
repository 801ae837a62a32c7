import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import { limitExceeded } from "./faults.ts";
import { streamsOf } from "./records.ts";

/** https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const LARGE_REGIONS = new Set(["us-east-1", "us-west-2", "eu-west-1"]);
const LARGE_SHARD_LIMIT = 20_000;
const SHARD_LIMIT = 6_000;
export const ON_DEMAND_STREAMS = 50;
/** 10 GB a second are written to an on-demand stream where there are many shards, and 200 MB elsewhere. */
const ON_DEMAND_LARGE = 10_000;
const ON_DEMAND = 200;

/** What an account has in use. */
export interface Usage {
  readonly openShards: number;
  readonly onDemandStreams: number;
}

export function shardLimit({ region }: Scope): number {
  return LARGE_REGIONS.has(region) ? LARGE_SHARD_LIMIT : SHARD_LIMIT;
}

/** How many shards an on-demand stream comes to have. */
export function onDemandShards({ region }: Scope): number {
  return LARGE_REGIONS.has(region) ? ON_DEMAND_LARGE : ON_DEMAND;
}

export async function usageOf(tx: Transaction, scope: Scope): Promise<Usage> {
  let openShards = 0;
  let onDemandStreams = 0;
  for await (const stream of streamsOf(tx, scope)) {
    openShards += stream.openShards;
    if (stream.mode === "ON_DEMAND") onDemandStreams++;
  }
  return { openShards, onDemandStreams };
}

/** Throws LimitExceededException when so many more shards would be more than the account may have. */
export async function checkShardLimit(tx: Transaction, scope: Scope, more: number): Promise<void> {
  const { openShards } = await usageOf(tx, scope);
  const limit = shardLimit(scope);
  if (openShards + more <= limit) return;
  throw limitExceeded(
    `This request would exceed the shard limit for the account ${scope.account} in ${scope.region}. ` +
      `Current shard count for the account: ${openShards}. Limit: ${limit}. Number of additional shards ` +
      `that would have resulted from this request: ${more}. Refer to the AWS Service Limits page ` +
      "(https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to " +
      "request higher limits.",
  );
}
