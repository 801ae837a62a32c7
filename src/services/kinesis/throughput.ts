import type * as sdk from "@aws-sdk/client-kinesis";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { requireRecord } from "./catalog.ts";
import { warm } from "./demand.ts";
import { fault } from "./faults.ts";
import { streamArn } from "./names.ts";
import { type AccountRecord, readAccount, type StreamRecord, writeAccount } from "./records.ts";
import { requireActive } from "./statuses.ts";

const DAY_MS = 86_400_000;
/** A commitment lasts for at least this long. */
const COMMITTED_MS = DAY_MS;
const MOST_WARM_MIBPS = 10_240;

/** Warm throughput, and the commitment of the account that allows for it. */
export const throughput = {
  async UpdateStreamWarmThroughput(input, context) {
    const { store, scope, clock } = context;
    const WarmThroughputMiBps = input.WarmThroughputMiBps ?? 0;
    return store.transact(async (tx) => {
      const record = await requireRecord(tx, scope, input);
      await checkWarmThroughput(tx, scope, record.mode, WarmThroughputMiBps);
      requireActive(record, clock.now());
      await warm(tx, context, { ...record, warmMibps: WarmThroughputMiBps });
      return {
        StreamARN: streamArn(record),
        StreamName: record.name,
        WarmThroughput: { TargetMiBps: WarmThroughputMiBps, CurrentMiBps: record.warmMibps ?? 0 },
      };
    });
  },

  async DescribeAccountSettings(_, { store, scope }) {
    return describe(await store.transact((tx) => readAccount(tx, scope)));
  },

  async UpdateAccountSettings(input, { store, scope, clock }) {
    const status = input.MinimumThroughputBillingCommitment?.Status ?? "DISABLED";
    return store.transact(async (tx) => {
      const known = await readAccount(tx, scope);
      const changed = committed(known, status, clock.now());
      if (changed) writeAccount(tx, scope, changed);
      return describe(changed);
    });
  },
} satisfies Handlers<typeof sdk>;

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamWarmThroughput.html */
export async function checkWarmThroughput(
  tx: Transaction,
  scope: Scope,
  mode: StreamRecord["mode"],
  mibps: number | undefined,
): Promise<void> {
  if (mibps === undefined) return;
  if (mode !== "ON_DEMAND") throw refused("Warm throughput is only supported for streams in ON_DEMAND mode.");
  if ((await readAccount(tx, scope))?.commitment !== "ENABLED") {
    throw refused("Warm throughput needs MinimumThroughputBillingCommitment to be enabled for the account.");
  }
  if (mibps > MOST_WARM_MIBPS) throw refused(`WarmThroughputMiBps must be at most ${MOST_WARM_MIBPS}.`);
}

function refused(message: string) {
  return fault("ValidationException", message);
}

/** The account's commitment after it was asked for or ended. */
function committed(
  known: AccountRecord | undefined,
  status: "ENABLED" | "DISABLED",
  nowMs: number,
): AccountRecord | undefined {
  if (known?.commitment === status) return known;
  if (status === "ENABLED") return { v: 1, commitment: "ENABLED", startedMs: nowMs };
  if (!known) return undefined;
  if (nowMs < known.startedMs + COMMITTED_MS) {
    const until = new Date(known.startedMs + COMMITTED_MS).toISOString();
    throw refused(`MinimumThroughputBillingCommitment cannot be disabled before ${until}.`);
  }
  return { ...known, commitment: "DISABLED", endedMs: nowMs };
}

function describe(account: AccountRecord | undefined) {
  if (!account) return { MinimumThroughputBillingCommitment: { Status: "DISABLED" as const } };
  const { commitment, startedMs, endedMs } = account;
  return {
    MinimumThroughputBillingCommitment: {
      Status: commitment,
      StartedAt: new Date(startedMs),
      ...(endedMs === undefined
        ? { EarliestAllowedEndAt: new Date(startedMs + COMMITTED_MS) }
        : { EndedAt: new Date(endedMs) }),
    },
  };
}
