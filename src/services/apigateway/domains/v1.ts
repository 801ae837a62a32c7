import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { badRequest } from "../faults.ts";
import { positioned } from "../rest/pages.ts";
import { checkTags } from "../tags.ts";
import {
  createDomain,
  domainArn,
  EDGE_ZONE,
  keepMapping,
  newMappingId,
  REGIONAL_ZONE,
  requireDomain,
  requireMapping,
  targetOf,
} from "./domains.ts";
import {
  type DomainRecord,
  deleteDomain,
  deleteMapping,
  domainsOf,
  type MappingRecord,
  mappingsOf,
  NOT_ENFORCED,
  writeDomain,
} from "./records.ts";

const ROUTING_MODES = ["API_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_API_MAPPING"];

/** How an empty base path is written. */
const NONE = "(none)";

/** The same names and mappings, as the API of REST APIs shows them. */
export const domainsV1 = {
  async CreateDomainName(input, context) {
    const { certificateArn, regionalCertificateArn, certificateName, regionalCertificateName } = input;
    const { ownershipVerificationCertificateArn: ownership, mutualTlsAuthentication: tls } = input;
    const types = input.endpointConfiguration?.types ?? [];
    if (types.includes("PRIVATE"))
      throw badRequest("Private custom domain names are not part of this platform");
    const isRegional = types.includes("REGIONAL") || regionalCertificateArn !== undefined;
    const arn = isRegional ? regionalCertificateArn : certificateArn;
    const name = isRegional ? regionalCertificateName : certificateName;
    const domain = await createDomain(context, input.domainName ?? "", {
      endpointType: isRegional ? "REGIONAL" : "EDGE",
      ...(arn === undefined ? {} : { certificateArn: arn }),
      ...(name === undefined ? {} : { certificateName: name }),
      ...(input.securityPolicy === undefined ? {} : { securityPolicy: input.securityPolicy }),
      ...(input.routingMode === undefined ? {} : { routingMode: input.routingMode }),
      ...(ownership === undefined ? {} : { ownershipCertificateArn: ownership }),
      ...(tls?.truststoreUri === undefined
        ? {}
        : {
            mutualTls: {
              truststoreUri: tls.truststoreUri,
              ...(tls.truststoreVersion === undefined ? {} : { truststoreVersion: tls.truststoreVersion }),
            },
          }),
      tags: checkTags(input.tags),
    });
    return shown(domain);
  },

  async GetDomainName(input, context) {
    return shown(await context.store.transact((tx) => requireDomain(tx, context, input.domainName)));
  },

  async GetDomainNames(input, context) {
    const all: DomainRecord[] = await context.store.transact(async (tx) => {
      const found: DomainRecord[] = [];
      for await (const domain of domainsOf(tx, context.scope)) found.push(domain);
      return found;
    });
    return positioned(all.map(shown), input, ({ domainName }) => domainName);
  },

  async UpdateDomainName(input, context) {
    return context.store.transact(async (tx) => {
      let domain = await requireDomain(tx, context, input.domainName);
      for (const { op, path = "", value = "" } of input.patchOperations ?? []) {
        domain = patchedDomain(domain, op, path, value);
      }
      writeDomain(tx, domain);
      return shown(domain);
    });
  },

  async DeleteDomainName(input, context) {
    await context.store.transact(async (tx) => {
      deleteDomain(tx, (await requireDomain(tx, context, input.domainName)).name);
    });
    return {};
  },

  async CreateBasePathMapping(input, context) {
    const id = newMappingId(context);
    return context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.domainName);
      const key = checkBasePath(input.basePath ?? "");
      const mapping = {
        v: 1 as const,
        id,
        domain: name,
        key,
        apiId: input.restApiId ?? "",
        stage: input.stage ?? "",
      };
      await keepMapping(tx, context, mapping);
      return shownMapping(mapping);
    });
  },

  async GetBasePathMapping(input, context) {
    return context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.domainName);
      return shownMapping(await requireMapping(tx, name, byPath(input.basePath)));
    });
  },

  async GetBasePathMappings(input, context) {
    const all: MappingRecord[] = await context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.domainName);
      const found: MappingRecord[] = [];
      for await (const mapping of mappingsOf(tx, name)) found.push(mapping);
      return found;
    });
    return positioned(all.map(shownMapping), input, ({ basePath }) => basePath);
  },

  async UpdateBasePathMapping(input, context) {
    return context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.domainName);
      let mapping = await requireMapping(tx, name, byPath(input.basePath));
      for (const { op, path, value = "" } of input.patchOperations ?? []) {
        if (op !== "replace") throw badRequest(`Invalid patch operation specified: ${op}`);
        if (path === "/basePath") mapping = { ...mapping, key: checkBasePath(value) };
        else if (path === "/stage") mapping = { ...mapping, stage: value };
        else if (path === "/restapiId" || path === "/restApiId") mapping = { ...mapping, apiId: value };
        else throw badRequest(`Invalid patch path ${path}`);
      }
      await keepMapping(tx, context, mapping);
      return shownMapping(mapping);
    });
  },

  async DeleteBasePathMapping(input, context) {
    await context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.domainName);
      deleteMapping(tx, await requireMapping(tx, name, byPath(input.basePath)));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

const byPath =
  (path = "") =>
  ({ key }: MappingRecord) =>
    key === (path === NONE ? "" : path);

function checkBasePath(path: string): string {
  if (path === NONE) return "";
  if (path.includes("/")) {
    throw badRequest("The base path must be one segment: use API mappings for several");
  }
  return path;
}

function patchedDomain(
  domain: DomainRecord,
  op: string | undefined,
  path: string,
  value: string,
): DomainRecord {
  if (path === "/mutualTlsAuthentication/truststoreUri") {
    return { ...domain, mutualTls: { ...domain.mutualTls, truststoreUri: value } };
  }
  if (path === "/mutualTlsAuthentication/truststoreVersion") {
    const truststoreUri = domain.mutualTls?.truststoreUri ?? "";
    return { ...domain, mutualTls: { truststoreUri, truststoreVersion: value } };
  }
  if (op !== "replace") throw badRequest(`Invalid patch operation specified: ${op}`);
  switch (path) {
    case "/certificateArn":
    case "/regionalCertificateArn":
      return { ...domain, certificateArn: value };
    case "/certificateName":
    case "/regionalCertificateName":
      return { ...domain, certificateName: value };
    case "/securityPolicy":
      return { ...domain, securityPolicy: value };
    case "/routingMode":
      if (!ROUTING_MODES.includes(value)) throw badRequest("Invalid routing mode specified");
      return { ...domain, routingMode: value };
    case "/ownershipVerificationCertificateArn":
      return { ...domain, ownershipCertificateArn: value };
    case "/endpointConfiguration/types/EDGE":
    case "/endpointConfiguration/types/REGIONAL":
    case "/endpointConfiguration/types/0":
      if (value !== "REGIONAL" && value !== "EDGE") throw badRequest("Invalid endpoint type specified");
      return { ...domain, endpointType: value };
    default:
      throw badRequest(`Invalid patch path ${path}`);
  }
}

function shown(domain: DomainRecord) {
  const isEdge = domain.endpointType === "EDGE";
  const { certificateArn, certificateName, mutualTls } = domain;
  const place = isEdge
    ? {
        certificateArn,
        certificateName,
        distributionDomainName: targetOf(domain),
        distributionHostedZoneId: EDGE_ZONE,
      }
    : {
        regionalCertificateArn: certificateArn,
        regionalCertificateName: certificateName,
        regionalDomainName: targetOf(domain),
        regionalHostedZoneId: REGIONAL_ZONE,
      };
  return {
    domainName: domain.name,
    domainNameArn: domainArn(domain),
    ...place,
    certificateUploadDate: new Date(domain.createdMs),
    endpointConfiguration: {
      types: [domain.endpointType],
      ipAddressType: domain.ipAddressType as sdk.IpAddressType,
    },
    domainNameStatus: "AVAILABLE" as const,
    securityPolicy: domain.securityPolicy as sdk.SecurityPolicy,
    routingMode: domain.routingMode as sdk.RoutingMode,
    ownershipVerificationCertificateArn: domain.ownershipCertificateArn,
    tags: { ...domain.tags },
    ...(mutualTls && {
      mutualTlsAuthentication: { ...mutualTls, truststoreWarnings: [NOT_ENFORCED] },
    }),
  };
}

function shownMapping({ key, apiId, stage }: MappingRecord) {
  return { basePath: key === "" ? NONE : key, restApiId: apiId, ...(stage === "" ? {} : { stage }) };
}
