import { fault } from "./faults.ts";
import { MOST_TAGS } from "./limits.ts";

export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > MOST_TAGS) {
    throw fault("InvalidParameterValueException", "Number of tags exceeds resource tag limit.");
  }
}
