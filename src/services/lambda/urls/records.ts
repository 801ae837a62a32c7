import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { FunctionId } from "../records.ts";

/** The URL of a function, or of one of its aliases. The qualifier of a function itself is `$LATEST`. */
export interface UrlRecord {
  readonly v: 1;
  readonly urlId: string;
  readonly authType: "NONE" | "AWS_IAM";
  readonly invokeMode: "BUFFERED" | "RESPONSE_STREAM";
  readonly cors?: CorsRecord;
  readonly createdMs: number;
  readonly lastModifiedMs: number;
}

/** What a function URL tells browsers. Absent members were never given. */
export interface CorsRecord {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowOrigins?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAgeSeconds?: number;
}

/** Whose URL it is. */
export interface UrlOwner extends FunctionId {
  readonly qualifier: string;
}

const urlsOf = ({ account, region, name }: FunctionId): Key => ["lambda", account, region, "url", name];
const urlKey = (owner: UrlOwner): Key => [...urlsOf(owner), owner.qualifier];
const ownerKey = (urlId: string): Key => ["lambdaUrls", urlId];

export async function readUrl(tx: Transaction, owner: UrlOwner): Promise<UrlRecord | undefined> {
  return (await tx.get(urlKey(owner))) as UrlRecord | undefined;
}

export function writeUrl(tx: Transaction, owner: UrlOwner, record: UrlRecord): void {
  const { account, region, name, qualifier } = owner;
  tx.set(urlKey(owner), record as unknown as Value);
  tx.set(ownerKey(record.urlId), { account, region, name, qualifier });
}

export async function readUrlOwner(tx: Transaction, urlId: string): Promise<UrlOwner | undefined> {
  return (await tx.get(ownerKey(urlId))) as UrlOwner | undefined;
}

/** Removes the URL of one qualifier, if there is one. */
export async function deleteUrl(tx: Transaction, owner: UrlOwner): Promise<UrlRecord | undefined> {
  const record = await readUrl(tx, owner);
  if (!record) return undefined;
  tx.delete(urlKey(owner));
  tx.delete(ownerKey(record.urlId));
  return record;
}

/** Removes all URLs of a function. */
export async function deleteUrls(tx: Transaction, id: FunctionId): Promise<void> {
  for await (const [qualifier] of everyUrlOf(tx, id)) await deleteUrl(tx, { ...id, qualifier });
}

/** In order of qualifier, those after `after` first. */
export async function* everyUrlOf(
  tx: Transaction,
  id: FunctionId,
  after?: string,
): AsyncIterable<readonly [qualifier: string, record: UrlRecord]> {
  const prefix = urlsOf(id);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key, value] of tx.range(range)) {
    yield [String(key.at(-1)), value as unknown as UrlRecord];
  }
}

/** `a1b2c3.lambda-url.us-east-1.localhost:4566`: a URL's host on a platform that is reached at `base`. */
export function urlHost(urlId: string, { region }: Pick<Scope, "region">, base: string): string {
  // No label can stand before an address.
  const isAddress = /^(?:\[|\d{1,3}(?:\.\d{1,3}){3}(?::|$))/.test(base);
  const host = isAddress ? `localhost${/:\d+$/.exec(base)?.[0] ?? ""}` : base;
  return `${urlId}.lambda-url.${region}.${host}`;
}
