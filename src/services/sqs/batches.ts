import { Fault } from "../../kernel/faults.ts";
import { fault } from "./faults.ts";

const MOST_ENTRIES = 10;
const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;

export interface Failure {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

/** What is wrong with a batch as a whole. */
export function checkBatch(operation: string, entries: readonly { Id?: string | undefined }[]): void {
  if (entries.length === 0) {
    throw fault("EmptyBatchRequest", `There should be at least one ${operation}RequestEntry in the request.`);
  }
  if (entries.length > MOST_ENTRIES) {
    throw fault(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const { Id = "" } of entries) {
    if (!ENTRY_ID.test(Id)) {
      throw fault(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. " +
          "It can be at most 80 letters long.",
      );
    }
    if (seen.has(Id)) throw fault("BatchEntryIdsNotDistinct", `Id ${Id} repeated.`);
    seen.add(Id);
  }
}

/** Tries each entry by itself: what one is refused does not hold up the others. */
export async function eachEntry<Entry extends { Id?: string | undefined }, Result>(
  entries: readonly Entry[],
  attempt: (entry: Entry) => Promise<Result>,
): Promise<{ Successful: ({ Id: string } & Result)[]; Failed: Failure[] }> {
  const Successful: ({ Id: string } & Result)[] = [];
  const Failed: Failure[] = [];
  for (const entry of entries) {
    const Id = entry.Id ?? "";
    try {
      Successful.push({ Id, ...(await attempt(entry)) });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const Code = error.query.code ?? error.code;
      Failed.push({ Id, SenderFault: error.sender, Code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

/** Lists that are empty are left out of an answer. */
export function batchAnswer<Success>(result: { Successful: Success[]; Failed: Failure[] }) {
  const { Successful, Failed } = result;
  return {
    Successful: Successful.length > 0 ? Successful : undefined,
    Failed: Failed.length > 0 ? Failed : undefined,
  };
}
