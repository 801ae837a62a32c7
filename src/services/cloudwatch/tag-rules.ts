import type * as sdk from "@aws-sdk/client-cloudwatch";
import { validationError } from "./faults.ts";

const MOST_TAGS = 50;

/** Faults: ValidationError. */
export function readTags(given: readonly sdk.Tag[] | undefined): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const { Key = "", Value = "" } of given ?? []) {
    if (Object.hasOwn(tags, Key)) throw validationError(`Tag keys must be unique: ${Key}`);
    if (/^aws:/i.test(Key)) throw validationError("Tag keys must not begin with aws:");
    tags[Key] = Value;
  }
  return checkTags(tags);
}

export function checkTags(tags: Record<string, string>): Record<string, string> {
  if (Object.keys(tags).length <= MOST_TAGS) return tags;
  throw validationError(`A resource must not have more than ${MOST_TAGS} tags.`);
}
