import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Handlers } from "../../define.ts";
import { badRequest } from "../faults.ts";
import { page } from "../paging.ts";
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
  tellOfTrust,
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

/** Custom domain names and API mappings. */
export const domainsV2 = {
  async CreateDomainName(input, context) {
    const { RoutingMode } = input;
    const domain = await createDomain(context, input.DomainName ?? "", {
      ...settingsOf(input),
      ...(RoutingMode === undefined ? {} : { routingMode: RoutingMode }),
      tags: checkTags(input.Tags),
    });
    return shown(domain);
  },

  async GetDomainName(input, context) {
    return shown(await context.store.transact((tx) => requireDomain(tx, context, input.DomainName)));
  },

  async GetDomainNames(input, context) {
    const { items, token } = await context.store.transact((tx) =>
      page(domainsOf(tx, context.scope), ({ name }) => name, input),
    );
    return { Items: items.map(shown), ...token };
  },

  async UpdateDomainName(input, context) {
    const changed = await context.store.transact(async (tx) => {
      const domain = await requireDomain(tx, context, input.DomainName);
      const { RoutingMode: routingMode = domain.routingMode } = input;
      const next = { ...domain, ...settingsOf(input), routingMode };
      writeDomain(tx, next);
      return next;
    });
    if (input.MutualTlsAuthentication) tellOfTrust(context, changed);
    return shown(changed);
  },

  async DeleteDomainName(input, context) {
    await context.store.transact(async (tx) => {
      deleteDomain(tx, (await requireDomain(tx, context, input.DomainName)).name);
    });
    return {};
  },

  async CreateApiMapping(input, context) {
    const id = newMappingId(context);
    return context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.DomainName);
      const mapping: MappingRecord = {
        v: 1,
        id,
        domain: name,
        key: input.ApiMappingKey ?? "",
        apiId: input.ApiId ?? "",
        stage: input.Stage ?? "",
      };
      await keepMapping(tx, context, mapping);
      return shownMapping(mapping);
    });
  },

  async GetApiMapping(input, context) {
    return context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.DomainName);
      return shownMapping(await requireMapping(tx, name, ({ id }) => id === input.ApiMappingId));
    });
  },

  async GetApiMappings(input, context) {
    const { items, token } = await context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.DomainName);
      return page(mappingsOf(tx, name), ({ id }) => id, input);
    });
    return { Items: items.map(shownMapping), ...token };
  },

  async UpdateApiMapping(input, context) {
    return context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.DomainName);
      const mapping = await requireMapping(tx, name, ({ id }) => id === input.ApiMappingId);
      const next = {
        ...mapping,
        apiId: input.ApiId ?? mapping.apiId,
        stage: input.Stage ?? mapping.stage,
        key: input.ApiMappingKey ?? mapping.key,
      };
      await keepMapping(tx, context, next);
      return shownMapping(next);
    });
  },

  async DeleteApiMapping(input, context) {
    await context.store.transact(async (tx) => {
      const { name } = await requireDomain(tx, context, input.DomainName);
      deleteMapping(tx, await requireMapping(tx, name, ({ id }) => id === input.ApiMappingId));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function settingsOf(input: sdk.CreateDomainNameRequest | sdk.UpdateDomainNameRequest) {
  const [configuration, more] = input.DomainNameConfigurations ?? [];
  if (more) throw badRequest("Only one DomainNameConfiguration is supported");
  const { CertificateArn, CertificateName, EndpointType, SecurityPolicy } = configuration ?? {};
  const { IpAddressType, OwnershipVerificationCertificateArn: ownership } = configuration ?? {};
  const { TruststoreUri: uri, TruststoreVersion: version } = input.MutualTlsAuthentication ?? {};
  if (EndpointType === "EDGE")
    throw badRequest("Endpoint type EDGE is not supported for this API: use REGIONAL");
  return {
    ...(CertificateArn === undefined ? {} : { certificateArn: CertificateArn }),
    ...(CertificateName === undefined ? {} : { certificateName: CertificateName }),
    ...(EndpointType === undefined ? {} : { endpointType: EndpointType }),
    ...(SecurityPolicy === undefined ? {} : { securityPolicy: SecurityPolicy }),
    ...(IpAddressType === undefined ? {} : { ipAddressType: IpAddressType }),
    ...(ownership === undefined ? {} : { ownershipCertificateArn: ownership }),
    ...(uri === undefined
      ? {}
      : {
          mutualTls: { truststoreUri: uri, ...(version === undefined ? {} : { truststoreVersion: version }) },
        }),
  };
}

function shown(domain: DomainRecord) {
  const { mutualTls } = domain;
  return {
    DomainName: domain.name,
    DomainNameArn: domainArn(domain),
    ApiMappingSelectionExpression: "$request.basepath",
    RoutingMode: domain.routingMode as sdk.RoutingMode,
    Tags: { ...domain.tags },
    DomainNameConfigurations: [
      {
        ApiGatewayDomainName: targetOf(domain),
        CertificateArn: domain.certificateArn,
        CertificateName: domain.certificateName,
        CertificateUploadDate: new Date(domain.createdMs),
        DomainNameStatus: "AVAILABLE" as const,
        EndpointType: domain.endpointType,
        HostedZoneId: domain.endpointType === "EDGE" ? EDGE_ZONE : REGIONAL_ZONE,
        IpAddressType: domain.ipAddressType as sdk.IpAddressType,
        SecurityPolicy: domain.securityPolicy as sdk.SecurityPolicy,
        OwnershipVerificationCertificateArn: domain.ownershipCertificateArn,
      },
    ],
    ...(mutualTls && {
      MutualTlsAuthentication: {
        TruststoreUri: mutualTls.truststoreUri,
        TruststoreVersion: mutualTls.truststoreVersion,
        TruststoreWarnings: [NOT_ENFORCED],
      },
    }),
  };
}

function shownMapping({ id, key, apiId, stage }: MappingRecord) {
  return { ApiMappingId: id, ApiMappingKey: key, ApiId: apiId, Stage: stage };
}
