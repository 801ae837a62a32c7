import { type Dict, dictOf, isDict, isNothing, truthy, type Value } from "../dict.ts";
import { badResource } from "../problems.ts";
import { s3PointerOf } from "../s3-uri.ts";
import type { Macro } from "../schema.ts";

/** A place in S3, of a property that may be an `s3://` address or a map. */
export function s3Location(uri: Value | undefined, id: string, property: string): Dict {
  let pointer: Dict;
  if (isDict(uri)) {
    if (!truthy(uri.get("Bucket")) || !truthy(uri.get("Key")))
      throw badResource(id, `'${property}' requires Bucket and Key properties to be specified.`);
    pointer = uri;
  } else if (typeof uri === "string") {
    const [reference] =
      /{{resolve:(ssm|ssm-secure|secretsmanager):[a-zA-Z0-9_.\-/]+(:\d+)?}}/.exec(uri) ?? [];
    if (reference?.includes("/")) {
      throw badResource(
        id,
        `Unsupported dynamic reference detected in '${property}'. Please consider using alternative ` +
          "'FunctionCode' object format.",
      );
    }
    pointer = s3PointerOf(uri, id, property);
  } else throw badResource(id, `'${property}' must be of type dict or string.`);
  return dictOf({
    S3Bucket: pointer.get("Bucket"),
    S3Key: pointer.get("Key"),
    S3ObjectVersion: pointer.get("Version"),
  });
}

/** Where a function's code is. */
export function codeOf({ id, properties }: Macro): Dict {
  const packageType = truthy(properties.get("PackageType")) ? properties.get("PackageType") : "Zip";
  if (packageType !== "Zip" && packageType !== "Image")
    throw badResource(id, `invalid 'PackageType' : ${String(packageType)}`);
  if (packageType === "Image") {
    const image = properties.get("ImageUri");
    if (isNothing(image)) throw badResource(id, "'ImageUri' must be set.");
    if (!truthy(image))
      throw badResource(id, "'ImageUri' requires that a image hosted at a registry be specified.");
    return dictOf({ ImageUri: image });
  }
  const inline = properties.get("InlineCode");
  const uri = properties.get("CodeUri");
  if (isNothing(inline) && isNothing(uri))
    throw badResource(id, "Only one of 'InlineCode' or 'CodeUri' can be set.");
  const code = isNothing(inline) ? s3Location(uri, id, "CodeUri") : dictOf({ ZipFile: inline });
  const key = properties.get("SourceKMSKeyArn");
  return truthy(key) ? code.set("SourceKMSKeyArn", key) : code;
}

/** What a package's kind needs and what it cannot have. */
export function checkPackage(id: string, properties: Dict, code: Dict): void {
  const has = (name: string) => truthy(properties.get(name));
  const packageType = has("PackageType") ? properties.get("PackageType") : "Zip";
  if (packageType === "Zip") {
    if (!has("Runtime") || !has("Handler")) {
      throw badResource(id, "Runtime and Handler needs to be present when PackageType is of type `Zip`");
    }
    if (truthy(code.get("ImageUri")) || has("ImageConfig")) {
      throw badResource(id, "ImageUri or ImageConfig cannot be present when PackageType is of type `Zip`");
    }
  } else if (has("Handler") || has("Runtime") || has("Layers")) {
    throw badResource(id, "Runtime, Handler, Layers cannot be present when PackageType is of type `Image`");
  }
}
