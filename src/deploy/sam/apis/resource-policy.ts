import {
  Dict,
  includes,
  isDict,
  isList,
  isNothing,
  truthy,
  type Value,
  written,
  writtenInOrder,
} from "../dict.ts";
import { badDocument } from "../problems.ts";
import { shown } from "../python-text.ts";
import { ANY_METHOD, mapOf, pathItems } from "./paths.ts";
import type { Swagger } from "./swagger.ts";

/** A path as ARNs of methods have it: parameters are anything. */
export const pathInArn = (path: string) =>
  path.replace(/{([a-zA-Z0-9._-]+|[a-zA-Z0-9._-]+\+|proxy\+)}/g, "*");

/** Who may call a path: accounts, addresses, networks. */
export function addResourcePolicy(swagger: Swagger, given: Value, path: string, stage: Value): void {
  const policy = mapOf(given, "Resource Policy is not a valid dictionary.");
  const resources = () => methodArns(swagger, path, stage);
  for (const [name, effect] of [
    ["AwsAccountWhitelist", "Allow"],
    ["AwsAccountBlacklist", "Deny"],
  ] as const)
    if (!isNothing(policy.get(name))) addAccounts(swagger, policy.get(name), effect, resources());
  for (const [name, condition] of [
    ["IpRangeWhitelist", "NotIpAddress"],
    ["IpRangeBlacklist", "IpAddress"],
  ] as const) {
    const ranges = policy.get(name);
    if (!truthy(ranges)) continue;
    const list = isList(ranges) ? ranges : [ranges ?? null];
    const addresses = new Dict().set(written("aws:SourceIp"), list);
    addAllowAndDeny(swagger, resources(), new Dict().set(written(condition), addresses));
  }
  const arns = resources();
  for (const [color, condition] of [
    ["Blacklist", "StringEquals"],
    ["Whitelist", "StringNotEquals"],
  ] as const) {
    const networks = networksOf(policy, color);
    if (networks.size > 0) addAllowAndDeny(swagger, arns, new Dict().set(written(condition), networks));
  }
  swagger.addPolicy();
}

function methodArns(swagger: Swagger, path: string, stage: Value): Value[] {
  return pathItems(swagger.paths, path)
    .flatMap((item) => item.keys())
    .map((name) => {
      const method =
        name.toLowerCase() === ANY_METHOD || name.toLowerCase() === "any" ? "*" : name.toUpperCase();
      const arn = `execute-api:/\${__Stage__}/${method}${pathInArn(path)}`;
      return new Dict().set(written("Fn::Sub"), [arn, new Dict().set(written("__Stage__"), stage)]);
    });
}

function addAccounts(swagger: Swagger, given: Value | undefined, effect: string, resources: Value[]): void {
  if (!truthy(given)) return;
  if (!isDict(given) && !isList(given))
    throw badDocument(`Type of '${shown(given)}' must be a list or dictionary`);
  const accounts = isList(given) ? given : [given];
  swagger.policy.set(written("Version"), written("2012-10-17"));
  const statement = writtenInOrder({ Effect: effect, Action: "execute-api:Invoke" })
    .set(written("Resource"), resources)
    .set(written("Principal"), new Dict("python").set(written("AWS"), accounts));
  const existing = swagger.policy.get("Statement");
  const all: Value = isNothing(existing)
    ? statement
    : [...(isList(existing) ? existing : [existing]), statement];
  swagger.policy.set(written("Statement"), all);
}

function addAllowAndDeny(swagger: Swagger, resources: Value[], condition: Dict): void {
  swagger.policy.set(written("Version"), written("2012-10-17"));
  const statement = (effect: string) =>
    writtenInOrder({ Effect: effect, Action: "execute-api:Invoke" })
      .set(written("Resource"), resources)
      .set(written("Principal"), written("*"));
  addStatements(swagger, [statement("Allow"), statement("Deny").set(written("Condition"), condition)]);
}

function addStatements(swagger: Swagger, statements: readonly Value[]): void {
  const existing = swagger.policy.get("Statement");
  const all: Value[] = isNothing(existing) ? [] : isList(existing) ? [...existing] : [existing];
  for (const statement of statements) if (!includes(all, statement)) all.push(statement);
  swagger.policy.set(written("Statement"), all);
}

/** Networks and their endpoints, by which kind they are. */
function networksOf(policy: Dict, color: string): Dict {
  const named = policy.get(`SourceVpc${color}`);
  const list = isList(named) ? named : [];
  if (!list.every((item) => typeof item === "string")) {
    throw badDocument(
      `SourceVpc${color} must be a list of strings. Use IntrinsicVpc${color} instead for values that use ` +
        "Intrinsic Functions",
    );
  }
  const networks = new Dict("python");
  const add = (name: string, items: readonly Value[]) => {
    const all = networks.setDefault(written(name), []);
    if (isList(all)) all.push(...items);
  };
  const starting = (prefix: string) => list.filter((item) => String(item).startsWith(prefix));
  if (starting("vpc-").length > 0) add("aws:SourceVpc", starting("vpc-"));
  if (starting("vpce-").length > 0) add("aws:SourceVpce", starting("vpce-"));
  const vpcs = policy.get(`IntrinsicVpc${color}`);
  if (isList(vpcs)) add("aws:SourceVpc", vpcs);
  const endpoints = policy.get(`IntrinsicVpce${color}`);
  if (isList(endpoints)) add("aws:SourceVpce", endpoints);
  return networks.values().some(truthy) ? networks : new Dict();
}

/** Statements of the user's own. */
export function addCustomStatements(swagger: Swagger, given: Value): void {
  swagger.policy.set(written("Version"), written("2012-10-17"));
  if (isNothing(swagger.policy.get("Statement"))) swagger.policy.set(written("Statement"), given);
  else addStatements(swagger, isList(given) ? given : [given]);
  swagger.addPolicy();
}
