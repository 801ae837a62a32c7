import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { endKey } from "./deletion.ts";
import { withoutMaterial } from "./importing.ts";
import { DUE, type KeyRecord, keyKey, read, writeKey } from "./records.ts";
import { rotateByClock } from "./rotation.ts";

/** Rotates keys, has imported material expire and takes keys away, by the clock. */
export function keepTime(world: Background): Promise<void> {
  return whenever(world, DUE, () =>
    world.store.transact(async (tx) => {
      const nowMs = world.clock.now();
      let nextMs: number | undefined;
      for await (const [place, value] of tx.range({ prefix: DUE })) {
        const dueMs = Number(value);
        if (dueMs > nowMs) {
          nextMs = Math.min(nextMs ?? Infinity, dueMs);
          continue;
        }
        nextMs = nowMs;
        const [, account = "", region = "", id = ""] = place.map(String);
        const key = await read<KeyRecord>(tx, keyKey({ account, region }, id));
        if (!key) tx.delete(place);
        else if ((key.deletion?.atMs ?? Infinity) <= nowMs) await endKey(tx, key, nowMs);
        else if ((key.rotation?.nextMs ?? Infinity) <= nowMs) await rotateByClock(tx, key, world);
        else {
          const isOver = (validToMs = Infinity) => validToMs <= nowMs;
          writeKey(
            tx,
            withoutMaterial(key, (one) => isOver(one.imported?.validToMs)),
          );
        }
      }
      return nextMs;
    }),
  );
}
