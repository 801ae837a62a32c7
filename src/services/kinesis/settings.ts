import type * as sdk from "@aws-sdk/client-kinesis";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { type Named, requireRecord } from "./catalog.ts";
import { warm } from "./demand.ts";
import { fault, invalid, limitExceeded } from "./faults.ts";
import { ON_DEMAND_STREAMS, usageOf } from "./limits.ts";
import { streamArn } from "./names.ts";
import { type StreamRecord, writeStream } from "./records.ts";
import { passing, requireActive } from "./statuses.ts";
import { checkWarmThroughput } from "./throughput.ts";
import { reconsider } from "./trimming.ts";

const LEAST_HOURS = 24;
const MOST_HOURS = 8760;
const DAY_MS = 86_400_000;
const MOST_SWITCHES = 2;
const METRICS = [
  "IncomingBytes",
  "IncomingRecords",
  "OutgoingBytes",
  "OutgoingRecords",
  "WriteProvisionedThroughputExceeded",
  "ReadProvisionedThroughputExceeded",
  "IteratorAgeMilliseconds",
];

export const settings = {
  async IncreaseStreamRetentionPeriod(input, context) {
    await changeRetention(context, input, input.RetentionPeriodHours ?? 0, "Increase");
    return {};
  },

  async DecreaseStreamRetentionPeriod(input, context) {
    await changeRetention(context, input, input.RetentionPeriodHours ?? 0, "Decrease");
    return {};
  },

  async StartStreamEncryption(input, context) {
    const { EncryptionType, KeyId: keyId = "" } = input;
    if (EncryptionType !== "KMS") throw invalid("EncryptionType must be KMS.");
    await change(context, input, (record) => ({ ...record, keyId }));
    return {};
  },

  async StopStreamEncryption(input, context) {
    if (input.EncryptionType !== "KMS") throw invalid("EncryptionType must be KMS.");
    await change(context, input, ({ keyId: _, ...record }) => record);
    return {};
  },

  async EnableEnhancedMonitoring(input, context) {
    const wanted = metricsOf(input.ShardLevelMetrics);
    return changeMonitoring(context, input, (known) =>
      METRICS.filter((name) => known.includes(name) || wanted.includes(name)),
    );
  },

  async DisableEnhancedMonitoring(input, context) {
    const unwanted = metricsOf(input.ShardLevelMetrics);
    return changeMonitoring(context, input, (known) => known.filter((name) => !unwanted.includes(name)));
  },

  async UpdateStreamMode(input, context) {
    const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
    const { scope, clock } = context;
    await change(context, input, async (record, tx) => {
      await checkWarmThroughput(tx, scope, mode, input.WarmThroughputMiBps);
      const { WarmThroughputMiBps: warmMibps } = input;
      const warmed = warmMibps === undefined ? record : await warm(tx, context, { ...record, warmMibps });
      if (record.mode === mode) return warmed;
      const nowMs = clock.now();
      const switchedMs = record.switchedMs.filter((ms) => ms > nowMs - DAY_MS);
      await checkSwitch(tx, record, mode, switchedMs.length);
      // Who goes back to shards of his own has to place his records again.
      const distribution = mode === "PROVISIONED" ? ("USER_PARTITION_KEY" as const) : record.distribution;
      return { ...warmed, mode, distribution, switchedMs: [...switchedMs, nowMs] };
    });
    return {};
  },

  async UpdateMaxRecordSize(input, context) {
    await change(context, input, (record) => ({
      ...record,
      maxRecordKib: input.MaxRecordSizeInKiB ?? record.maxRecordKib,
    }));
    return {};
  },

  async UpdateStreamRecordDistributionStrategy(input, context) {
    const distribution = input.RecordDistributionStrategy ?? "USER_PARTITION_KEY";
    await change(context, input, (record) => {
      if (distribution === "AUTO" && record.mode !== "ON_DEMAND") {
        const message = "RecordDistributionStrategy AUTO is only supported for streams in ON_DEMAND mode.";
        throw fault("ValidationException", message);
      }
      return { ...record, distribution };
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Changes a stream that nothing else is done to. */
async function change(
  context: Context,
  named: Named,
  next: (record: StreamRecord, tx: Transaction) => StreamRecord | Promise<StreamRecord>,
): Promise<void> {
  const { store, scope, clock } = context;
  await store.transact(async (tx) => {
    const record = await requireRecord(tx, scope, named);
    requireActive(record, clock.now());
    writeStream(tx, { ...(await next(record, tx)), ...passing(context, "UPDATING") });
  });
}

function changeRetention(
  context: Context,
  named: Named,
  hours: number,
  direction: "Increase" | "Decrease",
): Promise<void> {
  return change(context, named, async (record, tx) => {
    checkRetention(record, hours, direction);
    const next = { ...record, retentionHours: hours };
    await reconsider(tx, next, context.clock.now());
    return next;
  });
}

function checkRetention({ name, retentionHours }: StreamRecord, hours: number, direction: string): void {
  const limit = hours < LEAST_HOURS ? LEAST_HOURS : MOST_HOURS;
  if (hours < LEAST_HOURS || hours > MOST_HOURS) {
    throw invalid(
      `${hours < LEAST_HOURS ? "Minimum" : "Maximum"} allowed retention period is ${limit} hours. ` +
        `Requested retention period (${hours} hours) is too ${hours < LEAST_HOURS ? "short" : "long"}.`,
    );
  }
  const isIncrease = direction === "Increase";
  if (isIncrease ? hours >= retentionHours : hours <= retentionHours) return;
  throw invalid(
    `Requested retention period (${hours} hours) for stream ${name} can not be ` +
      `${isIncrease ? "shorter" : "longer"} than existing retention period (${retentionHours} hours). ` +
      `Use ${isIncrease ? "Decrease" : "Increase"}RetentionPeriod API.`,
  );
}

async function checkSwitch(
  tx: Transaction,
  { account, region, name }: StreamRecord,
  mode: StreamRecord["mode"],
  switches: number,
): Promise<void> {
  if (switches >= MOST_SWITCHES) {
    throw limitExceeded(
      `Stream ${name} under account ${account} has switched its mode ${switches} times ` +
        "in the last 24 hours, which is the limit.",
    );
  }
  if (mode !== "ON_DEMAND") return;
  if ((await usageOf(tx, { account, region })).onDemandStreams < ON_DEMAND_STREAMS) return;
  throw limitExceeded(
    `The account ${account} has ${ON_DEMAND_STREAMS} streams in ON_DEMAND mode, which is its limit.`,
  );
}

function metricsOf(names: readonly string[] = []): readonly string[] {
  return names.includes("ALL") ? METRICS : names;
}

async function changeMonitoring(
  context: Context,
  named: Named,
  next: (known: readonly string[]) => readonly string[],
) {
  let output = {};
  await change(context, named, (record) => {
    const monitored = next(record.monitored);
    output = {
      StreamName: record.name,
      StreamARN: streamArn(record),
      CurrentShardLevelMetrics: [...record.monitored],
      DesiredShardLevelMetrics: [...monitored],
    };
    return { ...record, monitored };
  });
  return output;
}
