import type * as sdk from "@aws-sdk/client-sns";
import { Fault } from "../../kernel/faults.ts";
import type { Context, Handlers } from "../define.ts";
import { MOST_BYTES, type Publishable, readContent, sizeOf } from "./contents.ts";
import { fault } from "./faults.ts";
import { requireTopicName, type TopicName } from "./names.ts";
import { completeIds, idsOf, type Outgoing, publishOne } from "./publish.ts";
import { withTopic } from "./publishing.ts";
import type { TopicRecord } from "./records.ts";

const MOST_ENTRIES = 10;
const ENTRY_ID = /^[A-Za-z0-9_-]*$/;
const MOST_ENTRY_ID = 80;

/** An entry that is right, or what is wrong with it. */
type Read = Right | { readonly entryId: string; readonly problem: Fault };

interface Right extends Outgoing {
  readonly entryId: string;
}

export const batch = {
  async PublishBatch(input, context) {
    const name = requireTopicName(input.TopicArn, context.scope);
    const entries = input.PublishBatchRequestEntries ?? [];
    checkBatch(entries);
    const read = entries.map((entry) => readEntry(name, entry, context));
    return withTopic(context, name, async (tx, open) => {
      const complete = read.map((entry) => ("problem" in entry ? entry : completed(open.topic, entry)));
      const Successful: sdk.PublishBatchResultEntry[] = [];
      const Failed: sdk.BatchResultErrorEntry[] = [];
      for (const entry of complete) {
        if ("problem" in entry) Failed.push(failed(entry.entryId, entry.problem));
        else Successful.push({ Id: entry.entryId, ...(await publishOne(tx, context, open, entry)) });
      }
      return { Successful, Failed };
    });
  },
} satisfies Handlers<typeof sdk>;

function completed(topic: TopicRecord, entry: Right): Right {
  return { ...entry, ids: completeIds(topic, entry.content, entry.ids) };
}

/** What is wrong with a batch as a whole. */
function checkBatch(entries: readonly (Publishable & { Id?: string | undefined })[]): void {
  if (entries.length === 0) {
    throw fault("EmptyBatchRequestException", "The batch request doesn't contain any entries.");
  }
  if (entries.length > MOST_ENTRIES) {
    throw fault(
      "TooManyEntriesInBatchRequestException",
      "The batch request contains more entries than permissible.",
    );
  }
  const seen = new Set<string>();
  for (const { Id = "" } of entries) {
    checkEntryId(Id);
    if (seen.has(Id)) {
      throw fault(
        "BatchEntryIdsNotDistinctException",
        "Two or more batch entries in the request have the same Id.",
      );
    }
    seen.add(Id);
  }
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MOST_BYTES) {
    throw fault(
      "BatchRequestTooLongException",
      "The length of all the messages put together is more than the limit.",
    );
  }
}

function checkEntryId(id: string): void {
  const refuse = (reason: string) =>
    fault("InvalidBatchEntryIdException", `The Id of a batch entry in the batch request ${reason}: ${id}`);
  if (id === "") throw refuse("is empty");
  if (id.length > MOST_ENTRY_ID) throw refuse("is too long");
  if (!ENTRY_ID.test(id)) throw refuse("contains an impermissible character");
}

/**
 * Subject, body and ids are an entry's own affair. Attributes and structure that are wrong are the whole
 * request's, and so is what a FIFO topic misses: nothing of it is published then, as AWS does it.
 */
function readEntry(topic: TopicName, entry: sdk.PublishBatchRequestEntry, context: Context): Read {
  const entryId = entry.Id ?? "";
  try {
    const content = readContent(entry, false);
    return { entryId, content, ids: idsOf(topic, entry), id: context.ids.uuid() };
  } catch (error) {
    if (!(error instanceof Fault) || concernsAll(error)) throw error;
    return { entryId, problem: error };
  }
}

function concernsAll({ code, message }: Fault): boolean {
  return code === "InvalidParameterValueException" || /Message Structure|is required for FIFO/.test(message);
}

function failed(Id: string, { code, message, sender }: Fault): sdk.BatchResultErrorEntry {
  // Entries name errors as the Query protocol does.
  return { Id, Code: code.replace(/Exception$/, ""), Message: message, SenderFault: sender };
}
