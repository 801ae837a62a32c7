import { fault } from "./faults.ts";

/** One page of a list, and where the next begins. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next?: string;
}

/**
 * The first `most` items, and a marker when there are more. The marker names the last item of the page,
 * so a page stays right while items come and go.
 */
export async function takePage<Item>(
  items: AsyncIterable<Item>,
  most: number,
  positionOf: (item: Item) => readonly string[],
): Promise<Page<Item>> {
  const taken: Item[] = [];
  for await (const item of items) {
    if (taken.length < most) {
      taken.push(item);
      continue;
    }
    const last = taken.at(-1);
    return last === undefined ? { items: taken } : { items: taken, next: writeMarker(positionOf(last)) };
  }
  return { items: taken };
}

const writeMarker = (position: readonly string[]): string =>
  Buffer.from(JSON.stringify(position)).toString("base64url");

/** The position a marker stands for, or undefined when there is none. */
export function readMarker(marker: string | undefined): readonly string[] | undefined {
  if (!marker) return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(marker, "base64url").toString());
    if (Array.isArray(position) && position.every((part) => typeof part === "string")) return position;
  } catch {
    // Answered below, like any other text that is no marker.
  }
  throw fault("InvalidParameterValueException", "Invalid pagination token provided.");
}
