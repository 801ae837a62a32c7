import { Waits } from "../../../kernel/waits.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { trimPast } from "../backups/past.ts";
import { seriesOf } from "../capacity/meter.ts";
import { writeItem } from "../items/access.ts";
import { getItemAt, itemPlace, placePrefix } from "../records.ts";
import { expiresHere, forgetDeletion } from "../replicas/versions.ts";
import { trimSlot } from "../streams/records.ts";
import { findTable } from "../tables/catalog.ts";
import { keptItem } from "../values/kept.ts";
import { DUE_PREFIX, type Due, type DueKind, firstDue, setDue } from "./due.ts";
import { expiresAtMs, noteExpiry } from "./expiry.ts";

/** Handled in one transaction: requests wait for no more than that. */
const AT_ONCE = 25;
const FILLED_AT_ONCE = 200;

type Handle = (tx: Transaction, due: Due, background: Background, nowMs: number) => Promise<void>;

const HANDLERS: Readonly<Record<DueKind, Handle>> = {
  deletion: (tx, { id, value }) => forgetDeletion(tx, id, Number(value)),
  fill: fillSome,
  item: expireItem,
  past: trimPast,
  stream: trimSlot,
};

/**
 * Does what falls due by the clock: expiring items, and dropping what the logs need keep no longer. It
 * wakes when something is put where it may be the next, and at the time of the next; it never looks around.
 */
export async function workByTheClock(background: Background): Promise<void> {
  const { store, clock, signal, log } = background;
  let wakeAtMs: number | undefined;
  const watch = () => store.watch(DUE_PREFIX, signal);
  const waits = new Waits({ clock, watch, begin: background.begin });
  let end = background.begin();
  while (!signal.aborted) {
    waits.arm();
    try {
      wakeAtMs = await handleDue(background);
    } catch (error) {
      if (signal.aborted) break;
      log.error("what is due could not be done", { error });
      wakeAtMs = clock.now() + 1_000;
    }
    end();
    end = await waits.next(wakeAtMs);
  }
  end();
}

/** Does all that is due, and says when the next is. */
async function handleDue(background: Background): Promise<number | undefined> {
  const { store, clock, signal } = background;
  while (!signal.aborted) {
    const next = await store.transact(async (tx) => {
      const nowMs = clock.now();
      for (const due of await firstDue(tx, AT_ONCE)) {
        if (due.atMs > nowMs) return { atMs: due.atMs };
        tx.delete(due.key);
        await HANDLERS[due.kind](tx, due, background, nowMs);
      }
      return (await firstDue(tx, 1)).length === 0 ? { atMs: undefined } : undefined;
    });
    if (next) return next.atMs;
  }
  return undefined;
}

/** Deletes an item whose time has come, unless its table or its expiry is another by now. */
async function expireItem(
  tx: Transaction,
  { id, value }: Due,
  background: Background,
  nowMs: number,
): Promise<void> {
  const { store } = background;
  const [account, region, name] = value as readonly [string, string, string];
  const [number, ...own] = id;
  const table = await findTable(tx, store, { account, region }, name);
  const expiry = table?.record.expiry;
  if (!table || table.number !== number || !expiry?.enabled) return;
  const before = await getItemAt(tx, itemPlace(table.number, own));
  const atMs = expiresAtMs(before?.item, expiry, nowMs);
  if (before === undefined || atMs === undefined || atMs > nowMs) return;
  if (!(await expiresHere(tx, table.record, own))) return;
  await writeItem(tx, table, { before, after: undefined, actor: "expiry", nowMs, by: background });
  background.metrics.counter(seriesOf(table.record, undefined, "TimeToLiveDeletedItemCount")).add(1, nowMs);
}

/** Notes the expiry of some of a table's items, and leaves a note of where to go on. */
async function fillSome(tx: Transaction, due: Due, { store }: Background, nowMs: number): Promise<void> {
  const [account, region, name, ...last] = due.value as readonly [string, string, string, ...Key];
  const table = await findTable(tx, store, { account, region }, name);
  const expiry = table?.record.expiry;
  if (!table || table.number !== due.id[0] || !expiry?.enabled) return;
  const prefix = placePrefix(table.number, 0);
  const range = last.length === 0 ? { prefix } : { prefix, gt: last };
  let count = 0;
  for await (const [place, stored] of tx.range(range)) {
    noteExpiry(tx, table.record, expiry, place, keptItem(stored).item, nowMs);
    if (++count < FILLED_AT_ONCE) continue;
    setDue(tx, due.atMs, "fill", due.id, [account, region, name, ...place] as Value);
    return;
  }
}
