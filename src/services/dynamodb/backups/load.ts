import type { RestoreTableFromBackupInput } from "@aws-sdk/client-dynamodb";
import type { Scope } from "../../../kernel/scope.ts";
import type { Store } from "../../../store/store.ts";
import type { Background, Context } from "../../define.ts";
import { fault } from "../faults.ts";
import { readItem, writeItem } from "../items/access.ts";
import { type GlobalIndexRecord, nextTableNumber, type TableRecord } from "../records.ts";
import { encryptionRecord, limitsRecord } from "../tables/build.ts";
import { findTable, saveTable } from "../tables/catalog.ts";
import { gunzipped, linesOf, parseItemLine } from "../transfer/lines.ts";
import type { Item } from "../values/value.ts";
import { invalid } from "../values/value.ts";
import type { Job, LoadSource } from "./jobs.ts";
import { snapshotOf } from "./snapshot.ts";

/** What a restore may change of the table it brings back. */
export type Overrides = Pick<
  RestoreTableFromBackupInput,
  | "BillingModeOverride"
  | "GlobalSecondaryIndexOverride"
  | "LocalSecondaryIndexOverride"
  | "ProvisionedThroughputOverride"
  | "OnDemandThroughputOverride"
  | "SSESpecificationOverride"
  | "VectorIndexOverride"
>;

const WRITTEN_AT_ONCE = 50;

/**
 * The record of a table that is restored from another: its keys, indexes and throughput come back, and
 * nothing else, as on AWS: no stream, no expiry, no tags, no policy, no recovery.
 */
export function restoredRecord(
  source: TableRecord,
  own: { scope: Scope; name: string; id: string; number: number; nowMs: number },
  overrides: Overrides,
  restored: NonNullable<TableRecord["restored"]>,
): TableRecord {
  const { scope, nowMs, ...naming } = own;
  const { attributes, keys, tableClass, warmThroughput, nextIndex } = source;
  const mode = overrides.BillingModeOverride ?? source.billing.mode;
  const units = overrides.ProvisionedThroughputOverride;
  const read = units?.ReadCapacityUnits ?? source.billing.throughput.read;
  const write = units?.WriteCapacityUnits ?? source.billing.throughput.write;
  if (mode === "PROVISIONED" && (read === 0 || write === 0)) {
    throw invalid("ProvisionedThroughputOverride must be specified when BillingModeOverride is PROVISIONED");
  }
  const limits = overrides.OnDemandThroughputOverride
    ? limitsRecord(overrides.OnDemandThroughputOverride)
    : source.onDemandLimits;
  const encryption = overrides.SSESpecificationOverride?.Enabled
    ? encryptionRecord(overrides.SSESpecificationOverride, scope)
    : source.encryption;
  const isOnDemand = mode === "PAY_PER_REQUEST";
  const vectors = kept(source.vectors ?? [], overrides.VectorIndexOverride);
  return {
    v: 1,
    ...naming,
    ...scope,
    createdMs: nowMs,
    attributes,
    keys,
    billing: {
      mode,
      throughput: { read: isOnDemand ? 0 : read, write: isOnDemand ? 0 : write, decreases: 0 },
      ...(isOnDemand ? { onDemandSinceMs: nowMs } : {}),
    },
    locals: kept(source.locals, overrides.LocalSecondaryIndexOverride),
    globals: kept(source.globals, overrides.GlobalSecondaryIndexOverride).map((index) =>
      restoredIndex(index, isOnDemand, overrides),
    ),
    ...(vectors.length > 0 ? { vectors: vectors.map((one) => ({ ...one, state: "active" as const })) } : {}),
    deletionProtection: false,
    tags: [],
    nextIndex,
    loading: true,
    restored,
    ...(tableClass ? { tableClass } : {}),
    ...(encryption ? { encryption } : {}),
    ...(limits && isOnDemand ? { onDemandLimits: limits } : {}),
    ...(warmThroughput ? { warmThroughput } : {}),
  };
}

/** The indexes that an override keeps; it can leave some out, and bring none. */
function kept<Index extends { readonly name: string }>(
  indexes: readonly Index[],
  override: readonly { readonly IndexName?: string | undefined }[] | undefined,
): readonly Index[] {
  if (!override) return indexes;
  for (const { IndexName } of override) {
    if (!indexes.some(({ name }) => name === IndexName)) {
      throw invalid(
        `One or more parameter values were invalid: ${IndexName} is not an index of the source table`,
      );
    }
  }
  return indexes.filter(({ name }) => override.some(({ IndexName }) => IndexName === name));
}

function restoredIndex(
  index: GlobalIndexRecord,
  isOnDemand: boolean,
  overrides: Overrides,
): GlobalIndexRecord {
  const own = overrides.GlobalSecondaryIndexOverride?.find(({ IndexName }) => IndexName === index.name);
  const units = own?.ProvisionedThroughput;
  const read = units?.ReadCapacityUnits ?? index.throughput.read;
  const write = units?.WriteCapacityUnits ?? index.throughput.write;
  return {
    ...index,
    throughput: { read: isOnDemand ? 0 : read, write: isOnDemand ? 0 : write, decreases: 0 },
    state: "active",
  };
}

/** Makes the table that items will be brought into. Faults: TableAlreadyExistsException. */
export async function makeLoading(
  context: Context,
  scope: Scope,
  name: string,
  make: (number: number) => TableRecord,
  tx: Parameters<Parameters<Store["transact"]>[0]>[0],
): Promise<TableRecord> {
  if (await findTable(tx, context.store, scope, name)) {
    throw fault("TableAlreadyExistsException", `Table already exists: ${name}`);
  }
  const record = make(await nextTableNumber(tx));
  saveTable(tx, context, record);
  return record;
}

/** Brings the items into a restored table and hands it over. */
export async function load(job: Extract<Job, { kind: "load" }>, background: Background): Promise<void> {
  const { store, blobs } = background;
  await writeItems(background, job, piecesOf(job.source, store, blobs));
  await handOver(background, job);
}

/** A table whose items are all there is anyone's to use. */
export async function handOver(background: Background, address: Scope & { table: string }): Promise<void> {
  const { store } = background;
  await store.transact(async (tx) => {
    const table = await findTable(tx, store, address, address.table);
    if (!table?.record.loading) return;
    const { loading: _, ...record } = table.record;
    saveTable(tx, background, record);
  });
}

/** Writes items to a table that is being loaded; it may be done again from the beginning. */
export async function writeItems(
  background: Background,
  address: Scope & { readonly table: string },
  pieces: AsyncIterable<readonly Item[]>,
): Promise<void> {
  const { store, clock, signal } = background;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += WRITTEN_AT_ONCE) {
      signal.throwIfAborted();
      await store.transact(async (tx) => {
        const table = await findTable(tx, store, address, address.table);
        if (!table?.record.loading) return;
        const nowMs = clock.now();
        for (const after of piece.slice(at, at + WRITTEN_AT_ONCE)) {
          const before = await readItem(tx, table, after);
          await writeItem(tx, table, { before, after, actor: "request", nowMs, by: background });
        }
      });
    }
  }
}

function piecesOf(
  source: LoadSource,
  store: Store,
  blobs: Background["blobs"],
): AsyncIterable<readonly Item[]> {
  if (source.from === "past") return snapshotOf(store, source.tableNumber, { atMs: source.atMs });
  return itemsOfBlob(blobs, source.blob);
}

async function* itemsOfBlob(blobs: Background["blobs"], blob: string): AsyncGenerator<Item[]> {
  let piece: Item[] = [];
  for await (const line of linesOf(gunzipped(blobs.read(blob)))) {
    const item = parseItemLine(line);
    if (item) piece.push(item);
    if (piece.length < WRITTEN_AT_ONCE) continue;
    yield piece;
    piece = [];
  }
  yield piece;
}
