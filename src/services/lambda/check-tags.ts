import { platformFault } from "../../kernel/faults.ts";
import { fault } from "./faults.ts";
import { MOST_TAGS } from "./limits.ts";

const PATTERN = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";
const ALLOWED = new RegExp(`^${PATTERN}$`, "u");

/** All tags that a function is to have. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128 || !ALLOWED.test(key))
      throw violated(key, value, "Map keys", 1, 128);
    if (value.length > 256 || !ALLOWED.test(value)) throw violated(key, value, "Map value", 0, 256);
    if (key.toLowerCase().startsWith("aws:")) {
      throw fault("InvalidParameterValueException", "An error occurred and the request cannot be processed.");
    }
  }
  if (entries.length > MOST_TAGS) {
    throw fault("InvalidParameterValueException", "Number of tags exceeds resource tag limit.");
  }
}

function violated(key: string, value: string, what: string, least: number, most: number) {
  return platformFault(
    "ValidationException",
    `1 validation error detected: Value '{${key}=${value}}' at 'tags' failed to satisfy constraint: ` +
      `${what} must satisfy constraint: [Member must have length less than or equal to ${most}, ` +
      `Member must have length greater than or equal to ${least}, ` +
      `Member must satisfy regular expression pattern: ${PATTERN}, Member must not be null]`,
  );
}
