import { invalid } from "./faults.ts";

/** https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html */
const PAGE = 100;

/** One page of a list, and a token when there is more. */
export async function pageOf<Item>(
  itemsAfter: (after: string | undefined) => AsyncIterable<Item>,
  token: string | undefined,
  nameOf: (item: Item) => string,
  limit = PAGE,
): Promise<{ items: Item[]; token?: string }> {
  const items: Item[] = [];
  for await (const item of itemsAfter(token ? readToken(token) : undefined)) {
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) return { items, token: writeToken(nameOf(last)) };
    items.push(item);
  }
  return { items };
}

function writeToken(name: string): string {
  return Buffer.from(`after:${name}`).toString("base64");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64").toString();
  if (!text.startsWith("after:")) throw invalid("NextToken Reason: Invalid token");
  return text.slice("after:".length);
}
