// The layers that a function's configuration names.
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { accessDenied, fault } from "./faults.ts";
import { layerArn, layerVersionArn, parseLayerVersion } from "./layer-names.ts";
import { type LayerId, readLayerPolicy, readLayerVersion } from "./layer-records.ts";
import { LARGEST_UNZIPPED_BYTES, MOST_LAYERS } from "./limits.ts";
import { policyAllows, type Statement } from "./policy.ts";
import type { LayerUse } from "./records.ts";

/**
 * The layers as a version keeps them, in the order they are laid over each other. What a function has of a
 * layer stays when the layer version is deleted.
 */
export async function findLayers(
  tx: Transaction,
  { scope, principal }: Pick<Context, "scope" | "principal">,
  arns: readonly string[],
): Promise<LayerUse[]> {
  if (arns.length > MOST_LAYERS) throw invalid(`Cannot reference more than ${MOST_LAYERS} layers.`);
  const named = arns.map((arn) => parseLayerVersion(arn, "layers"));
  checkRegions(named, scope);
  checkVersions(named);
  const uses: LayerUse[] = [];
  for (const { id, version } of named) {
    const arn = layerVersionArn(id, version);
    if (id.account !== scope.account) await checkPermission(tx, id, version, principal);
    const record = await readLayerVersion(tx, id, version);
    if (!record) throw invalid(`Layer version ${arn} does not exist.`);
    const { codeBlob, codeSha256, codeSizeBytes, unzippedBytes } = record;
    uses.push({ arn, codeBlob, codeSha256, codeSizeBytes, unzippedBytes });
  }
  return uses;
}

/** A function's code and its layers, unzipped, must fit together. */
export function checkUnzipped(codeBytes: number, layers: readonly LayerUse[]): void {
  const bytes = layers.reduce((sum, layer) => sum + layer.unzippedBytes, codeBytes);
  if (bytes <= LARGEST_UNZIPPED_BYTES) return;
  throw invalid(
    "Function code combined with layers exceeds the maximum allowed size of " +
      `${LARGEST_UNZIPPED_BYTES} bytes. The actual size is ${bytes} bytes.`,
  );
}

interface Named {
  readonly id: LayerId;
  readonly version: number;
}

function checkRegions(layers: readonly Named[], { region }: Scope): void {
  if (layers.every(({ id }) => id.region === region)) return;
  throw invalid(
    `Layers are not in the same region as the function. Layers are expected to be in region ${region}.`,
  );
}

function checkVersions(layers: readonly Named[]): void {
  const seen = new Map<string, string>();
  for (const { id, version } of layers) {
    const arn = layerVersionArn(id, version);
    const other = seen.get(layerArn(id));
    if (other) {
      throw invalid(
        "Two different versions of the same layer are not allowed to be referenced in the same function. " +
          `${other} and ${arn} are versions of the same layer.`,
      );
    }
    seen.set(layerArn(id), arn);
  }
}

/** A layer of another account must have been shared. */
export async function checkPermission(
  tx: Transaction,
  id: LayerId,
  version: number,
  caller: Context["principal"],
): Promise<void> {
  const resource = layerVersionArn(id, version);
  const { statements = [] } = (await readLayerPolicy(tx, id, version)) ?? {};
  const parsed = statements.map((text) => JSON.parse(text) as Statement);
  if (policyAllows(parsed, { caller, action: "lambda:GetLayerVersion", resource, keys: {} })) return;
  throw accessDenied(
    `User: ${caller.arn} is not authorized to perform: lambda:GetLayerVersion on resource: ${resource} ` +
      "because no resource-based policy allows the lambda:GetLayerVersion action",
  );
}

const invalid = (message: string) => fault("InvalidParameterValueException", message);
