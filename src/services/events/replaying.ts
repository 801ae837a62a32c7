import { newTrace, parseTraceHeader } from "../../kernel/trace.ts";
import type { Transaction } from "../../store/store.ts";
import type { Background } from "../define.ts";
import { withReplayName } from "./event.ts";
import { publish } from "./publish.ts";
import {
  type Archived,
  activeReplays,
  archivedEvents,
  type ReplayRecord,
  readReplay,
  writeReplay,
} from "./records.ts";
import { findBus } from "./require.ts";

const REPLAYED_AT_ONCE = 50;

/** Replays a piece of each replay that is under way; due again at once until none is. */
export async function replay(world: Background): Promise<number | undefined> {
  const { store } = world;
  const active = await store.transact((tx) => activeReplays(tx));
  let more = false;
  for (const { name, ...scope } of active) {
    const going = await store.transact(async (tx) => {
      const found = await readReplay(tx, scope, name);
      return found ? step(world, tx, found) : false;
    });
    more ||= going;
  }
  return more ? 0 : undefined;
}

/** Whether the replay goes on after this step. */
async function step(world: Background, tx: Transaction, old: ReplayRecord): Promise<boolean> {
  const { store, clock, ids } = world;
  const nowMs = Math.floor(clock.now());
  const end = (changed: Partial<ReplayRecord>) => {
    writeReplay(tx, { ...old, ...changed, endedMs: nowMs });
    return false;
  };
  if (old.state === "CANCELLING") return end({ state: "CANCELLED", reason: "Replay cancelled" });
  if (old.state === "STARTING") {
    writeReplay(tx, { ...old, state: "RUNNING" });
    return true;
  }
  const bus = await findBus(tx, old.bus, nowMs);
  if (!bus) return end({ state: "FAILED", reason: `Event bus ${old.bus.name} does not exist.` });
  const trace = parseTraceHeader(old.trace) ?? newTrace(clock, ids);
  let last: Archived | undefined;
  let count = 0;
  for await (const archived of archivedEvents(tx, old, REPLAYED_AT_ONCE)) {
    const { id, timeMs } = archived;
    const text = withReplayName(archived.event, old.name);
    const event = JSON.parse(text);
    const only = old.filterArns === undefined ? {} : { rules: old.filterArns };
    await publish(store, tx, bus, { id, timeMs, text, event, trace, ...only }, nowMs);
    last = archived;
    count++;
  }
  const progress = last ? { cursor: [last.timeMs, last.id] as const, lastEventMs: last.timeMs } : {};
  if (count < REPLAYED_AT_ONCE) return end({ ...progress, state: "COMPLETED" });
  writeReplay(tx, { ...old, ...progress });
  return true;
}
