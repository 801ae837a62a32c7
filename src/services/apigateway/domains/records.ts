import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import { DOMAIN_NAMES } from "./names.ts";

/** A custom domain name: one resource, seen through both APIs. */
/** Told with every domain that asks for certificates of clients. */
export const NOT_ENFORCED = "Nuage lets clients in without a certificate: the truststore is not looked at.";

export interface DomainRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  readonly createdMs: number;
  readonly endpointType: "REGIONAL" | "EDGE";
  readonly certificateArn?: string;
  readonly certificateName?: string;
  readonly securityPolicy: string;
  readonly ipAddressType: string;
  readonly ownershipCertificateArn?: string;
  readonly routingMode: string;
  readonly mutualTls?: { readonly truststoreUri: string; readonly truststoreVersion?: string };
  /** The host that the name is to be an alias of: `d-a1b2c3d4e5`. */
  readonly hostId: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What of a domain name leads to a stage of an API. `key`: `orders/v1`, or empty for all the rest. */
export interface MappingRecord {
  readonly v: 1;
  readonly id: string;
  readonly domain: string;
  readonly key: string;
  readonly apiId: string;
  /** Empty: the stage is the first part of what follows, as base path mappings without a stage have it. */
  readonly stage: string;
}

/** What of a domain name's requests a rule leads to a stage: all of its conditions hold, each in one way. */
export interface RuleRecord {
  readonly v: 1;
  readonly id: string;
  readonly domain: string;
  /** From 1: the lowest is looked at first. */
  readonly priority: number;
  readonly headers: readonly (readonly { readonly name: string; readonly glob: string }[])[];
  /** Without a slash in front. */
  readonly basePaths: readonly string[];
  readonly apiId: string;
  readonly stage: string;
  readonly stripBasePath: boolean;
}

const domainKey = (name: string): Key => [...DOMAIN_NAMES, name];
const mappingKey = (domain: string, id: string): Key => ["apigwMapping", domain, id];

export async function readDomain(tx: Transaction, name: string): Promise<DomainRecord | undefined> {
  return (await tx.get(domainKey(name))) as unknown as DomainRecord | undefined;
}

export function writeDomain(tx: Transaction, record: DomainRecord): void {
  tx.set(domainKey(record.name), record as unknown as Value);
}

/** With its mappings and rules. */
export function deleteDomain(tx: Transaction, name: string): void {
  tx.delete(domainKey(name));
  tx.clear({ prefix: ["apigwRule", name] });
  tx.clear({ prefix: ["apigwRuleById", name] });
  tx.clear({ prefix: ["apigwMapping", name] });
}

/** Those of an account and region, in order of name. */
export async function* domainsOf(tx: Transaction, { account, region }: Scope) {
  for await (const [, value] of tx.range({ prefix: DOMAIN_NAMES })) {
    const domain = value as unknown as DomainRecord;
    if (domain.account === account && domain.region === region) yield domain;
  }
}

export async function* mappingsOf(tx: Transaction, domain: string) {
  for await (const [, value] of tx.range({ prefix: ["apigwMapping", domain] })) {
    yield value as unknown as MappingRecord;
  }
}

export function writeMapping(tx: Transaction, record: MappingRecord): void {
  tx.set(mappingKey(record.domain, record.id), record as unknown as Value);
}

export function deleteMapping(tx: Transaction, { domain, id }: MappingRecord): void {
  tx.delete(mappingKey(domain, id));
}

const ruleKey = ({ domain, priority }: RuleRecord): Key => ["apigwRule", domain, priority];
const ruleIdKey = (domain: string, id: string): Key => ["apigwRuleById", domain, id];

/** By their priority. */
export async function* rulesOf(tx: Transaction, domain: string) {
  for await (const [, value] of tx.range({ prefix: ["apigwRule", domain] })) {
    yield value as unknown as RuleRecord;
  }
}

export async function readRule(tx: Transaction, domain: string, id: string): Promise<RuleRecord | undefined> {
  const priority = await tx.get(ruleIdKey(domain, id));
  if (typeof priority !== "number") return undefined;
  return (await tx.get(["apigwRule", domain, priority])) as unknown as RuleRecord | undefined;
}

export function writeRule(tx: Transaction, rule: RuleRecord): void {
  tx.set(ruleKey(rule), rule as unknown as Value);
  tx.set(ruleIdKey(rule.domain, rule.id), rule.priority);
}

export function deleteRule(tx: Transaction, rule: RuleRecord): void {
  tx.delete(ruleKey(rule));
  tx.delete(ruleIdKey(rule.domain, rule.id));
}

/** Whether a domain name leads to the API, or to one of its stages. */
export async function isMapped(tx: Transaction, apiId: string, stage?: string): Promise<boolean> {
  for await (const [, value] of tx.range({ prefix: ["apigwMapping"] })) {
    const mapping = value as unknown as MappingRecord;
    if (mapping.apiId === apiId && (stage === undefined || mapping.stage === stage)) return true;
  }
  return false;
}
