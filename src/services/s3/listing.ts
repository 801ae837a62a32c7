import { invalidArgument } from "./faults.ts";
import { afterPrefix, encodeKey } from "./names.ts";

/** Where a listing goes on: from a key on, or after it. */
export interface Position {
  readonly key: string;
  readonly inclusive: boolean;
}

export interface Query {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** The last key or common prefix of the page before, or empty. */
  readonly after: string;
  /** The most keys and common prefixes together. */
  readonly limit: number;
}

export interface Page<Entry> {
  readonly entries: readonly (readonly [string, Entry])[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
  /** The last key or common prefix of this page, or empty. */
  readonly last: string;
}

/** Entries in the order of their keys' bytes, from a position on; `limit` is how many are of use at most. */
export type Source<Entry> = (from: Position, limit: number) => AsyncIterable<readonly [string, Entry]>;

/**
 * One page of a listing. Keys that share a common prefix are passed over with one seek, so a page costs as
 * much as what is on it, however many keys its prefixes stand for.
 */
export async function listPage<Entry>(
  source: Source<Entry>,
  query: Query,
  start?: Position,
): Promise<Page<Entry>> {
  const entries: (readonly [string, Entry])[] = [];
  const prefixes: string[] = [];
  let last = "";
  let from: Position | undefined = query.limit > 0 ? (start ?? startOf(query)) : undefined;
  while (from) {
    let next: Position | undefined;
    for await (const [key, entry] of source(from, query.limit - entries.length - prefixes.length + 1)) {
      if (!key.startsWith(query.prefix)) break;
      if (entries.length + prefixes.length === query.limit)
        return { entries, prefixes, truncated: true, last };
      const common = commonPrefix(key, query);
      if (common === undefined) {
        entries.push([key, entry]);
        last = key;
      } else {
        prefixes.push(common);
        last = common;
        next = behind(common);
        break;
      }
    }
    from = next;
  }
  return { entries, prefixes, truncated: false, last };
}

/** The key up to and with the first delimiter behind the prefix, if it has one. */
function commonPrefix(key: string, { prefix, delimiter }: Query): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function startOf(query: Query): Position | undefined {
  const { prefix, after } = query;
  if (after === "" || Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0) {
    return { key: prefix, inclusive: true };
  }
  if (after.startsWith(prefix) && commonPrefix(after, query) === after) return behind(after);
  return { key: after, inclusive: false };
}

function behind(prefix: string): Position | undefined {
  const key = afterPrefix(prefix);
  return key === undefined ? undefined : { key, inclusive: true };
}

/** A page's most entries: S3 gives at most 1,000, and fewer when asked. */
export function pageLimit(asked: number | undefined, name: string, most = 1000): number {
  if (asked === undefined) return most;
  if (!Number.isInteger(asked) || asked < 0 || asked > 2147483647) {
    const wording = `Argument ${name} must be an integer between 0 and 2147483647`;
    throw invalidArgument(wording, name, String(asked));
  }
  return Math.min(asked, most);
}

/** How keys are written in an answer: as they are, or URL-encoded when the request asks for it. */
export function keyWriter(encodingType: string | undefined): (key: string) => string {
  if (encodingType === undefined) return (key) => key;
  if (encodingType === "url") return encodeKey;
  throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encodingType);
}

const TOKEN_VERSION = "1";

/** A continuation token: opaque to clients, and refused when it is not one of ours. */
export function encodeToken(last: string): string {
  return TOKEN_VERSION + Buffer.from(last).toString("base64url");
}

export function decodeToken(token: string): string {
  const last = Buffer.from(token.slice(1), "base64url").toString();
  if (last !== "" && encodeToken(last) === token) return last;
  throw invalidArgument("The continuation token provided is incorrect", "continuation-token", token);
}
