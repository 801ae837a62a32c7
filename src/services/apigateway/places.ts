import type { HttpRequest } from "../../kernel/http.ts";
import type { Transaction } from "../../store/store.ts";
import { readAddress } from "./addresses.ts";
import { type ApiEntry, readApiEntry } from "./api-index.ts";
import { DOMAIN_NAMES } from "./domains/names.ts";
import { type MappingRecord, mappingsOf } from "./domains/records.ts";

/** The API that a request is for, and what is left of the request's path. */
export interface Place {
  readonly entry: ApiEntry;
  /** Percent-encoded. It begins with the stage where the address names one and no domain does. */
  readonly path: string;
  /** The custom domain name by which the API was found, and where it is mapped to. */
  readonly mapping?: MappingRecord;
}

/** Where a request leads, or undefined where there is nothing. */
export async function findPlace(tx: Transaction, request: HttpRequest): Promise<Place | undefined> {
  const address = readAddress(request);
  if (address.kind === "api") {
    const entry = await readApiEntry(tx, address.apiId);
    return entry && { entry, path: address.path };
  }
  const name = await domainOf(tx, address.name);
  const mapping = name && (await longestMapping(tx, name, address.path));
  const entry = mapping && (await readApiEntry(tx, mapping.apiId));
  if (!entry) return undefined;
  const path = mapping.key === "" ? address.path : address.path.slice(mapping.key.length + 1) || "/";
  return { entry, path, mapping };
}

/** The name itself, or the one with a star for its first label. */
async function domainOf(tx: Transaction, name: string): Promise<string | undefined> {
  if ((await tx.get([...DOMAIN_NAMES, name])) !== undefined) return name;
  const wild = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
  return (await tx.get([...DOMAIN_NAMES, wild])) === undefined ? undefined : wild;
}

/**
 * The mapping with the longest path that the request's begins with, segment by segment.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
 */
async function longestMapping(
  tx: Transaction,
  domain: string,
  path: string,
): Promise<MappingRecord | undefined> {
  let longest: MappingRecord | undefined;
  for await (const mapping of mappingsOf(tx, domain)) {
    const { key } = mapping;
    const fits = key === "" || path === `/${key}` || path.startsWith(`/${key}/`);
    if (fits && key.length >= (longest?.key.length ?? 0)) longest = mapping;
  }
  return longest;
}
