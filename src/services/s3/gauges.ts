import type { Store } from "../../store/store.ts";
import { objectsOf } from "./records.ts";

const AT_ONCE = 1_000;

/** How many objects a bucket has, and how many bytes they are. */
export async function gaugesOf(store: Store, bucket: string): Promise<{ objects: number; bytes: number }> {
  let [objects, bytes, after] = [0, 0, ""];
  for (let isMore = true; isMore; ) {
    const page = await store.transact(async (tx) => {
      const found: [string, number][] = [];
      for await (const [key, { sizeBytes }] of objectsOf(
        tx,
        bucket,
        { key: after, inclusive: false },
        AT_ONCE,
      ))
        found.push([key, sizeBytes]);
      return found;
    });
    for (const [, size] of page) bytes += size;
    objects += page.length;
    after = page.at(-1)?.[0] ?? "";
    isMore = page.length === AT_ONCE;
  }
  return { objects, bytes };
}
