import { fault } from "./faults.ts";

const PAGE_ITEMS = 100;

/** One page of a list. A token says how many came before. */
export function pageOf<Item>(
  items: readonly Item[],
  token: string | undefined,
): { items: Item[]; next: { nextToken?: string } } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isSafeInteger(start) || start < 0 || start > items.length) {
    throw fault("InvalidNextTokenException", "The next token was specified in an invalid format.");
  }
  const end = start + PAGE_ITEMS;
  const next = end < items.length ? { nextToken: Buffer.from(String(end)).toString("base64url") } : {};
  return { items: items.slice(start, end), next };
}
