import type { Fault } from "../../../kernel/faults.ts";
import { pageOf } from "../../../kernel/paging.ts";
import { badRequest } from "./faults.ts";

const USUAL = 25;
const MOST = 500;

interface Asked {
  readonly position?: string | undefined;
  readonly limit?: number | undefined;
}

/** One page of a list, and where the next one begins. */
export async function positioned<Item>(
  items: readonly Item[],
  { position, limit = USUAL }: Asked,
  idOf: (item: Item) => string,
): Promise<{ items: Item[]; position?: string }> {
  const invalid = (): Fault => badRequest("Invalid position parameter specified");
  const page = await pageOf(
    (after) =>
      after === undefined ? items : items.slice(items.findIndex((item) => idOf(item) === after[0]) + 1),
    (item) => [idOf(item)],
    { limit: Math.min(Math.max(limit, 1), MOST), token: position, invalid },
  );
  const { NextToken } = page.token;
  return { items: page.items, ...(NextToken === undefined ? {} : { position: NextToken }) };
}
