import { fault } from "./faults.ts";

/** One page of a list. A token says how many came before. */
export function pageOf<Item>(
  items: readonly Item[],
  token: string | undefined,
  limit: number,
): { items: Item[]; next: { NextToken?: string } } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64").toString() || "none");
  if (!Number.isSafeInteger(start) || start < 0 || start > items.length) {
    throw fault("InvalidNextTokenException", "Invalid NextToken value.");
  }
  const end = start + limit;
  const next = end < items.length ? { NextToken: Buffer.from(String(end)).toString("base64") } : {};
  return { items: items.slice(start, end), next };
}
