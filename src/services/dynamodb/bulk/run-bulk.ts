import { Fault } from "../../../kernel/faults.ts";
import type { Background } from "../../define.ts";
import type { Job, Pause } from "../backups/jobs.ts";
import { fullBucket, hasTokens, refill } from "../capacity/bucket.ts";
import { failureOf } from "../transfer/failure.ts";
import { objectsOf, type SourceObject } from "../transfer/source.ts";
import {
  type BulkRecord,
  bulkArn,
  changeProgress,
  findBulk,
  type Outcome,
  progressOf,
  putBulk,
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
  if (!known) await store.transact((tx) => changeProgress(tx, record, () => ({ ending })));
  const reported = await orFailed(async () => {
    await finishReport(background, record, ending);
    return ending;
  });
  const outcome = ending.status === "FAILED" ? ending : reported;
  await store.transact(async (tx) => {
    const last = await findBulk(tx, job.operation);
    if (last) putBulk(tx, { ...last, outcome, endedMs: clock.now() });
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
  let progress = await background.store.transact((tx) =>
    changeProgress(tx, record, (last) => ({ totalBytes: last.totalBytes ?? totalBytes })),
  );
  const pace = paceOf(record, background, pause);
  for await (const batch of batchesOf(context, record, objects, progress.at)) {
    background.signal.throwIfAborted();
    const outcome = await writeBatch(background, record, batch);
    if ("stop" in outcome) return outcome.stop === "cancelled" ? CANCELLED : TABLE_GONE;
    progress = outcome.progress;
    await fileWhenFull(background, record, progress);
    await pace(outcome.units);
  }
  return { status: progress.failed > 0 ? "COMPLETED_WITH_ERRORS" : "COMPLETED" };
}

/** Waits until what was written is no more than the operation may write in the time. */
function paceOf(record: BulkRecord, background: Background, pause: Pause) {
  const { clock } = background;
  const { mostUnits } = record;
  const bucket = fullBucket(mostUnits ?? 0, clock.now());
  return async (units: number): Promise<void> => {
    if (mostUnits === undefined) return;
    refill(bucket, mostUnits, mostUnits, clock.now());
    bucket.tokens -= units;
    if (hasTokens(bucket)) return;
    const dueMs = clock.now() + ((1 - bucket.tokens) / mostUnits) * 1000;
    await waitUntil(dueMs, record, background, pause);
  };
}

/** Waits for that time, unless the operation is cancelled before; it may be woken for nothing. */
async function waitUntil(
  dueMs: number,
  record: BulkRecord,
  { store, clock, signal }: Background,
  pause: Pause,
): Promise<void> {
  while (clock.now() < dueMs && !signal.aborted) {
    pause.arm();
    const current = await store.transact((tx) => findBulk(tx, bulkArn(record)));
    if (!current || current.cancelling) return;
    await pause.until(dueMs);
  }
}
