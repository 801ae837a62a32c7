import { pageOf } from "../../kernel/paging.ts";
import { invalid } from "./faults.ts";

const USUAL = 100;

/** One page of a list that is there whole. */
export async function paged<Item>(
  items: readonly Item[],
  token: string | undefined,
  idOf: (item: Item) => string,
  limit = USUAL,
) {
  const page = await pageOf(
    (after) =>
      after === undefined ? items : items.slice(items.findIndex((item) => idOf(item) === after[0]) + 1),
    (item) => [idOf(item)],
    { limit, token, invalid: () => invalid("Invalid NextToken") },
  );
  return { items: page.items, ...page.token };
}
