import type * as sdk from "@aws-sdk/client-kms";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { denied, fault, invalid } from "./faults.ts";
import { requireOwnKey } from "./finding.ts";
import { arnOf, deleteKey, type KeyRecord, writeKey } from "./records.ts";
import { changeRelated } from "./regions.ts";
import { DAY_MS } from "./turns.ts";

const USUAL_DAYS = 30;

/** Keys go away some days after somebody asks for it, and can be kept until then. */
export const deletion = {
  async ScheduleKeyDeletion(input, context) {
    const windowDays = input.PendingWindowInDays ?? USUAL_DAYS;
    if (windowDays < 7 || windowDays > 30) {
      throw invalid("PendingWindowInDays must be between 7 and 30 (inclusive).");
    }
    const key = await context.store.transact(async (tx) => {
      const found = await requireDeletable(tx, context, "ScheduleKeyDeletion", input.KeyId);
      if (found.state === "PendingDeletion" || found.state === "PendingReplicaDeletion") {
        throw fault("KMSInvalidStateException", `${arnOf(found)} is pending deletion.`);
      }
      const changed = pending(found, windowDays, context.clock.now());
      writeKey(tx, changed);
      return changed;
    });
    const atMs = key.deletion?.atMs;
    return {
      KeyId: arnOf(key),
      KeyState: key.state,
      PendingWindowInDays: windowDays,
      ...(atMs === undefined ? {} : { DeletionDate: new Date(atMs) }),
    };
  },

  async CancelKeyDeletion(input, context) {
    const key = await context.store.transact(async (tx) => {
      const found = await requireDeletable(tx, context, "CancelKeyDeletion", input.KeyId);
      if (!found.deletion) {
        throw fault("KMSInvalidStateException", `${arnOf(found)} is not pending deletion.`);
      }
      const { deletion: _, ...rest } = found;
      const isWhole = found.materials.at(-1)?.secret !== undefined;
      writeKey(tx, { ...rest, state: isWhole ? "Disabled" : "PendingImport" });
      return found;
    });
    return { KeyId: arnOf(key) };
  },
} satisfies Handlers<typeof sdk>;

const requireDeletable = (tx: Transaction, context: Context, operation: string, named: string | undefined) =>
  requireOwnKey(tx, context, named, (arn) => denied(context.principal.arn, operation, arn));

/** A primary key waits for its replicas to be gone: only then its days begin to count. */
function pending(key: KeyRecord, windowDays: number, nowMs: number): KeyRecord {
  const { multiRegion } = key;
  if (multiRegion?.primary === key.region && multiRegion.replicas.length > 0) {
    return { ...key, state: "PendingReplicaDeletion", deletion: { windowDays } };
  }
  return { ...key, state: "PendingDeletion", deletion: { windowDays, atMs: nowMs + windowDays * DAY_MS } };
}

/** Takes away a key whose days are over. */
export async function endKey(tx: Transaction, key: KeyRecord, nowMs: number): Promise<void> {
  await deleteKey(tx, key);
  await changeRelated(tx, key, (other) => {
    const { primary, replicas } = other.multiRegion ?? { primary: key.region, replicas: [] };
    const left = replicas.filter((region) => region !== key.region);
    const changed = { ...other, multiRegion: { primary, replicas: left } };
    const isWaiting = other.state === "PendingReplicaDeletion" && left.length === 0;
    return isWaiting ? pending(changed, other.deletion?.windowDays ?? USUAL_DAYS, nowMs) : changed;
  });
}
