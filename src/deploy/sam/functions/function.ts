import { type Dict, dictOf, isDict, isNothing, truthy, type Value } from "../dict.ts";
import { byPath, eventResources, linkEvents } from "../events/events.ts";
import { FUNCTION_EVENTS } from "../events/kinds.ts";
import { expectString } from "../expect.ts";
import { IF_NEEDS_THREE, ifArguments, ifElse, isIf, isNoValue, not } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { managedPolicyArn, tracingPolicy } from "../region.ts";
import { handedOn, Resource } from "../resource.ts";
import { assumeRolePolicy, deadLetterPolicy } from "../roles/policies.ts";
import { executionRole } from "../roles/role.ts";
import type { Macro } from "../schema.ts";
import { createdBySam, propagateTags } from "../tags.ts";
import { conditionsOf, type Translation } from "../translation.ts";
import { capacityProvider } from "./capacity-provider-config.ts";
import { checkPackage, codeOf } from "./code.ts";
import { addDeployment } from "./deployment.ts";
import { invokeConfig } from "./invoke-config.ts";
import { functionUrl } from "./url.ts";
import { aliasName, codeHashOf, publishedAlias, publishedVersion } from "./version.ts";

const DEAD_LETTER_ACTIONS: Readonly<Record<string, string>> = { SQS: "sqs:SendMessage", SNS: "sns:Publish" };

/** A function, its role, and what its events need. */
export function transformFunction(macro: Macro, translation: Translation): Resource[] {
  const { id, properties } = macro;
  const links = linkEvents(macro, translation, FUNCTION_EVENTS);
  checkTogether(id, properties);
  if (truthy(properties.get("DeadLetterQueue"))) checkDeadLetterQueue(id, properties.get("DeadLetterQueue"));
  checkTenancy(id, properties);
  const made = lambdaFunction(macro, translation);
  const resources = [made];
  if (truthy(properties.get("ProvisionedConcurrencyConfig")) && !truthy(properties.get("AutoPublishAlias"))) {
    throw badResource(
      id,
      "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function",
    );
  }
  const published = publish(macro, translation, made);
  if (published) resources.push(published.version, published.alias);
  resources.push(...functionUrl(macro, made, published?.alias));
  addDeployment(macro, translation, published?.alias);
  const invocation = invokeConfig(macro, translation, published?.name ?? "", published?.alias);
  resources.push(...invocation.resources);
  const role = roleOf(macro, translation, invocation.policies);
  resources.push(...rolesResource(macro, translation, made, role));
  const target = published?.alias ?? made;
  resources.push(...eventResources(macro, byPath(links), (link) => ({ target, role, link, translation })));
  propagateTags(resources, properties);
  return resources;
}

function checkTogether(id: string, properties: Dict): void {
  const has = (name: string) => !isNothing(properties.get(name));
  const problems: string[] = [];
  for (const other of ["ProvisionedConcurrencyConfig", "VpcConfig"]) {
    if (has("CapacityProviderConfig") && has(other))
      problems.push(`Cannot specify 'CapacityProviderConfig' and '${other}' together.`);
  }
  for (const [name, needed] of [
    ["FunctionScalingConfig", "CapacityProviderConfig"],
    ["VersionDeletionPolicy", "AutoPublishAlias"],
  ] as const) {
    if (has(name) && !has(needed)) problems.push(`'${name}' requires '${needed}'.`);
  }
  if (problems.length > 0) throw badResource(id, problems.join("\n"));
}

function checkDeadLetterQueue(id: string, queue: Value | undefined): void {
  const type = isDict(queue) ? queue.get("Type") : undefined;
  if (!isDict(queue) || !truthy(type) || !truthy(queue.get("TargetArn")))
    throw badResource(id, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.");
  if (!Object.hasOwn(DEAD_LETTER_ACTIONS, expectString(type, { resource: id }, "DeadLetterQueue.Type")))
    throw badResource(id, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
}

function checkTenancy(id: string, properties: Dict): void {
  if (!truthy(properties.get("TenancyConfig"))) return;
  for (const [name, what] of [
    ["ProvisionedConcurrencyConfig", "Provisioned concurrency"],
    ["FunctionUrlConfig", "Function URL"],
    ["SnapStart", "SnapStart"],
  ] as const) {
    if (truthy(properties.get(name)))
      throw badResource(id, `${what} is not supported for functions enabled with tenancy configuration.`);
  }
  for (const event of properties.dict("Events")?.values() ?? []) {
    const type = isDict(event) ? event.get("Type") : undefined;
    if (type !== "Api" && type !== "HttpApi") {
      throw badResource(
        id,
        `Event source '${String(type)}' is not supported for functions enabled with tenancy configuration. ` +
          "Only Api and HttpApi event sources are supported.",
      );
    }
  }
}

/** Properties that the Lambda function has by the same name. */
const SAME = [
  "Handler",
  "Runtime",
  "Description",
  "MemorySize",
  "Timeout",
  "VpcConfig",
  "Role",
  "Environment",
  "KmsKeyArn",
  "ReservedConcurrentExecutions",
  "Layers",
  "FileSystemConfigs",
  "ImageConfig",
  "PackageType",
  "Architectures",
  "SnapStart",
  "EphemeralStorage",
  "CodeSigningConfigArn",
  "RuntimeManagementConfig",
  "LoggingConfig",
  "TenancyConfig",
  "RecursiveLoop",
  "DurableConfig",
  "PublishToLatestPublished",
];

function lambdaFunction(macro: Macro, translation: Translation): Resource {
  const { id, properties, attributes, dependsOn } = macro;
  const when = (name: string) => (truthy(properties.get(name)) ? properties.get(name) : undefined);
  const made = new Resource("AWS::Lambda::Function", id, { attributes, dependsOn });
  const code = codeOf(macro);
  made.set({
    FunctionName: when("FunctionName"),
    ...Object.fromEntries(SAME.map((name) => [name, properties.get(name)])),
    Code: code,
    Tags: createdBySam(id, properties.get("Tags")),
    TracingConfig: isTraced(properties, translation) ? { Mode: properties.get("Tracing") } : undefined,
    DeadLetterConfig: truthy(properties.get("DeadLetterQueue"))
      ? { TargetArn: properties.dict("DeadLetterQueue")?.get("TargetArn") }
      : undefined,
    CapacityProviderConfig: capacityProvider(id, properties.get("CapacityProviderConfig")),
    FunctionScalingConfig: when("FunctionScalingConfig"),
  });
  checkPackage(id, properties, code);
  return made;
}

function isTraced(properties: Dict, { parameters }: Translation): boolean {
  const tracing = properties.get("Tracing");
  return truthy(tracing) && parameters.resolve(tracing) !== "Disabled";
}

function publish(macro: Macro, translation: Translation, made: Resource) {
  const { properties } = macro;
  if (!truthy(properties.get("AutoPublishAlias"))) return undefined;
  const name = aliasName(macro, translation);
  const hash = codeHashOf(macro, translation);
  if (hash !== undefined) {
    // Another description is another version: Lambda publishes none when only the code's place is new.
    const description = translation.parameters.resolve(properties.get("Description"));
    const joined = truthy(description)
      ? typeof description === "string"
        ? `${description} ${hash}`
        : dictOf({ "Fn::Join": [" ", [description, hash]] })
      : hash;
    made.set({ Description: joined });
  }
  const version = publishedVersion(macro, translation, made, hash);
  return { name, version, alias: publishedAlias(macro, name, made, version) };
}

function roleOf(macro: Macro, translation: Translation, invokePolicies: readonly Dict[]): Resource {
  const { id, properties, attributes } = macro;
  const { place } = translation;
  const isDurable = truthy(properties.get("DurableConfig"));
  const basic = isDurable ? "AWSLambdaBasicDurableExecutionRolePolicy" : "AWSLambdaBasicExecutionRole";
  const managed = [`service-role/${basic}`];
  if (isTraced(properties, translation)) managed.push(tracingPolicy(place));
  if (truthy(properties.get("VpcConfig"))) managed.push("service-role/AWSLambdaVPCAccessExecutionRole");
  const queue = properties.dict("DeadLetterQueue");
  const deadLetters = queue && queue.size > 0;
  return executionRole(id, {
    attributes: handedOn(attributes),
    assumeRolePolicy: properties.get("AssumeRolePolicyDocument") ?? assumeRolePolicy("lambda.amazonaws.com"),
    policies: properties.get("Policies"),
    managedPolicyArns: managed.map((name) => managedPolicyArn(place, name)),
    documents: [
      ...(deadLetters
        ? [
            deadLetterPolicy(
              DEAD_LETTER_ACTIONS[String(queue.get("Type"))] ?? "",
              queue.get("TargetArn") ?? "",
            ),
          ]
        : []),
      ...invokePolicies,
    ],
    path: properties.get("RolePath"),
    boundary: properties.get("PermissionsBoundary"),
    tags: createdBySam(id, properties.get("Tags")),
    managedPolicies: translation.managedPolicies,
  });
}

/** The role, where the function uses it: always, never, or under a condition. */
function rolesResource(macro: Macro, translation: Translation, made: Resource, role: Resource): Resource[] {
  const given = made.get("Role");
  if (isNothing(given)) {
    made.set({ Role: role.arn });
    return [role];
  }
  if (!isIf(given)) return [];
  const resolved = translation.parameters.resolve(given);
  const choice = isDict(resolved) ? ifArguments(resolved) : undefined;
  if (!choice) throw badResource(macro.id, `Malformed 'Role' property: ${IF_NEEDS_THREE}.`);
  const [condition, whenTrue, whenFalse] = choice;
  if (isNoValue(whenTrue) && isNoValue(whenFalse)) made.set({ Role: role.arn });
  else if (isNoValue(whenTrue)) {
    made.set({ Role: ifElse(condition, role.arn, whenFalse) });
    role.attributes.set("Condition", condition);
  } else if (isNoValue(whenFalse)) {
    made.set({ Role: ifElse(condition, whenTrue, role.arn) });
    const negated = `NOT${String(condition)}`;
    role.attributes.set("Condition", negated);
    conditionsOf(translation).set(negated, not(String(condition)));
  } else return [];
  return [role];
}
