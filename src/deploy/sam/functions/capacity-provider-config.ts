import { type Dict, dictOf, isDict, truthy, type Value } from "../dict.ts";
import { badResource } from "../problems.ts";

/** A function on a capacity provider, in Lambda's own words. */
export function capacityProvider(id: string, config: Value | undefined): Dict | undefined {
  if (!truthy(config)) return undefined;
  const problems = isDict(config) ? problemsOf(config) : ["value is not a valid dict (type=type_error.dict)"];
  if (problems.length > 0 || !isDict(config)) {
    const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"}`;
    throw badResource(
      id,
      `Invalid CapacityProviderConfig: ${count} for CapacityProviderConfig\n${problems.join("\n")}`,
    );
  }
  return dictOf({
    LambdaManagedInstancesCapacityProviderConfig: {
      CapacityProviderArn: config.get("Arn"),
      PerExecutionEnvironmentMaxConcurrency: config.get("PerExecutionEnvironmentMaxConcurrency") ?? undefined,
      ExecutionEnvironmentMemoryGiBPerVCpu: config.get("ExecutionEnvironmentMemoryGiBPerVCpu") ?? undefined,
    },
  });
}

const MEMBERS = ["Arn", "PerExecutionEnvironmentMaxConcurrency", "ExecutionEnvironmentMemoryGiBPerVCpu"];

function problemsOf(config: Dict): string[] {
  const missing = config.has("Arn") ? [] : ["Arn\n  field required (type=value_error.missing)"];
  const extra = config.keys().filter((name) => !MEMBERS.includes(name));
  return [
    ...missing,
    ...extra.map((name) => `${name}\n  extra fields not permitted (type=value_error.extra)`),
  ];
}
