import type { Blobs } from "../../blobs/blobs.ts";
import type { Store } from "../../store/store.ts";
import { type LayerId, type LayerVersionRecord, readLayerVersion } from "./layer-records.ts";
import { isVersionNumber } from "./names.ts";
import { type FunctionId, readVersion, type VersionRecord } from "./records.ts";

const PREFIX = "/_nuage/lambda/code/";
/** Before a layer's name; no function's name has a colon. */
const LAYER = "layer:";

/**
 * Where a version's zip can be downloaded. AWS gives a presigned URL of a bucket of its own; here it is
 * a page of the platform.
 */
export function codeLocation(endpoint: string, id: FunctionId, version: VersionRecord): string {
  // No part needs escaping, $LATEST without its sign included.
  const number = version.version.replace("$", "");
  return `${endpoint}${PREFIX}${id.account}/${id.region}/${id.name}/${number}/${version.build}`;
}

/** The same for a layer version. */
export function layerLocation(
  endpoint: string,
  id: LayerId,
  { version, codeBlob }: LayerVersionRecord,
): string {
  return `${endpoint}${PREFIX}${id.account}/${id.region}/layer:${id.name}/${version}/${codeBlob}`;
}

/** The zip that a code location points at, or undefined when the path is none, or of code long replaced. */
export async function downloadCode(
  store: Store,
  blobs: Blobs,
  path: string,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (!path.startsWith(PREFIX)) return undefined;
  const [account = "", region = "", name = "", number = "", build] = path.slice(PREFIX.length).split("/");
  const id = { account, region, name };
  const version = number === "LATEST" ? "$LATEST" : number;
  if (version !== "$LATEST" && !isVersionNumber(version)) return undefined;
  if (name.startsWith(LAYER)) {
    const layer = { ...id, name: name.slice(LAYER.length) };
    const found = await store.transact((tx) => readLayerVersion(tx, layer, Number(version)));
    return found?.codeBlob === build && found ? blobs.read(found.codeBlob) : undefined;
  }
  const record = await store.transact((tx) => readVersion(tx, id, version));
  if (record?.build !== build || record === undefined) return undefined;
  return blobs.read(record.codeBlob);
}
