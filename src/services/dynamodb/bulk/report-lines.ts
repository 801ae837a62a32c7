import type { Key, Transaction } from "../../../store/store.ts";
import type { Failure } from "../transfer/failure.ts";
import { jsonOf } from "../transfer/lines.ts";
import type { Item } from "../values/value.ts";
import type { BulkProgress, BulkRecord, ReportKind } from "./bulk-records.ts";

/** A line of a report, as it stands in its file. */
export interface ReportLine {
  readonly kind: ReportKind;
  readonly text: string;
}

/** Lines that lie in no file yet, by their kind and number. */
const LINES: Key = ["ddb", "bulkLine"];

/** A record that could not be put: where it stands, why, and the item where it could be read. */
export function errorLine(of: {
  readonly key: string;
  readonly position: number;
  readonly wrong: Failure;
  readonly item: Item | undefined;
}): ReportLine {
  const text = jsonOf({
    S3Key: of.key,
    RecordNumber: of.position,
    ErrorCode: of.wrong.code,
    ErrorMessage: of.wrong.message,
    ...(of.item ? { Item: of.item } : {}),
  });
  return { kind: "ERROR", text };
}

/** An item whose condition did not hold, and the one that was there. */
export function conditionLine(item: Item, existing: Item | undefined): ReportLine {
  const text = jsonOf({ Item: item, ...(existing ? { ExistingItem: existing } : {}) });
  return { kind: "CONDITION_CHECK_FAILURE", text };
}

/** Keeps those lines that were asked for until they are put into a file, and counts them. */
export function noteLines(
  tx: Transaction,
  { id, reported }: BulkRecord,
  progress: BulkProgress,
  lines: readonly ReportLine[],
): BulkProgress {
  let { lines: number, unfiledBytes } = progress;
  for (const { kind, text } of lines) {
    if (!reported.includes(kind)) continue;
    tx.set([...LINES, id, kind, number++], text);
    unfiledBytes += text.length;
  }
  return { ...progress, lines: number, unfiledBytes };
}

/** The lines of one kind that lie in no file yet, and the number of the first. */
export async function unfiledLines(
  tx: Transaction,
  { id }: BulkRecord,
  kind: ReportKind,
): Promise<{ readonly first: number; readonly texts: readonly string[] }> {
  const texts: string[] = [];
  let first = 0;
  for await (const [key, text] of tx.range({ prefix: [...LINES, id, kind] })) {
    if (texts.length === 0) first = Number(key.at(-1));
    texts.push(String(text));
  }
  return { first, texts };
}

export function dropLines(tx: Transaction, { id }: BulkRecord, kind: ReportKind): void {
  tx.clear({ prefix: [...LINES, id, kind] });
}
