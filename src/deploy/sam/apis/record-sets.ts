import { type Dict, dictOf, isDict, isList, isNothing, truthy, type Value } from "../dict.ts";
import { expectBoolean, expectMap } from "../expect.ts";
import { getAtt } from "../intrinsics.ts";
import { logicalId } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";

/** What DNS's records of a domain's name point to. */
export type AliasTarget = (config: Dict) => Dict;

/** The DNS records of an API's domain: one group for each hosted zone, which APIs share. */
export function recordSetGroup(
  macro: Macro,
  groups: Map<string, Resource>,
  domain: Dict,
  targetOf: AliasTarget,
): Resource | undefined {
  const { id } = macro;
  const given = domain.get("Route53");
  if (isNothing(given)) return undefined;
  const owner = { resource: id };
  const config = expectMap(given, owner, "Domain.Route53");
  const zoneId = config.get("HostedZoneId");
  const zoneName = config.get("HostedZoneName");
  if (isNothing(zoneId) && isNothing(zoneName)) {
    throw badResource(
      id,
      "HostedZoneId or HostedZoneName is required to enable Route53 support on Custom Domains.",
    );
  }
  const zone = (truthy(zoneId) ? zoneId : zoneName) ?? null;
  const isSeparate = macro.type === "AWS::Serverless::Api" && truthy(config.get("SeparateRecordSetGroup"));
  if (isSeparate) {
    expectBoolean(config.get("SeparateRecordSetGroup"), owner, "Domain.Route53.SeparateRecordSetGroup");
    const name = logicalId("RecordSetGroup", [zone, domain.get("DomainName") ?? null]);
    return addRecords(newGroup(macro, name, config), domain, config, targetOf);
  }
  const name = `RecordSetGroup${logicalId("", zone)}`;
  const group = groups.get(name) ?? newGroup(macro, name, config);
  groups.set(name, group);
  return addRecords(group, domain, config, targetOf);
}

function newGroup({ type, attributes }: Macro, name: string, config: Dict): Resource {
  const group = new Resource("AWS::Route53::RecordSetGroup", name, { attributes: handedOn(attributes) });
  const onlyOne = type !== "AWS::Serverless::Api" && config.has("HostedZoneId");
  return group.set({
    HostedZoneId: config.get("HostedZoneId"),
    HostedZoneName: onlyOne ? undefined : config.get("HostedZoneName"),
    RecordSets: [],
  });
}

function addRecords(group: Resource, domain: Dict, config: Dict, targetOf: AliasTarget): Resource {
  const target = targetOf(config);
  const health = config.get("EvaluateTargetHealth");
  const record = (type: string): Value =>
    dictOf({
      Name: domain.get("DomainName"),
      Type: type,
      AliasTarget: { EvaluateTargetHealth: health ?? undefined, ...Object.fromEntries(target.entries()) },
      Region: config.get("Region") ?? undefined,
      SetIdentifier: config.get("SetIdentifier") ?? undefined,
    });
  const records = group.get("RecordSets");
  const all = isList(records) ? records : [];
  const ipv6 = config.get("IpV6") === true ? [record("AAAA")] : [];
  return group.set({ RecordSets: [...all, record("A"), ...ipv6] });
}

export function regionalTarget(domainId: string): Dict {
  return dictOf({
    HostedZoneId: getAtt(domainId, "RegionalHostedZoneId"),
    DNSName: getAtt(domainId, "RegionalDomainName"),
  });
}

/** The truststore of a domain that knows its clients by their certificates. */
export function truststore(given: Dict): Dict | undefined {
  const names = ["TruststoreUri", "TruststoreVersion"];
  if (!given.keys().every((name) => names.includes(name))) return undefined;
  const some = names.filter((name) => truthy(given.get(name)));
  return dictOf(Object.fromEntries(some.map((name) => [name, given.get(name)])));
}

/** Base paths: none, one, or several. */
export function basePaths(domain: Dict): Value[] | undefined {
  const given = domain.get("BasePath");
  if (!truthy(given) || isDict(given)) return undefined;
  if (isList(given)) return given;
  return typeof given === "string" ? [given] : undefined;
}
