import { pageOf as page } from "../../kernel/paging.ts";
import { invalid } from "./faults.ts";

const MOST_ITEMS = 100;

interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of a list, and a token where there is more. */
export function pageOf<Item>(
  itemsAfter: (after: readonly string[] | undefined) => AsyncIterable<Item> | Iterable<Item>,
  { MaxResults = MOST_ITEMS, NextToken }: PageRequest,
  placeOf: (item: Item) => readonly string[],
  isWanted: (item: Item) => boolean,
) {
  const invalidToken = () => invalid("Invalid NextToken provided.");
  return page(itemsAfter, placeOf, { limit: MaxResults, token: NextToken, isWanted, invalid: invalidToken });
}
