import { asValue, Dict, dictOf, isDict, isList, type Literal, truthy, type Value } from "../dict.ts";
import { referredId } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { Resource } from "../resource.ts";
import type { Macro, Schema } from "../schema.ts";
import { madeResources, sourceResources, type Translation } from "../translation.ts";
import { type Access, PROFILES, type Profile } from "./attributes.ts";
import { connectorEnd, type End } from "./reference.ts";

export const CONNECTOR: Schema = {
  Source: "!map<any>",
  Destination: "!map<any>|list<map<any>>",
  Permissions: "!list<string>",
};

/** What lets one resource use another: policies and permissions. */
export function transformConnector(macro: Macro, translation: Translation): Resource[] {
  const { id, properties } = macro;
  const given = properties.get("Destination");
  const source = properties.dict("Source") ?? new Dict();
  const destinations = isList(given) ? given : [given ?? null];
  const made = destinations.flatMap((destination, index) => {
    const end = isDict(destination) ? destination : new Dict();
    const resources = madeResources(translation);
    const join: Join = {
      macro,
      translation,
      suffix: isList(given) ? `Destination${index}` : "",
      destination: connectorEnd(id, end, source, resources),
      source: connectorEnd(id, source, end, resources),
    };
    const granted = grant(join);
    for (const resource of granted) addMetadata(join, resource);
    return granted;
  });
  waitFor(
    madeResources(translation),
    id,
    made.map((resource) => resource.id),
  );
  if (made.length === 0) throw badResource(id, "'Destination' is an empty list");
  return made;
}

interface Join {
  readonly macro: Macro;
  readonly translation: Translation;
  /** At the end of ids, where there are several destinations. */
  readonly suffix: string;
  readonly source: End;
  readonly destination: End;
}

function grant(join: Join): Resource[] {
  const { macro, source, destination } = join;
  const profile = PROFILES[source.type]?.[destination.type];
  if (!profile) {
    throw badResource(
      macro.id,
      `Unable to create connector from ${source.type} to ${destination.type}; it's not supported or the ` +
        "template is invalid.",
    );
  }
  const given = macro.properties.get("Permissions");
  const permissions = [...new Set(isList(given) ? given.map(String) : [])];
  checkPermissions(join, profile, permissions);
  const granted = Object.entries(profile.access).filter(([name]) => permissions.includes(name));
  const replacements = replacementsOf(join);
  const filled = granted.map(([name, access]) => ({ name, access: fill(macro.id, access, replacements) }));
  // What is not granted must be known all the same, as it must in AWS's own transform.
  for (const access of Object.values(profile.access)) fill(macro.id, access, replacements);
  if (profile.kind === "function") return functionPermissions(join, profile, filled);
  const document = asValue({
    Version: "2012-10-17",
    Statement: filled.flatMap(({ access }) => access.statements ?? []),
  });
  return [ofKind(join, profile, document)];
}

function checkPermissions(
  { macro, source, destination }: Join,
  profile: Profile,
  permissions: string[],
): void {
  const valid = Object.keys(profile.access);
  if (permissions.length === 0) {
    throw badResource(macro.id, `'Permissions' cannot be empty; valid values are: ${valid.join(", ")}.`);
  }
  const between = `from ${source.type} to ${destination.type}`;
  const unsupported = `Unsupported 'Permissions' provided for connector ${between}; valid `;
  if (!permissions.every((name) => valid.includes(name)))
    throw badResource(macro.id, `${unsupported}values are: ${valid.join(", ")}.`);
  const together = profile.together?.map((names) => [...names].sort().join(" + "));
  if (together && !together.includes([...permissions].sort().join(" + ")))
    throw badResource(macro.id, `${unsupported}combinations are: ${together.join(", ")}.`);
}

function replacementsOf({ source, destination }: Join): [string, Value | undefined][] {
  return (
    [
      ["Arn", "arn"],
      ["ResourceId", "resourceId"],
      ["Name", "name"],
      ["Qualifier", "qualifier"],
    ] as const
  ).flatMap(([name, member]): [string, Value | undefined][] => [
    [`Source.${name}`, source[member]],
    [`Destination.${name}`, destination[member]],
  ]);
}

type Filled = { readonly statements?: Value[]; readonly [name: string]: Value | undefined };

function fill(id: string, access: Access, replacements: readonly [string, Value | undefined][]): Filled {
  const replace = (literal: Literal): Value => {
    if (typeof literal === "string") return filledText(id, literal, replacements);
    const value = asValue(literal);
    if (isList(value)) return value.map(replace);
    if (!isDict(value)) return value;
    const dict = new Dict();
    for (const [key, member] of value.entries()) dict.set(key, replace(member));
    return dict;
  };
  if (!access.statements) {
    return Object.fromEntries(Object.entries(access).map(([name, text]) => [name, replace(text as Literal)]));
  }
  const statements = access.statements.map((statement) => replace({ Effect: "Allow", ...statement }));
  return { statements };
}

function filledText(id: string, text: string, replacements: readonly [string, Value | undefined][]): Value {
  const variables: Record<string, Value> = {};
  let filled = text;
  for (const [name, value] of replacements) {
    const pattern = `%{${name}}`;
    if (!filled.includes(pattern)) continue;
    if (value === undefined || value === null) throw badResource(id, `${name} is missing.`);
    if (filled === pattern) return value;
    const variable = name.replace(".", "");
    filled = filled.replaceAll(pattern, `\${${variable}}`);
    variables[variable] = value;
  }
  if (!/\$\{.+\}/.test(filled)) return filled;
  return dictOf({ "Fn::Sub": Object.keys(variables).length > 0 ? [filled, variables] : filled });
}

function unable(id: string, profile: Profile, what: string) {
  const end = profile.of === "source" ? "Source" : "Destination";
  return badResource(id, `Unable to get ${what} from '${end}' resource.`);
}

function ofKind(join: Join, profile: Profile, document: Value): Resource {
  const { macro, suffix } = join;
  const { id, attributes, dependsOn } = macro;
  const end = join[profile.of];
  const make = (type: string, name: string) =>
    new Resource(type, `${id}${name}${suffix}`, { attributes, dependsOn });
  if (profile.kind === "topic") {
    if (!truthy(end.arn)) throw unable(id, profile, "SNS topic ARN");
    return make("AWS::SNS::TopicPolicy", "TopicPolicy").set({
      Topics: [end.arn ?? null],
      PolicyDocument: document,
    });
  }
  if (profile.kind === "queue") {
    if (!truthy(end.url)) throw unable(id, profile, "SQS queue URL");
    return make("AWS::SQS::QueuePolicy", "QueuePolicy").set({
      PolicyDocument: document,
      Queues: [end.url ?? null],
    });
  }
  if (!truthy(end.role)) throw unable(id, profile, "IAM role name");
  const policy = make("AWS::IAM::ManagedPolicy", "Policy").set({
    PolicyDocument: document,
    Roles: [end.role ?? null],
  });
  letWait(join, profile, policy);
  return policy;
}

/** The source, or the mapping that reads it, needs the policy first. */
function letWait({ source, destination, translation }: Join, profile: Profile, policy: Resource): void {
  if (!source.logicalId) return;
  const resources = madeResources(translation);
  if (profile.neededBy === "source") dependOn(resources.dict(source.logicalId), policy.id);
  if (profile.neededBy !== "mapping" || !destination.logicalId) return;
  const mappings = resources.values().filter((resource): resource is Dict => {
    if (!isDict(resource) || resource.get("Type") !== "AWS::Lambda::EventSourceMapping") return false;
    const properties = resource.dict("Properties");
    return (
      referredId(properties?.get("FunctionName")) === destination.logicalId &&
      referredId(properties?.get("EventSourceArn")) === source.logicalId
    );
  });
  if (mappings.length === 1) dependOn(mappings[0], policy.id);
}

function dependOn(resource: Dict | undefined, id: string): void {
  if (!resource) return;
  const others = listOf(resource.get("DependsOn"));
  resource.set("DependsOn", others.includes(id) ? others : [...others, id]);
}

const listOf = (value: Value | undefined): Value[] =>
  value === undefined ? [] : isList(value) ? value : [value];

function functionPermissions(
  { macro, suffix, ...ends }: Join,
  profile: Profile,
  granted: readonly { readonly name: string; readonly access: Filled }[],
): Resource[] {
  const { id, attributes, dependsOn } = macro;
  const { arn } = ends[profile.of];
  if (!truthy(arn)) throw unable(id, profile, "Lambda function ARN");
  return granted.map(({ name, access }) => {
    const permissionId = `${id}${name}LambdaPermission${suffix}`;
    return new Resource("AWS::Lambda::Permission", permissionId, { attributes, dependsOn }).set({
      Action: "lambda:InvokeFunction",
      FunctionName: arn,
      Principal: access.principal,
      SourceArn: access.sourceArn,
      SourceAccount: access.sourceAccount,
    });
  });
}

/** Says what was joined by which connector. */
function addMetadata({ macro, translation, source, destination }: Join, resource: Resource): void {
  const typeOf = (end: End) => {
    const given = end.logicalId && sourceResources(translation).dict(end.logicalId)?.get("Type");
    return truthy(given) ? given : end.type;
  };
  const metadata = resource.attributes.dict("Metadata")?.shallowCopy() ?? new Dict();
  metadata.set("aws:sam:connectors", {
    [macro.id]: { Source: { Type: typeOf(source) }, Destination: { Type: typeOf(destination) } },
  });
  resource.attributes.set("Metadata", metadata);
}

/** What depended on the connector depends on all that was made for it. */
function waitFor(resources: Dict, id: string, made: readonly string[]): void {
  for (const resource of resources.values()) {
    if (!isDict(resource)) continue;
    const others = listOf(resource.get("DependsOn"));
    if (!others.includes(id)) continue;
    const rest = others.filter((other) => other !== id);
    resource.set("DependsOn", [...rest, ...made.filter((one) => !rest.includes(one))]);
  }
}
