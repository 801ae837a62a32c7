import type { Failure } from "../transfer/failure.ts";
import type { SourceObject } from "../transfer/source.ts";

const MOST_OBJECTS = 50_000;
const MOST_OBJECT_BYTES = 5 * 1024 ** 3;

/**
 * Why an operation's input is more than one operation takes; undefined where it is not.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.BestPractices.html
 */
export function tooMuch(objects: readonly SourceObject[]): Failure | undefined {
  if (objects.length > MOST_OBJECTS) {
    const message = `The input has ${objects.length} objects: at most ${MOST_OBJECTS} are allowed.`;
    return { code: "InputLimitExceeded", message };
  }
  const large = objects.find(({ bytes }) => bytes > MOST_OBJECT_BYTES);
  if (!large) return undefined;
  return { code: "InputLimitExceeded", message: `The object ${large.key} is larger than 5 GB.` };
}
