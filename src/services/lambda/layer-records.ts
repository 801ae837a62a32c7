import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import { addTotal, codeUseKey } from "./records.ts";

/** What is kept of a layer while versions of it come and go. */
export interface LayerRecord {
  readonly v: 1;
  /** Numbers are never used again, not even when all versions are deleted. */
  readonly nextVersion: number;
}

/** One version of a layer. It never changes. */
export interface LayerVersionRecord extends LayerContent {
  readonly v: 1;
  readonly name: string;
  readonly version: number;
  readonly createdMs: number;
  readonly description: string;
  readonly license?: string;
  readonly runtimes?: readonly string[];
  readonly architectures?: readonly string[];
}

/** A layer version's resource policy: statements as JSON text, in the order they were added. */
export interface LayerPolicyRecord {
  readonly v: 1;
  readonly revisionId: string;
  readonly statements: readonly string[];
}

/** The files of a layer version. */
export interface LayerContent {
  readonly codeBlob: string;
  /** In base64, as AWS gives it. */
  readonly codeSha256: string;
  readonly codeSizeBytes: number;
  readonly unzippedBytes: number;
}

/** Where a layer lives. */
export interface LayerId extends Scope {
  readonly name: string;
}

const at = ({ account, region }: Scope, ...rest: string[]): Key => ["lambda", account, region, ...rest];
const layerKey = (id: LayerId) => at(id, "layer", id.name);
const versionKey = (id: LayerId, version: number): Key => [...at(id, "layerVersion", id.name), version];
const policyKey = (id: LayerId, version: number): Key => [...at(id, "layerPolicy", id.name), version];
/** No function's name has a colon. */
const useKey = (id: LayerId, { codeBlob, version }: LayerVersionRecord): Key =>
  codeUseKey(codeBlob, { ...id, name: `layer:${id.name}` }, String(version));

export async function readLayer(tx: Transaction, id: LayerId): Promise<LayerRecord | undefined> {
  return (await tx.get(layerKey(id))) as LayerRecord | undefined;
}

export async function readLayerVersion(tx: Transaction, id: LayerId, version: number) {
  return (await tx.get(versionKey(id, version))) as unknown as LayerVersionRecord | undefined;
}

/** Adds a version, which uses its blob and counts in the account's code. */
export function addLayerVersion(tx: Transaction, id: LayerId, record: LayerVersionRecord): void {
  tx.set(layerKey(id), { v: 1, nextVersion: record.version + 1 });
  tx.set(versionKey(id, record.version), record as unknown as Value);
  tx.set(useKey(id, record), null);
  addTotal(tx, id, "codeBytes", record.codeSizeBytes);
}

/** Functions that have it keep it: they use its blob themselves. */
export function deleteLayerVersion(tx: Transaction, id: LayerId, record: LayerVersionRecord): void {
  tx.delete(versionKey(id, record.version));
  tx.delete(policyKey(id, record.version));
  tx.delete(useKey(id, record));
  addTotal(tx, id, "codeBytes", -record.codeSizeBytes);
}

/** The names of the layers of an account and Region, those after `after` first. */
export async function* layersOf(tx: Transaction, scope: Scope, after?: string): AsyncIterable<string> {
  const prefix = at(scope, "layer");
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key] of tx.range(range)) yield String(key.at(-1));
}

/** A layer's versions, the latest first; those before `before` only. */
export async function* layerVersionsOf(tx: Transaction, id: LayerId, before?: number) {
  const prefix = at(id, "layerVersion", id.name);
  const range = before === undefined ? { prefix } : { prefix, lt: [...prefix, before] };
  for await (const [, value] of tx.range(range, { reverse: true })) {
    yield value as unknown as LayerVersionRecord;
  }
}

export async function readLayerPolicy(tx: Transaction, id: LayerId, version: number) {
  return (await tx.get(policyKey(id, version))) as unknown as LayerPolicyRecord | undefined;
}

export function writeLayerPolicy(
  tx: Transaction,
  id: LayerId,
  version: number,
  record: LayerPolicyRecord,
): void {
  if (record.statements.length > 0) tx.set(policyKey(id, version), record as unknown as Value);
  else tx.delete(policyKey(id, version));
}
