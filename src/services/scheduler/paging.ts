import { invalid } from "./faults.ts";

const MOST_ITEMS = 100;

interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of a list, and a token where there is more. */
export async function pageOf<Item>(
  itemsAfter: (after: readonly string[] | undefined) => AsyncIterable<Item> | Iterable<Item>,
  { MaxResults = MOST_ITEMS, NextToken }: PageRequest,
  placeOf: (item: Item) => readonly string[],
  isWanted: (item: Item) => boolean,
): Promise<{ items: Item[]; token: { NextToken?: string } }> {
  const items: Item[] = [];
  for await (const item of itemsAfter(NextToken === undefined ? undefined : readToken(NextToken))) {
    if (!isWanted(item)) continue;
    const last = items.at(-1);
    if (items.length === MaxResults && last !== undefined) {
      return { items, token: { NextToken: writeToken(placeOf(last)) } };
    }
    items.push(item);
  }
  return { items, token: {} };
}

const MARK = "after:";

function writeToken(place: readonly string[]): string {
  return Buffer.from(MARK + place.join("/")).toString("base64");
}

function readToken(token: string): string[] {
  const text = Buffer.from(token, "base64").toString();
  if (!text.startsWith(MARK)) throw invalid("Invalid NextToken provided.");
  return text.slice(MARK.length).split("/");
}
