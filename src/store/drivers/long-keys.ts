import type { Storage } from "../grouped.ts";
import type { EncodedKey } from "../keys.ts";
import type { Changes, Entries } from "../state.ts";
import { decodeValue, encodeValue } from "../values.ts";

/** Longer keys share one entry with all that begin alike. The storage takes two bytes more than this. */
const LONGEST_KEY_BYTES = 1970;

/**
 * Lets a storage of keys of limited length hold keys of any length, in order and without loss.
 *
 * All long keys with the same first bytes lie in one bucket: an entry under those bytes and a zero byte,
 * holding the rest of each key with its value, sorted. No short key is as long as a bucket's, and a
 * bucket sorts among short keys as each of its keys does.
 */
export function withLongKeys(storage: Storage): Storage {
  return {
    get(key) {
      if (key.length <= LONGEST_KEY_BYTES) return storage.get(key);
      return readBucket(storage, bucketOf(key)).get(key);
    },
    scan({ from, to }, reverse) {
      const isLong = to.length > LONGEST_KEY_BYTES;
      const bounds = { from: shortened(from), to: isLong ? `${bucketOf(to)}\0` : to };
      return expand(storage.scan(bounds, reverse), from, to, reverse);
    },
    write: (changes) => storage.write(hasLong(changes) ? bucketed(storage, changes) : changes),
    clear: () => storage.clear(),
    close: () => storage.close(),
  };
}

function bucketOf(key: EncodedKey): EncodedKey {
  return `${key.slice(0, LONGEST_KEY_BYTES)}\0`;
}

function shortened(key: EncodedKey): EncodedKey {
  return key.length > LONGEST_KEY_BYTES ? bucketOf(key) : key;
}

function hasLong(changes: Changes): boolean {
  for (const key of changes.keys()) if (key.length > LONGEST_KEY_BYTES) return true;
  return false;
}

function* expand(entries: Entries, from: EncodedKey, to: EncodedKey, reverse: boolean) {
  for (const entry of entries) {
    if (entry[0].length <= LONGEST_KEY_BYTES) yield entry;
    else {
      const bucket = [...decodeBucket(entry[0], entry[1])];
      for (const inner of reverse ? bucket.reverse() : bucket) {
        if (inner[0] >= from && inner[0] < to) yield inner;
      }
    }
  }
}

/** The same changes, those of long keys as changes of their buckets. */
function bucketed(storage: Storage, changes: Changes): Changes {
  const result = new Map<EncodedKey, Uint8Array | undefined>();
  const buckets = new Map<EncodedKey, Map<EncodedKey, Uint8Array>>();
  for (const [key, bytes] of changes) {
    if (key.length <= LONGEST_KEY_BYTES) {
      result.set(key, bytes);
      continue;
    }
    const name = bucketOf(key);
    const bucket = buckets.get(name) ?? readBucket(storage, name);
    buckets.set(name, bucket);
    if (bytes) bucket.set(key, bytes);
    else bucket.delete(key);
  }
  for (const [name, bucket] of buckets) {
    result.set(name, bucket.size > 0 ? encodeBucket(bucket) : undefined);
  }
  return result;
}

function readBucket(storage: Storage, name: EncodedKey): Map<EncodedKey, Uint8Array> {
  const bytes = storage.get(name);
  return bytes ? decodeBucket(name, bytes) : new Map();
}

function encodeBucket(bucket: Map<EncodedKey, Uint8Array>): Uint8Array {
  const sorted = [...bucket].sort(([one], [other]) => (one < other ? -1 : 1));
  return encodeValue(
    sorted.flatMap(([key, bytes]) => [Buffer.from(key.slice(LONGEST_KEY_BYTES), "latin1"), bytes]),
  );
}

function decodeBucket(name: EncodedKey, bytes: Uint8Array): Map<EncodedKey, Uint8Array> {
  const bucket = new Map<EncodedKey, Uint8Array>();
  const flat = decodeValue(bytes) as readonly Uint8Array[];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const rest = Buffer.from(flat[at] ?? []).toString("latin1");
    bucket.set(name.slice(0, LONGEST_KEY_BYTES) + rest, flat[at + 1] ?? new Uint8Array());
  }
  return bucket;
}
