import { pageOf as page } from "../../kernel/paging.ts";
import { invalid } from "./faults.ts";

const MOST_ITEMS = 100;

interface PageRequest {
  readonly Limit?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** One page of a list by name, and a token where there is more. */
export function pageOf<Item>(
  itemsAfter: (after: string | undefined) => AsyncIterable<Item>,
  { Limit = MOST_ITEMS, NextToken }: PageRequest,
  nameOf: (item: Item) => string,
  isWanted?: (item: Item) => boolean,
) {
  return page(
    (after) => itemsAfter(after?.[0]),
    (item) => [nameOf(item)],
    {
      limit: Limit,
      token: NextToken,
      invalid: () => invalid("Parameter NextToken is not valid."),
      ...(isWanted ? { isWanted } : {}),
    },
  );
}
