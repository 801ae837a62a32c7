import type { Transaction } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { readApiEntry } from "../api-index.ts";
import { badRequest, conflict, noApi, noDomain, noMapping } from "../faults.ts";
import { newApiId, newResourceId } from "../ids.ts";
import { read as readRest, stageKey } from "../rest/records.ts";
import { resourceArn } from "../tags.ts";
import { readPart } from "../v2/records.ts";
import {
  type DomainRecord,
  type MappingRecord,
  mappingsOf,
  readDomain,
  writeDomain,
  writeMapping,
} from "./records.ts";

// What both APIs do with custom domain names and their mappings.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html

const NAME = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;

type Given = Partial<Omit<DomainRecord, "v" | "name" | "account" | "region" | "createdMs" | "hostId">>;

/** Keeps a new name, which nobody else may have. */
export async function createDomain(context: Context, name: string, given: Given): Promise<DomainRecord> {
  if (!NAME.test(name)) throw badRequest(`Invalid domain name specified: ${name}`);
  const domain: DomainRecord = {
    endpointType: "REGIONAL",
    securityPolicy: "TLS_1_2",
    ipAddressType: "ipv4",
    routingMode: "API_MAPPING_ONLY",
    tags: {},
    ...given,
    v: 1,
    ...context.scope,
    name,
    createdMs: Math.floor(context.clock.now()),
    hostId: `d-${newApiId(context.ids)}`,
  };
  await context.store.transact(async (tx) => {
    if (await readDomain(tx, name)) throw conflict("The domain name you provided already exists.");
    writeDomain(tx, domain);
  });
  tellOfTrust(context, domain);
  return domain;
}

/** What is not done is said: connections of a name bring no certificates of clients. */
export function tellOfTrust({ log }: Context, { name, mutualTls }: DomainRecord): void {
  if (!mutualTls) return;
  log.warn("clients of a custom domain name are let in without a certificate: mutual TLS has no effect", {
    domain: name,
  });
}

export async function requireDomain(
  tx: Transaction,
  { scope }: Pick<Context, "scope">,
  name: string | undefined,
): Promise<DomainRecord> {
  const domain = await readDomain(tx, name ?? "");
  const isOwn = domain?.account === scope.account && domain.region === scope.region;
  if (!domain || !isOwn) throw noDomain();
  return domain;
}

export async function requireMapping(
  tx: Transaction,
  domain: string,
  fits: (mapping: MappingRecord) => boolean,
): Promise<MappingRecord> {
  for await (const mapping of mappingsOf(tx, domain)) if (fits(mapping)) return mapping;
  throw noMapping();
}

/** Keeps a mapping, new or changed: no other has its path, and it leads to a stage that exists. */
export async function keepMapping(tx: Transaction, context: Context, mapping: MappingRecord): Promise<void> {
  const { domain, key, id } = mapping;
  if (!/^(?:[\w.~!$&'()*+,;=:@%-]+(?:\/[\w.~!$&'()*+,;=:@%-]+)*)?$/.test(key)) {
    throw badRequest("API mapping key should not start with a '/' or have consecutive '/'s.");
  }
  await checkStage(tx, context, mapping);
  for await (const other of mappingsOf(tx, domain)) {
    if (other.key === key && other.id !== id) {
      throw conflict(
        key === "" ? "Base path already exists for this domain name" : `Base path ${key} already exists`,
      );
    }
  }
  writeMapping(tx, mapping);
}

async function checkStage(
  tx: Transaction,
  { scope }: Context,
  { apiId, stage }: MappingRecord,
): Promise<void> {
  const entry = await readApiEntry(tx, apiId);
  if (entry?.account !== scope.account || entry.region !== scope.region) throw noApi(scope.account, apiId);
  if (stage === "" && entry.kind === "REST") return;
  const found =
    entry.kind === "REST"
      ? await readRest(tx, stageKey(apiId, stage))
      : await readPart(tx, apiId, "stage", stage);
  if (!found) throw badRequest("Invalid stage identifier specified");
}

export const newMappingId = ({ ids }: Context) => newResourceId(ids);

export const domainArn = (domain: DomainRecord) => resourceArn(domain, `/domainnames/${domain.name}`);

/** Hosted zones of the service's own names. https://docs.aws.amazon.com/general/latest/gr/apigateway.html */
export const REGIONAL_ZONE = "Z1UJRXOUMOOFQ8";
export const EDGE_ZONE = "Z2FDTNDATAQYW2";

/** What the name is to be an alias of. */
export function targetOf({ endpointType, hostId, region }: DomainRecord): string {
  return endpointType === "EDGE"
    ? `${hostId.replace("-", "")}.cloudfront.net`
    : `${hostId}.execute-api.${region}.amazonaws.com`;
}
