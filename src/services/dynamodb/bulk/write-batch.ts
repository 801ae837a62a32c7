import { Fault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import type { Written } from "../items/access.ts";
import { type Cause, checkAction, type Done, type Failed, runAction } from "../items/actions.ts";
import { findTable, type Table } from "../tables/catalog.ts";
import { itemSize } from "../values/size.ts";
import {
  type BulkProgress,
  type BulkRecord,
  type BulkUsage,
  bulkArn,
  findBulk,
  progressOf,
  putProgress,
} from "./bulk-records.ts";
import type { Batch, ReadPut } from "./read-puts.ts";
import { conditionLine, errorLine, noteLines, type ReportLine } from "./report-lines.ts";

const UNIT_BYTES = 1024;

/** What a batch came to; without progress nothing was written, and the operation is to end. */
export type BatchOutcome =
  | { readonly progress: BulkProgress; readonly units: number }
  | { readonly stop: "cancelled" | "table gone" };

/**
 * Writes a batch, and notes in the same transaction how far the operation is with it: so nothing is written
 * twice, and nothing after its cancellation.
 */
export function writeBatch(background: Background, record: BulkRecord, batch: Batch): Promise<BatchOutcome> {
  const { store, clock } = background;
  return store.transact(async (tx) => {
    const current = await findBulk(tx, bulkArn(record));
    if (!current || current.cancelling) return { stop: "cancelled" };
    const table = await findTable(tx, store, record, record.table);
    if (table?.number !== record.tableNumber) return { stop: "table gone" };
    const count = new Count(await progressOf(tx, record));
    const cause = { nowMs: clock.now(), by: background };
    for (const put of batch.puts) count.add(batch, put, await putOne(tx, table, put, cause));
    const progress = noteLines(tx, record, progressAfter(count, batch), count.lines);
    putProgress(tx, record, progress);
    return { progress, units: count.units };
  });
}

/** Puts one item; a fault says what is wrong with it, and then nothing of it was written. */
async function putOne(
  tx: Transaction,
  table: Table,
  put: ReadPut,
  cause: Cause,
): Promise<Done | Failed | Fault | undefined> {
  if ("wrong" in put) return undefined;
  try {
    checkAction(table, put.action);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return runAction(tx, table, put.action, cause);
}

function progressAfter(count: Count, { object, records, bytes, isLast }: Batch): BulkProgress {
  const { progress } = count;
  return {
    ...progress,
    at: { key: object.key, records, isRead: isLast },
    finishedBytes: progress.finishedBytes + (isLast ? object.bytes : 0),
    readBytes: progress.finishedBytes + bytes,
  };
}

/** Counts what becomes of a batch's records. */
class Count {
  readonly lines: ReportLine[] = [];
  units = 0;
  #progress: BulkProgress;

  constructor(progress: BulkProgress) {
    this.#progress = progress;
  }

  get progress(): BulkProgress {
    return this.#progress;
  }

  add({ object }: Batch, put: ReadPut, outcome: Done | Failed | Fault | undefined): void {
    const { items, failed, conditionsFailed, usage } = this.#progress;
    this.#progress = { ...this.#progress, items: items + 1 };
    if ("wrong" in put || !outcome || outcome instanceof Fault) {
      const wrong = "wrong" in put ? put.wrong : (outcome as Fault);
      const item = "wrong" in put ? put.item : put.action.item;
      this.lines.push(errorLine({ key: object.key, position: put.position, wrong, item }));
      this.#progress = { ...this.#progress, failed: failed + 1 };
      return;
    }
    // A failed write costs what the write would have.
    const bytes = itemSize(put.action.item);
    this.units += Math.ceil(Math.max(bytes, outcome.written.bytesBefore) / UNIT_BYTES);
    this.#progress = { ...this.#progress, usage: usageAfter(usage, bytes, outcome.written) };
    if (!("failed" in outcome)) return;
    this.lines.push(conditionLine(put.action.item, outcome.before?.item));
    this.#progress = { ...this.#progress, conditionsFailed: conditionsFailed + 1 };
  }
}

function usageAfter(usage: BulkUsage, bytes: number, { entries, vectors = [] }: Written): BulkUsage {
  const after = {
    table: usage.table + bytes,
    locals: { ...usage.locals },
    globals: { ...usage.globals },
    vectors: { ...usage.vectors },
  };
  for (const { index, bytesBefore, bytesAfter } of entries) {
    const own = index.kind === "local" ? after.locals : after.globals;
    own[index.name] = (own[index.name] ?? 0) + (bytesAfter || bytesBefore);
  }
  for (const vector of vectors) {
    after.vectors[vector.name] = (after.vectors[vector.name] ?? 0) + vector.bytes;
  }
  return after;
}
