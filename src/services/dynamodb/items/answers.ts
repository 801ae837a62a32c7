import { READY_JSON } from "../../../kernel/ready-json.ts";
import type { KeptItem } from "../values/kept.ts";
import type { Item } from "../values/value.ts";

/** An answer with an item just as the store has it. */
export function answerWithItem<Rest extends object>(kept: KeptItem, rest: Rest) {
  return {
    get Item(): Item {
      return kept.item;
    },
    ...rest,
    [READY_JSON]: { Item: kept.json },
  };
}

/** An answer with items just as the store has them. */
export function answerWithItems<Rest extends object>(kept: readonly KeptItem[], rest: Rest) {
  return {
    get Items(): Item[] {
      return kept.map(({ item }) => item);
    },
    ...rest,
    [READY_JSON]: { Items: listOf(kept) },
  };
}

/** An answer with items of several tables, just as the store has them. */
export function answerWithTables<Rest extends object>(
  kept: Readonly<Record<string, readonly KeptItem[]>>,
  rest: Rest,
) {
  const tables = Object.entries(kept);
  const lists = tables.map(([name, list]) => `${JSON.stringify(name)}:${listOf(list)}`);
  return {
    get Responses(): Record<string, Item[]> {
      return Object.fromEntries(tables.map(([name, list]) => [name, list.map(({ item }) => item)]));
    },
    ...rest,
    [READY_JSON]: { Responses: `{${lists.join(",")}}` },
  };
}

function listOf(kept: readonly KeptItem[]): string {
  return `[${kept.map(({ json }) => json).join(",")}]`;
}
