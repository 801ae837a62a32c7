import { fault } from "./faults.ts";
import { QUOTAS } from "./quotas.ts";
import type { Tags } from "./records.ts";

export type GivenTags = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[];

/** Tags as they are given, over those that there are. Keys are not told apart by case. */
export function withTags(before: Tags, given: GivenTags = []): Tags {
  const seen = new Set<string>();
  const after = new Map(Object.entries(before));
  for (const { Key = "", Value = "" } of given) {
    const folded = Key.toLowerCase();
    if (seen.has(folded)) {
      throw fault(
        "InvalidInputException",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    }
    if (folded.startsWith("aws:")) {
      throw fault("InvalidInputException", "Tag keys that start with 'aws:' are reserved for internal use.");
    }
    seen.add(folded);
    for (const known of after.keys()) if (known.toLowerCase() === folded) after.delete(known);
    after.set(Key, Value);
  }
  if (after.size > QUOTAS.Tags) {
    throw fault("LimitExceededException", "The number of tags has reached the maximum limit.");
  }
  return Object.fromEntries(after);
}

export function withoutTags(before: Tags, keys: readonly string[] = []): Tags {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key.toLowerCase())));
}

export const shownTags = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Absent where there are none, as in what IAM tells of users and roles. */
export const tagsMember = (tags: Tags) => (Object.keys(tags).length > 0 ? { Tags: shownTags(tags) } : {});
