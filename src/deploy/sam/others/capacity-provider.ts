import { Dict, dictOf, isDict, isList, isNothing, truthy, type Value } from "../dict.ts";
import { badResource } from "../problems.ts";
import { managedPolicyArn } from "../region.ts";
import { handedOn, Resource, tagList } from "../resource.ts";
import { assumeRolePolicy } from "../roles/policies.ts";
import type { Macro, Schema } from "../schema.ts";
import { addTags } from "../tags.ts";
import type { Translation } from "../translation.ts";

export const CAPACITY_PROVIDER: Schema = {
  CapacityProviderName: "string|map~",
  VpcConfig: "!map~",
  OperatorRole: "string|map~",
  Tags: "map~",
  PropagateTags: "boolean~",
  InstanceRequirements: "map~",
  ScalingConfig: "map~",
  KmsKeyArn: "string|map~",
};

/** Instances on which functions run, and the role that operates them. */
export function transformCapacityProvider(macro: Macro, { place }: Translation): Resource[] {
  const { id, properties, attributes, dependsOn } = macro;
  check(id, properties);
  const when = (name: string) => (truthy(properties.get(name)) ? properties.get(name) : undefined);
  const tags = properties.dict("Tags")?.shallowCopy() ?? new Dict();
  const role = when("OperatorRole")
    ? undefined
    : new Resource("AWS::IAM::Role", `${id}OperatorRole`, { attributes: handedOn(attributes) }).set({
        AssumeRolePolicyDocument: assumeRolePolicy("lambda.amazonaws.com"),
        ManagedPolicyArns: [managedPolicyArn(place, "AWSLambdaManagedEC2ResourceOperator")],
        Tags: tagList(dictOf({ "lambda:createdBy": "SAM" })),
      });
  const network = properties.dict("VpcConfig") ?? new Dict();
  const provider = new Resource("AWS::Lambda::CapacityProvider", id, { attributes, dependsOn }).set({
    CapacityProviderName: when("CapacityProviderName"),
    VpcConfig: {
      SubnetIds: network.get("SubnetIds"),
      SecurityGroupIds: network.get("SecurityGroupIds") ?? undefined,
    },
    PermissionsConfig: { CapacityProviderOperatorRoleArn: role?.arn ?? properties.get("OperatorRole") },
    Tags: tagList(tags.set("lambda:createdBy", "SAM")),
    InstanceRequirements: requirements(properties.dict("InstanceRequirements")),
    CapacityProviderScalingConfig: scaling(properties.dict("ScalingConfig")),
    KmsKeyArn: when("KmsKeyArn"),
  });
  const resources = [...(role ? [role] : []), provider];
  addTags(resources, properties);
  return resources;
}

function requirements(given: Dict | undefined) {
  if (!given?.values().some((value) => !isNothing(value))) return undefined;
  return dictOf({
    Architectures: given.get("Architectures") ?? undefined,
    AllowedInstanceTypes: given.get("AllowedTypes") ?? undefined,
    ExcludedInstanceTypes: given.get("ExcludedTypes") ?? undefined,
  });
}

function scaling(given: Dict | undefined) {
  if (!given?.values().some((value) => !isNothing(value))) return undefined;
  const utilization = given.get("AverageCPUUtilization");
  const policy = {
    PredefinedMetricType: "LambdaCapacityProviderAverageCPUUtilization",
    TargetValue: utilization,
  };
  return dictOf({
    MaxVCpuCount: given.get("MaxVCpuCount") ?? undefined,
    ScalingMode: isNothing(utilization) ? "Auto" : "Manual",
    ScalingPolicies: isNothing(utilization) ? undefined : [policy],
  });
}

const MEMBERS: Readonly<Record<string, Readonly<Record<string, "list" | "integer" | "number">>>> = {
  VpcConfig: { SecurityGroupIds: "list", SubnetIds: "list" },
  InstanceRequirements: { Architectures: "list", AllowedTypes: "list", ExcludedTypes: "list" },
  ScalingConfig: { MaxVCpuCount: "integer", AverageCPUUtilization: "number" },
};

/** All that is wrong with it, in one. */
function check(id: string, properties: Dict): void {
  const problems: string[] = [];
  for (const [name, members] of Object.entries(MEMBERS)) {
    const given = properties.get(name);
    if (isNothing(given) || !isDict(given)) continue;
    if (name === "VpcConfig" && isNothing(given.get("SubnetIds"))) {
      const what = given.has("SubnetIds") ? "none is not an allowed value" : "is required";
      problems.push(`Property 'VpcConfig.SubnetIds' ${what}.`);
    }
    for (const [member, kind] of Object.entries(members)) {
      const value = given.get(member);
      if (!isNothing(value) && !isOfKind(value, kind))
        problems.push(`Property '${name}.${member}' value must be dictionary or ${kind}.`);
    }
    for (const member of given.keys())
      if (!Object.hasOwn(members, member))
        problems.push(`Property '${name}.${member}' is an invalid property.`);
  }
  if (problems.length > 0) throw badResource(id, problems.join(" "));
  const types = properties.dict("InstanceRequirements");
  if (!isNothing(types?.get("AllowedTypes")) && !isNothing(types?.get("ExcludedTypes"))) {
    throw badResource(
      id,
      "Cannot specify 'InstanceRequirements.AllowedTypes' and 'InstanceRequirements.ExcludedTypes' together.",
    );
  }
}

function isOfKind(value: Value, kind: "list" | "integer" | "number"): boolean {
  if (isDict(value)) return true;
  if (kind === "list") return isList(value);
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && (kind === "number" ? !Number.isNaN(number) : Number.isInteger(number));
}
