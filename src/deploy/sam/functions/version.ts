import { Dict, isDict, isList, truthy, type Value } from "../dict.ts";
import { getAtt, referredId } from "../intrinsics.ts";
import { logicalId } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import { madeResources, type Translation } from "../translation.ts";

/**
 * The version that is published when the function's code changes, or its environment, its memory or its
 * snapshots: its id is a hash of these, so CloudFormation makes another when they differ.
 */
export function publishedVersion(
  macro: Macro,
  translation: Translation,
  made: Resource,
  codeHash: string | undefined,
): Resource {
  const { id, properties, attributes } = macro;
  const data = truthy(properties.get("AutoPublishAliasAllProperties"))
    ? allProperties(made, translation)
    : changingProperties(made, translation);
  const handed = handedOn(attributes);
  if (!handed.has("DeletionPolicy")) {
    const provider = isDict(properties.get("CapacityProviderConfig"));
    handed.set("DeletionPolicy", properties.get("VersionDeletionPolicy") ?? (provider ? "Delete" : "Retain"));
  }
  const version = new Resource("AWS::Lambda::Version", logicalId(`${id}Version`, data, codeHash), {
    attributes: handed,
  });
  return version.set({
    FunctionName: made.ref,
    Description: properties.get("VersionDescription"),
    FunctionScalingConfig: isDict(properties.get("CapacityProviderConfig"))
      ? properties.get("FunctionScalingConfig")
      : undefined,
  });
}

function changingProperties(made: Resource, { parameters }: Translation): Dict {
  const code = parameters.resolve(made.get("Code"));
  const data = isDict(code) ? code.shallowCopy() : new Dict();
  const environment = made.get("Environment");
  if (isDict(environment)) data.update(environment);
  if (truthy(made.get("MemorySize"))) data.set("MemorySize", made.get("MemorySize"));
  const snapshots = made.get("SnapStart");
  if (isDict(snapshots) && (snapshots.get("ApplyOn") ?? "None") !== "None") data.set("SnapStart", snapshots);
  return data;
}

/** All of the function, and those layers that ask for it. */
function allProperties(made: Resource, translation: Translation): Dict {
  translation.parameters.resolve(made.get("Code"));
  const data = made.toDict().dict("Properties") ?? new Dict();
  const layers = made.get("Layers");
  for (const layer of isList(layers) ? layers : []) {
    const id = referredId(layer);
    const properties = id === undefined ? undefined : madeResources(translation).dict(id)?.dict("Properties");
    if (id !== undefined && properties && truthy(properties.get("PublishLambdaVersion")))
      data.set(id, properties);
  }
  return data;
}

/** The alias that points to the version. */
export function publishedAlias(macro: Macro, name: string, made: Resource, version: Resource): Resource {
  const { id, properties, attributes } = macro;
  if (!name) throw badResource(id, "Alias name is required to create an alias");
  if (!/^(?!^[0-9]+$)([a-zA-Z0-9\-_]+)$/.test(name)) {
    throw badResource(
      id,
      `AutoPublishAlias name ('${name}') must contain only alphanumeric characters, hyphens, or ` +
        "underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.",
    );
  }
  const suffix = name.replaceAll("-", "D").replaceAll("_", "U");
  const concurrency = properties.get("ProvisionedConcurrencyConfig");
  return new Resource("AWS::Lambda::Alias", `${made.id}Alias${suffix}`, {
    attributes: handedOn(attributes),
  }).set({
    Name: name,
    FunctionName: made.ref,
    FunctionVersion: getAtt(version.id, "Version"),
    ProvisionedConcurrencyConfig: truthy(concurrency) ? concurrency : undefined,
  });
}

/** The alias's name and the hash of the code, of properties that may be parameters. */
export function aliasName({ id, properties }: Macro, { parameters }: Translation): string {
  const name = parameters.resolve(properties.get("AutoPublishAlias"));
  if (typeof name === "string") return name;
  throw badResource(id, "'AutoPublishAlias' must be a string or a Ref to a template parameter");
}

export function codeHashOf({ id, properties }: Macro, { parameters }: Translation): string | undefined {
  const given: Value | undefined = properties.get("AutoPublishCodeSha256");
  if (!truthy(given)) return undefined;
  const hash = parameters.resolve(given);
  if (typeof hash === "string") return hash;
  throw badResource(id, "AutoPublishCodeSha256 must be a string");
}
