import { invalidParameter, invalidValue } from "./faults.ts";

const MOST_RESULTS = 1000;

interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/**
 * One page of a list, and a token only where a size was asked for and more is there.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
 */
export async function pageOf<Item>(
  itemsAfter: (after: string | undefined) => AsyncIterable<Item>,
  { MaxResults, NextToken }: PageRequest,
  nameOf: (item: Item) => string,
): Promise<{ items: Item[]; token: { NextToken?: string } }> {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > MOST_RESULTS)) {
    throw invalidValue(MaxResults, "MaxResults", "Must be an integer between 1 and 1000, if provided.");
  }
  if (NextToken !== undefined && MaxResults === undefined) {
    throw invalidParameter("NextToken can only be given together with MaxResults.");
  }
  const limit = MaxResults ?? MOST_RESULTS;
  const items: Item[] = [];
  for await (const item of itemsAfter(NextToken === undefined ? undefined : readToken(NextToken))) {
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) {
      return { items, token: MaxResults === undefined ? {} : { NextToken: writeToken(nameOf(last)) } };
    }
    items.push(item);
  }
  return { items, token: {} };
}

function writeToken(name: string): string {
  return Buffer.from(`after:${name}`).toString("base64");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  if (!text.startsWith("after:")) throw invalidParameter("Invalid or expired next token.");
  return text.slice("after:".length);
}
