import { createHash } from "node:crypto";
import { textOf, truthy, type Value } from "./dict.ts";
import { dumped } from "./python-text.ts";

/** What is hashed of a value: text as it is, anything else as compact JSON with sorted keys. */
function hashed(data: Value): string {
  const text =
    typeof data === "string" ? textOf(data) : dumped(data, { sorted: true, separators: [",", ":"] });
  return createHash("sha1").update(text).digest("hex");
}

/** An id that changes when, and only when, the data does: a prefix and ten digits of a hash. */
export function logicalId(prefix: string, data?: Value, hash?: string): string {
  if (hash) return prefix + hash.slice(0, 10);
  return truthy(data) ? prefix + hashed(data ?? null).slice(0, 10) : prefix;
}

export function wholeHash(text: string): string {
  return hashed(text);
}

/** Python's isalnum. */
export const isAlphanumeric = (text: string) => /^[\p{L}\p{N}]+$/u.test(text);
