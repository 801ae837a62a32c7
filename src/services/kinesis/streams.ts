import type * as sdk from "@aws-sdk/client-kinesis";
import type { Context, Handlers } from "../define.ts";
import { requireRecord, requireStream } from "./catalog.ts";
import { channelCount, channelsOn, failChannels } from "./channel-records.ts";
import { describeSettings, describeShard, describeStream } from "./describing.ts";
import { fault, invalid, limitExceeded, streamThere } from "./faults.ts";
import { checkShardLimit, ON_DEMAND_STREAMS, shardLimit, usageOf } from "./limits.ts";
import { parseShardId } from "./names.ts";
import {
  addDue,
  consumersOf,
  createRecords,
  deleteRecords,
  LEAVING,
  nextNumber,
  readStream,
  readTip,
  type StreamRecord,
  streamsOf,
  writeStream,
} from "./records.ts";
import { warmShards } from "./scaling.ts";
import { firstShards, visible } from "./shards.ts";
import { passing, statusOf } from "./statuses.ts";
import { checkTags } from "./tags.ts";
import { checkWarmThroughput } from "./throughput.ts";
import { formatToken, parseToken } from "./tokens.ts";

const FIRST_RETENTION_HOURS = 24;
const FIRST_RECORD_KIB = 1024;
const LISTED = 100;

export const streams = {
  async CreateStream(input, context) {
    const { store, scope, clock } = context;
    const name = { ...scope, name: input.StreamName ?? "" };
    const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
    if (mode === "PROVISIONED" && input.ShardCount === undefined) {
      throw invalid("ShardCount is required for a stream in PROVISIONED mode.");
    }
    if (mode === "PROVISIONED" && input.RecordDistributionStrategy === "AUTO") {
      throw invalid("RecordDistributionStrategy AUTO is only supported for streams in ON_DEMAND mode.");
    }
    checkTags(input.Tags ?? {});
    await store.transact(async (tx) => {
      if (await readStream(tx, name)) throw streamThere(name);
      if (mode === "ON_DEMAND" && (await usageOf(tx, scope)).onDemandStreams >= ON_DEMAND_STREAMS) {
        throw limitExceeded(
          `The account ${scope.account} has ${ON_DEMAND_STREAMS} streams in ON_DEMAND mode, ` +
            "which is its limit.",
        );
      }
      await checkWarmThroughput(tx, scope, mode, input.WarmThroughputMiBps);
      const nowMs = clock.now();
      const count =
        mode === "ON_DEMAND"
          ? warmShards(undefined, input.WarmThroughputMiBps ?? 0, nowMs)
          : (input.ShardCount ?? 1);
      await checkShardLimit(tx, scope, count);
      const record = newRecord(context, input, mode, count, await nextNumber(tx), nowMs);
      createRecords(tx, record, firstShards(count, nowMs));
    });
    return {};
  },

  async DeleteStream(input, context) {
    const { store, scope, clock } = context;
    await store.transact(async (tx) => {
      const { record, shards } = await requireStream(store, tx, scope, input);
      if (!input.EnforceConsumerDeletion) {
        for await (const { name } of consumersOf(tx, record.number)) {
          throw fault(
            "ResourceInUseException",
            `Stream ${record.name} under account ${record.account} has consumers registered, ` +
              `such as ${name}. Deregister them, or set EnforceConsumerDeletion.`,
          );
        }
      }
      if (statusOf(record, clock.now()) === "DELETING") return;
      await failChannels(tx, record);
      const { passage } = passing(context, "DELETING");
      if (!passage) return deleteRecords(tx, record, shards, await readTip(tx, record.number));
      writeStream(tx, { ...record, passage });
      addDue(tx, LEAVING, record, passage.untilMs);
    });
    return {};
  },

  async DescribeStream(input, { store, scope, clock }) {
    return store.transact(async (tx) => {
      const { record, shards } = await requireStream(store, tx, scope, input);
      const { Limit = LISTED, ExclusiveStartShardId } = input;
      const after = ExclusiveStartShardId === undefined ? -1 : (parseShardId(ExclusiveStartShardId) ?? -1);
      const all = visible(shards, record.retentionHours, clock.now()).filter(({ index }) => index > after);
      return {
        StreamDescription: {
          ...describeStream(record, clock.now()),
          ...describeSettings(record),
          Shards: all.slice(0, Limit).map(describeShard),
          HasMoreShards: all.length > Limit,
        },
      };
    });
  },

  async DescribeStreamSummary(input, { store, scope, clock }) {
    return store.transact(async (tx) => {
      const record = await requireRecord(tx, scope, input);
      let consumers = 0;
      for await (const _ of consumersOf(tx, record.number)) consumers++;
      const channels = await channelsOn(tx, record);
      const { warmMibps } = record;
      const warm = { TargetMiBps: warmMibps, CurrentMiBps: warmMibps };
      return {
        StreamDescriptionSummary: {
          ...describeStream(record, clock.now()),
          ...describeSettings(record),
          StreamId: record.id,
          OpenShardCount: record.openShards,
          ConsumerCount: consumers,
          ...(warmMibps === undefined ? {} : { WarmThroughput: warm }),
          MaxRecordSizeInKiB: record.maxRecordKib,
          ChannelCount: channels.length,
          RecordDistributionStrategy: record.distribution,
        },
      };
    });
  },

  async ListStreams({ Limit = LISTED, ExclusiveStartStreamName, NextToken }, { store, scope, clock }) {
    const nowMs = clock.now();
    const after =
      NextToken === undefined
        ? ExclusiveStartStreamName
        : parseToken<{ after: string }>("ListStreams", NextToken, nowMs).after;
    const found: StreamRecord[] = [];
    await store.transact(async (tx) => {
      found.length = 0;
      for await (const stream of streamsOf(tx, scope, after)) if (found.push(stream) > Limit) break;
    });
    const shown = found.slice(0, Limit);
    const isMore = found.length > shown.length;
    return {
      StreamNames: shown.map(({ name }) => name),
      StreamSummaries: shown.map((stream) => describeStream(stream, nowMs)),
      HasMoreStreams: isMore,
      ...(isMore ? { NextToken: formatToken("ListStreams", { after: shown.at(-1)?.name }, nowMs) } : {}),
    };
  },

  async DescribeLimits(_, { store, scope }) {
    const [{ openShards, onDemandStreams }, channels] = await store.transact(
      async (tx) => [await usageOf(tx, scope), await channelCount(tx, scope)] as const,
    );
    return {
      ShardLimit: shardLimit(scope),
      OpenShardCount: openShards,
      OnDemandStreamCount: onDemandStreams,
      OnDemandStreamCountLimit: ON_DEMAND_STREAMS,
      ChannelCount: channels,
    };
  },
} satisfies Handlers<typeof sdk>;

function newRecord(
  context: Context,
  input: sdk.CreateStreamCommandInput,
  mode: StreamRecord["mode"],
  openShards: number,
  number: number,
  createdMs: number,
): StreamRecord {
  const {
    scope: { account, region },
    ids,
  } = context;
  return {
    v: 1,
    account,
    region,
    name: input.StreamName ?? "",
    number,
    id: `${ids.base32(20)}-${ids.base32(3)}`.toLowerCase(),
    createdMs,
    mode,
    revision: ids.hex(16),
    openShards,
    retentionHours: FIRST_RETENTION_HOURS,
    monitored: [],
    tags: { ...input.Tags },
    maxRecordKib: input.MaxRecordSizeInKiB ?? FIRST_RECORD_KIB,
    ...(input.WarmThroughputMiBps ? { warmMibps: input.WarmThroughputMiBps } : {}),
    distribution: input.RecordDistributionStrategy ?? "USER_PARTITION_KEY",
    scaledMs: [],
    switchedMs: [],
    ...passing(context, "CREATING"),
  };
}
