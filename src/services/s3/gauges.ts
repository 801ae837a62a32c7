import type { Store } from "../../store/store.ts";
import { objectsOf } from "./records.ts";

const AT_ONCE = 1_000;

/**
 * Kinds of storage as CloudWatch names them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
 */
const STORAGE: Readonly<Record<string, string>> = {
  STANDARD: "StandardStorage",
  STANDARD_IA: "StandardIAStorage",
  ONEZONE_IA: "OneZoneIAStorage",
  REDUCED_REDUNDANCY: "ReducedRedundancyStorage",
  INTELLIGENT_TIERING: "IntelligentTieringFAStorage",
  GLACIER_IR: "GlacierIRStorage",
  GLACIER: "GlacierStorage",
  DEEP_ARCHIVE: "DeepArchiveStorage",
  EXPRESS_ONEZONE: "ExpressOneZoneStorage",
};

/** How many objects a bucket has, and how many bytes they are in each kind of storage. */
export async function gaugesOf(
  store: Store,
  bucket: string,
): Promise<{ readonly objects: number; readonly bytes: ReadonlyMap<string, number> }> {
  const bytes = new Map([["StandardStorage", 0]]);
  let [objects, after] = [0, ""];
  for (let isMore = true; isMore; ) {
    const page = await store.transact(async (tx) => {
      const found: [string, number, string][] = [];
      for await (const [key, { sizeBytes, headers }] of objectsOf(
        tx,
        bucket,
        { key: after, inclusive: false },
        AT_ONCE,
      ))
        found.push([key, sizeBytes, STORAGE[headers.storageClass ?? "STANDARD"] ?? "StandardStorage"]);
      return found;
    });
    for (const [, size, kind] of page) bytes.set(kind, (bytes.get(kind) ?? 0) + size);
    objects += page.length;
    after = page.at(-1)?.[0] ?? "";
    isMore = page.length === AT_ONCE;
  }
  return { objects, bytes };
}
