import { pageOf as pageOfAny } from "../../kernel/paging.ts";
import { fault } from "./faults.ts";

interface Asked {
  readonly Limit?: number | undefined;
  readonly Marker?: string | undefined;
}

/** One page of a list that lies in order of what `placeOf` says. */
export async function pageOf<Item>(
  items: readonly Item[],
  placeOf: (item: Item) => string,
  { Limit, Marker }: Asked,
  usual: number,
): Promise<{ items: Item[]; more: { Truncated: boolean; NextMarker?: string } }> {
  const page = await pageOfAny(
    (after) => (after ? items.slice(items.findIndex((item) => placeOf(item) === after[0]) + 1) : items),
    (item) => [placeOf(item)],
    {
      limit: Limit ?? usual,
      token: Marker,
      invalid: () => fault("InvalidMarkerException", "The marker is not valid."),
    },
  );
  const next = page.token.NextToken;
  return { items: page.items, more: next ? { Truncated: true, NextMarker: next } : { Truncated: false } };
}
