import { pageOf } from "../../kernel/paging.ts";
import { badRequest } from "./faults.ts";

const PAGE = 25;
const MOST = 500;

/** One page of what comes in order; the place of an item is the last part of its id. */
export function page<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  idOf: (item: Item) => string,
  input: { readonly MaxResults?: string | undefined; readonly NextToken?: string | undefined },
): Promise<{ items: Item[]; token: { NextToken?: string } }> {
  const limit = input.MaxResults === undefined ? PAGE : Number(input.MaxResults);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) {
    throw badRequest("Invalid value for maxResults parameter");
  }
  const invalid = () => badRequest("Invalid nextToken specified");
  return pageOf(
    (after) => (after === undefined ? items : following(items, idOf, after[0] ?? "")),
    (item) => [idOf(item)],
    { limit, token: input.NextToken, invalid },
  );
}

async function* following<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  idOf: (item: Item) => string,
  after: string,
) {
  for await (const item of items) if (idOf(item) > after) yield item;
}
