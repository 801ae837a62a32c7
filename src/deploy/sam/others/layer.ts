import { Dict, dictOf, isDict, isList, isNothing, truthy, type Value } from "../dict.ts";
import { s3Location } from "../functions/code.ts";
import { isIntrinsic } from "../intrinsics.ts";
import { logicalId } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro, Schema } from "../schema.ts";
import type { Translation } from "../translation.ts";

export const LAYER: Schema = {
  LayerName: "string|map",
  Description: "string",
  PublishLambdaVersion: "boolean",
  ContentUri: "!string|map",
  CompatibleArchitectures: "list<string|map>",
  CompatibleRuntimes: "list<string|map>",
  LicenseInfo: "string",
  RetentionPolicy: "string",
};

const OPTIONS = "['Retain', 'Delete']";

/** A layer's version, whose id is a hash of all that it is: what changes is published anew. */
export function layerVersion(macro: Macro, translation: Translation): Resource[] {
  const { id, attributes, dependsOn } = macro;
  const properties = macro.properties.shallowCopy();
  for (const name of ["LayerName", "LicenseInfo", "Description", "RetentionPolicy"])
    properties.set(name, textOrMap(id, name, properties.get(name), translation));
  const retention = retentionOf(id, properties.get("RetentionPolicy"));
  const handed = handedOn(attributes);
  if (retention !== undefined) handed.set("DeletionPolicy", retention);
  else if (!handed.has("DeletionPolicy")) handed.set("DeletionPolicy", "Retain");
  const made = new Resource("AWS::Lambda::LayerVersion", versionId(macro, properties), {
    attributes: handed,
    dependsOn,
  });
  const name = properties.get("LayerName");
  made.set({
    LayerName: truthy(name) ? name : id,
    Description: properties.get("Description"),
    Content: s3Location(properties.get("ContentUri"), made.id, "ContentUri"),
    CompatibleArchitectures: properties.get("CompatibleArchitectures"),
    CompatibleRuntimes: properties.get("CompatibleRuntimes"),
    LicenseInfo: properties.get("LicenseInfo"),
  });
  checkArchitectures(made.id, properties.get("CompatibleArchitectures"));
  return [made];
}

function versionId({ id, type, attributes, dependsOn }: Macro, properties: Dict): string {
  const hashed = dictOf({ Type: type });
  if (truthy(dependsOn)) hashed.set("DependsOn", dependsOn);
  for (const name of ["UpdatePolicy", "Condition"])
    if (attributes.has(name)) hashed.set(name, attributes.get(name));
  const some = new Dict();
  for (const [name, value] of properties.entries()) if (!isNothing(value)) some.set(name, value);
  return logicalId(id, dictOf({ [id]: hashed.set("Properties", some) }));
}

function textOrMap(id: string, name: string, value: Value | undefined, { parameters }: Translation) {
  if (!truthy(value)) return value;
  const resolved = parameters.resolve(value);
  if (typeof resolved === "string" || isDict(resolved)) return resolved;
  throw badResource(id, `Could not resolve parameter for '${name}' or parameter is not a String.`);
}

function retentionOf(id: string, given: Value | undefined): string | undefined {
  if (isIntrinsic(given)) {
    throw badResource(
      id,
      "'RetentionPolicy' does not accept intrinsic functions, please use one of the following options: " +
        OPTIONS,
    );
  }
  if (isNothing(given)) return undefined;
  if (typeof given !== "string") {
    throw badResource(
      id,
      `Invalid 'RetentionPolicy' type, please use one of the following options: ${OPTIONS}`,
    );
  }
  const option = ["Retain", "Delete"].find((one) => one.toLowerCase() === given.toLowerCase());
  if (option !== undefined) return option;
  throw badResource(id, `'RetentionPolicy' must be one of the following options: ${OPTIONS}.`);
}

function checkArchitectures(id: string, given: Value | undefined): void {
  for (const one of isList(given) ? given : []) {
    if (!isIntrinsic(one) && one !== "arm64" && one !== "x86_64")
      throw badResource(id, "CompatibleArchitectures needs to be a list of 'x86_64' or 'arm64'");
  }
}
