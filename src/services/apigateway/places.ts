import type { HttpRequest } from "../../kernel/http.ts";
import type { Transaction } from "../../store/store.ts";
import { readAddress } from "./addresses.ts";
import { type ApiEntry, readApiEntry } from "./api-index.ts";
import { type DomainRecord, type MappingRecord, mappingsOf, readDomain, rulesOf } from "./domains/records.ts";
import { isBelow, matchRule } from "./domains/routing.ts";

/** The API that a request is for, and what is left of the request's path. */
export interface Place {
  readonly entry: ApiEntry;
  /** Percent-encoded. It begins with the stage where the address names one and no domain does. */
  readonly path: string;
  /** The custom domain name by which the API was found, and where it is mapped to, or a rule leads. */
  readonly mapping?: MappingRecord;
}

/** Where a request leads, or undefined where there is nothing. */
export async function findPlace(tx: Transaction, request: HttpRequest): Promise<Place | undefined> {
  const address = readAddress(request);
  if (address.kind === "api") {
    const entry = await readApiEntry(tx, address.apiId);
    return entry && { entry, path: address.path };
  }
  const domain = await domainOf(tx, address.name);
  if (!domain) return undefined;
  const { routingMode } = domain;
  const mapping =
    (routingMode === "API_MAPPING_ONLY"
      ? undefined
      : await firstRule(tx, domain.name, address.path, request)) ??
    (routingMode === "ROUTING_RULE_ONLY" ? undefined : await longestMapping(tx, domain.name, address.path));
  const entry = mapping && (await readApiEntry(tx, mapping.apiId));
  if (!entry) return undefined;
  const path = mapping.key === "" ? address.path : address.path.slice(mapping.key.length + 1) || "/";
  return { entry, path, mapping };
}

/** The name itself, or the one with a star for its first label. */
async function domainOf(tx: Transaction, name: string): Promise<DomainRecord | undefined> {
  const wild = `*${name.slice(Math.max(0, name.indexOf(".")))}`;
  return (await readDomain(tx, name)) ?? (await readDomain(tx, wild));
}

/**
 * What the first rule that holds leads to, as if it were mapped. A base path that stays is no part of it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html
 */
async function firstRule(
  tx: Transaction,
  domain: string,
  path: string,
  { headers }: HttpRequest,
): Promise<MappingRecord | undefined> {
  for await (const rule of rulesOf(tx, domain)) {
    const matched = matchRule(rule, { headers, path });
    if (!matched) continue;
    const key = rule.stripBasePath ? matched.basePath : "";
    return { v: 1, id: rule.id, domain, key, apiId: rule.apiId, stage: rule.stage };
  }
  return undefined;
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
    if (isBelow(path, key) && key.length >= (longest?.key.length ?? 0)) longest = mapping;
  }
  return longest;
}
