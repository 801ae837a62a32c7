import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { tellChange, tellPolicy } from "./news.ts";
import { actionsOf } from "./policies.ts";
import { DUE, deleteParameter, dueKey, readLatest } from "./records.ts";

/** Does what parameters' policies ask for, by the clock. */
export function keepPolicies(world: Background): Promise<void> {
  return whenever(world, DUE, () =>
    world.store.transact(async (tx) => {
      const nowMs = world.clock.now();
      let nextMs: number | undefined;
      for await (const [key, value] of tx.range({ prefix: DUE })) {
        const dueMs = Number(value);
        if (dueMs > nowMs) {
          nextMs = Math.min(nextMs ?? Infinity, dueMs);
          continue;
        }
        const [, account = "", region = "", name = ""] = key.map(String);
        const scope = { account, region };
        const record = await readLatest(tx, scope, name);
        tx.delete(dueKey(scope, name));
        if (!record) continue;
        const actions = actionsOf(record.policies, record.modifiedMs);
        for (const { type } of actions.filter(({ atMs }) => atMs === dueMs)) {
          tellPolicy(tx, scope, nowMs, type, record);
          if (type !== "Expiration") continue;
          deleteParameter(tx, scope, name);
          tellChange(tx, scope, nowMs, "Delete", record);
        }
        const later = actions.find(({ atMs }) => atMs > dueMs);
        const isGone = actions.some(({ type, atMs }) => type === "Expiration" && atMs <= dueMs);
        if (!later || isGone) continue;
        tx.set(dueKey(scope, name), later.atMs);
        nextMs = Math.min(nextMs ?? Infinity, later.atMs);
      }
      return nextMs;
    }),
  );
}
