import { truthy, type Value } from "../dict.ts";
import { isIntrinsic } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import type { Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import type { Translation } from "../translation.ts";

/** Takes a function's preference down, and has its alias updated by CodeDeploy. */
export function addDeployment(macro: Macro, translation: Translation, alias: Resource | undefined): void {
  const { id, properties, attributes } = macro;
  const preference = properties.dict("DeploymentPreference");
  if (!preference || preference.size === 0) return;
  const { parameters, mappings, deployments } = translation;
  const known = (value: Value | undefined) => mappings.resolve(parameters.resolve(value));
  for (const name of ["Enabled", "Type"])
    if (preference.has(name)) preference.set(name, known(preference.get(name)));
  const passed = preference.has("PassthroughCondition")
    ? booleanOf(id, known(preference.get("PassthroughCondition")))
    : false;
  preference.set("PassthroughCondition", passed);
  const tags = truthy(properties.get("PropagateTags")) ? properties.dict("Tags") : undefined;
  deployments.add(id, preference, attributes.get("Condition"), tags);
  if (!deployments.isEnabled(id)) return;
  if (!alias)
    throw badResource(id, "'DeploymentPreference' requires AutoPublishAlias property to be specified.");
  alias.attributes.set("UpdatePolicy", deployments.updatePolicy(id));
}

function booleanOf(id: string, value: Value | undefined): boolean {
  if (value === true || value === "true" || value === "True" || value === 1) return true;
  if (value === false || value === "false" || value === "False" || value === 0) return false;
  if (isIntrinsic(value)) {
    throw badResource(
      id,
      "Unsupported intrinsic: the only intrinsic functions supported for property PassthroughCondition are " +
        "FindInMap and parameter Refs.",
    );
  }
  throw badResource(id, "Invalid value for property PassthroughCondition.");
}
