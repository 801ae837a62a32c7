import { type Dict, dictOf, type Value } from "./dict.ts";
import { badResource } from "./problems.ts";

/** Bucket, key and version of `s3://bucket/key?versionId=v`. */
export function s3PointerOf(uri: Value | undefined, id: string, property: string): Dict {
  const [, bucket, path, query = ""] =
    typeof uri === "string" ? (/^s3:\/\/([^/?#]+)(\/[^?#]*)(?:\?([^#]*))?/i.exec(uri) ?? []) : [];
  if (!bucket || !path || /[[\]]/.test(bucket)) {
    throw badResource(
      id,
      `'${property}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId ` +
        "query parameter.",
    );
  }
  const versions = new URLSearchParams(query).getAll("versionId").filter((version) => version !== "");
  return dictOf({
    Bucket: bucket,
    Key: path.replace(/^\/+/, ""),
    Version: versions.length === 1 ? versions[0] : undefined,
  });
}

/** Where an API's or a state machine's definition is. */
export function definitionLocation(uri: Value | undefined, id: string): Dict {
  const pointer = uri instanceof Object && !Array.isArray(uri) ? uri : s3PointerOf(uri, id, "DefinitionUri");
  if (!pointer.get("Bucket") || !pointer.get("Key"))
    throw badResource(id, "'DefinitionUri' requires Bucket and Key properties to be specified.");
  return dictOf({
    Bucket: pointer.get("Bucket"),
    Key: pointer.get("Key"),
    Version: pointer.get("Version"),
  });
}
