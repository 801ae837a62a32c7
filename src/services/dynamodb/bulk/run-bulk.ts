import { Fault } from "../../../kernel/faults.ts";
import type { Background } from "../../define.ts";
import type { Job, Pause } from "../backups/jobs.ts";
import { fullBucket, hasTokens, refill } from "../capacity/bucket.ts";
import { failureOf } from "../transfer/failure.ts";
import { objectsOf, type SourceObject } from "../transfer/source.ts";
import {
  type BulkProgress,
  type BulkRecord,
  findBulk,
  type Outcome,
  progressOf,
  putBulk,
  putProgress,
} from "./bulk-records.ts";
import { tooMuch } from "./quotas.ts";
import { batchesOf } from "./read-puts.ts";
import { fileWhenFull, finishReport } from "./report.ts";
import { writeBatch } from "./write-batch.ts";

const CANCELLED: Outcome = {
  status: "CANCELLED",
  failure: { code: "Cancelled", message: "The bulk operation was cancelled at the request of a user." },
};
const TABLE_GONE: Outcome = {
  status: "FAILED",
  failure: { code: "TableNotFound", message: "The table was deleted." },
};

/**
 * Carries out a bulk operation: puts batch after batch, then completes the report, then says how it ended.
 * How far it is lies in the store, so that a restart goes on where it was.
 */
export async function runBulk(
  job: Extract<Job, { kind: "bulk" }>,
  background: Background,
  pause: Pause,
): Promise<void> {
  const { store, clock } = background;
  const record = await store.transact((tx) => findBulk(tx, job.operation));
  if (!record || record.outcome) return;
  const known = (await store.transact((tx) => progressOf(tx, record))).ending;
  const ending = known ?? (await orFailed(() => putAll(record, background, pause)));
  if (!known) await changeProgress(background, record, () => ({ ending }));
  const reported = await orFailed(async () => {
    await finishReport(background, record, ending);
    return ending;
  });
  const outcome = ending.status === "FAILED" ? ending : reported;
  await store.transact(async (tx) => {
    const last = (await findBulk(tx, job.operation)) ?? record;
    putBulk(tx, { ...last, outcome, endedMs: clock.now() });
  });
}

async function orFailed(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { status: "FAILED", failure: failureOf(error) };
  }
}

async function putAll(record: BulkRecord, background: Background, pause: Pause): Promise<Outcome> {
  const context = background.as(record);
  const { bucket, bucketOwner } = record.output;
  await context.call("s3", "HeadBucket", {
    Bucket: bucket,
    ...(bucketOwner === undefined ? {} : { ExpectedBucketOwner: bucketOwner }),
  });
  const objects: SourceObject[] = [];
  for await (const object of objectsOf(context, record.source)) objects.push(object);
  const refused = tooMuch(objects);
  if (refused) return { status: "FAILED", failure: refused };
  const totalBytes = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  let progress = await changeProgress(background, record, (last) => ({
    totalBytes: last.totalBytes ?? totalBytes,
  }));
  const pace = paceOf(record, background, pause);
  for await (const batch of batchesOf(context, record, objects, progress.at)) {
    background.signal.throwIfAborted();
    pause.arm();
    const outcome = await writeBatch(background, record, batch);
    if ("stop" in outcome) return outcome.stop === "cancelled" ? CANCELLED : TABLE_GONE;
    progress = outcome.progress;
    await fileWhenFull(background, record, progress);
    await pace(outcome.units);
  }
  return { status: progress.failed > 0 ? "COMPLETED_WITH_ERRORS" : "COMPLETED" };
}

/** Waits until what was written is no more than the operation may write in the time. */
function paceOf({ mostUnits }: BulkRecord, { clock }: Background, pause: Pause) {
  const bucket = fullBucket(mostUnits ?? 0, clock.now());
  return async (units: number): Promise<void> => {
    if (mostUnits === undefined) return;
    refill(bucket, mostUnits, mostUnits, clock.now());
    bucket.tokens -= units;
    if (!hasTokens(bucket)) await pause.until(clock.now() + ((1 - bucket.tokens) / mostUnits) * 1000);
  };
}

function changeProgress(
  { store }: Background,
  record: BulkRecord,
  change: (last: BulkProgress) => Partial<BulkProgress>,
): Promise<BulkProgress> {
  return store.transact(async (tx) => {
    const last = await progressOf(tx, record);
    const progress = { ...last, ...change(last) };
    putProgress(tx, record, progress);
    return progress;
  });
}
