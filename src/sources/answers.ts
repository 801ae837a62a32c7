import type { SourceRecord } from "./batch.ts";

/** What a target's answer says of its batch. */
export type Answer =
  | { readonly kind: "done"; readonly failed: ReadonlySet<string>; readonly state?: string }
  | { readonly kind: "failed"; readonly errorType: string; readonly errorMessage: string };

const NONE: ReadonlySet<string> = new Set();

/**
 * Reads the answer to a batch. Nothing, an empty object or an empty list of failures: all went well;
 * an entry that names no record of the batch means that nothing did.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function readAnswer(
  payload: Uint8Array,
  records: readonly SourceRecord[],
  expects: { readonly items: boolean; readonly state: boolean },
): Answer {
  const answer = parse(payload);
  const members = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  const failed = expects.items ? readFailures(members.batchItemFailures, records) : NONE;
  if (failed === undefined) {
    const errorMessage = "The function's batchItemFailures name no record of the batch.";
    return { kind: "failed", errorType: "InvalidBatchItemFailures", errorMessage };
  }
  if (!expects.state) return { kind: "done", failed };
  if (members.state === undefined || members.state === null) {
    const errorMessage = "The function's answer has no state, which a tumbling window needs.";
    return { kind: "failed", errorType: "MissingState", errorMessage };
  }
  return { kind: "done", failed, state: JSON.stringify(members.state) };
}

function readFailures(list: unknown, records: readonly SourceRecord[]): ReadonlySet<string> | undefined {
  if (list === undefined || list === null) return NONE;
  if (!Array.isArray(list)) return undefined;
  const known = new Set(records.map(({ id }) => id));
  const failed = new Set<string>();
  for (const entry of list) {
    const id = (entry as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== "string" || !known.has(id)) return undefined;
    failed.add(id);
  }
  return failed;
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}
