import { invalid } from "./faults.ts";

const MOST_ITEMS = 100;

interface PageRequest {
  readonly Limit?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of a list, and a token where there is more. */
export async function pageOf<Item>(
  itemsAfter: (after: string | undefined) => AsyncIterable<Item>,
  { Limit = MOST_ITEMS, NextToken }: PageRequest,
  nameOf: (item: Item) => string,
  isWanted: (item: Item) => boolean,
): Promise<{ items: Item[]; token: { NextToken?: string } }> {
  const items: Item[] = [];
  for await (const item of itemsAfter(NextToken === undefined ? undefined : readToken(NextToken))) {
    if (!isWanted(item)) continue;
    const last = items.at(-1);
    if (items.length === Limit && last !== undefined)
      return { items, token: { NextToken: writeToken(nameOf(last)) } };
    items.push(item);
  }
  return { items, token: {} };
}

const MARK = "after:";

function writeToken(name: string): string {
  return Buffer.from(MARK + name).toString("base64");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  if (!text.startsWith(MARK)) throw invalid("Invalid NextToken provided.");
  return text.slice(MARK.length);
}
