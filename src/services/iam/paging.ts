import { pageOf } from "../../kernel/paging.ts";
import { validationError } from "./faults.ts";

interface Asked {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

const DEFAULT_ITEMS = 100;

/** A page of what has been found, in order of what each item is known by. */
export async function page<Item>(found: readonly Item[], placeOf: (item: Item) => string, asked: Asked) {
  const order = found.map((item) => ({ item, place: placeOf(item) }));
  order.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
  const { items, token } = await pageOf(
    (after) => order.filter(({ place }) => after === undefined || place > (after[0] ?? "")),
    ({ place }) => [place],
    {
      limit: asked.MaxItems ?? DEFAULT_ITEMS,
      token: asked.Marker,
      invalid: () => validationError("Invalid Marker."),
    },
  );
  const { NextToken } = token;
  return {
    items: items.map(({ item }) => item),
    rest: NextToken === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: NextToken },
  };
}
