import type { Fault } from "./faults.ts";

/** What of a list is asked for. */
interface Asked<Item> {
  readonly limit: number;
  /** Where the page before ended, as its answer told. */
  readonly token: string | undefined;
  /** Items that are not wanted take no room. */
  readonly isWanted?: (item: Item) => boolean;
  /** What an answer to a token that nobody gave says. */
  readonly invalid: () => Fault;
}

/**
 * One page of a list whose items come in order, and a token where there is more. `placeOf`: by what an item
 * is found again, and what follows it.
 */
export async function pageOf<Item>(
  itemsAfter: (after: readonly string[] | undefined) => AsyncIterable<Item> | Iterable<Item>,
  placeOf: (item: Item) => readonly string[],
  { limit, token, isWanted = () => true, invalid }: Asked<Item>,
): Promise<{ items: Item[]; token: { NextToken?: string } }> {
  const items: Item[] = [];
  for await (const item of itemsAfter(token === undefined ? undefined : readToken(token, invalid))) {
    if (!isWanted(item)) continue;
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) {
      return { items, token: { NextToken: writeToken(placeOf(last)) } };
    }
    items.push(item);
  }
  return { items, token: {} };
}

const MARK = "after:";

function writeToken(place: readonly string[]): string {
  return Buffer.from(MARK + JSON.stringify(place)).toString("base64");
}

function readToken(token: string, invalid: () => Fault): readonly string[] {
  const text = Buffer.from(token, "base64").toString();
  if (!text.startsWith(MARK)) throw invalid();
  try {
    const place: unknown = JSON.parse(text.slice(MARK.length));
    if (Array.isArray(place) && place.every((part) => typeof part === "string")) return place;
  } catch {
    // It says so below.
  }
  throw invalid();
}
