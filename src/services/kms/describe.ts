import type * as sdk from "@aws-sdk/client-kms";
import { algorithmsOf } from "./key-specs.ts";
import { arnOf, type KeyRecord } from "./records.ts";

/** A key as descriptions show it. */
export function describe(key: KeyRecord): sdk.KeyMetadata {
  const { spec, usage, origin, state, deletion, multiRegion } = key;
  const current = key.materials.at(-1);
  const isEncrypting = spec === "SYMMETRIC_DEFAULT" && current !== undefined;
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: arnOf(key),
    CreationDate: new Date(key.createdMs),
    Enabled: state === "Enabled",
    Description: key.description,
    KeyUsage: usage,
    KeyState: state,
    Origin: origin,
    KeyManager: key.manager,
    CustomerMasterKeySpec: spec as sdk.CustomerMasterKeySpec,
    KeySpec: spec,
    ...algorithmsOf(spec, usage),
    MultiRegion: multiRegion !== undefined,
    ...(multiRegion ? { MultiRegionConfiguration: describeRegions(key, multiRegion) } : {}),
    ...(deletion?.atMs === undefined ? {} : { DeletionDate: new Date(deletion.atMs) }),
    ...(state === "PendingReplicaDeletion" ? { PendingDeletionWindowInDays: deletion?.windowDays } : {}),
    ...(current?.imported && current.secret ? describeImport(current.imported.validToMs) : {}),
    ...(isEncrypting ? { CurrentKeyMaterialId: current.id } : {}),
  };
}

function describeImport(validToMs: number | undefined): Pick<sdk.KeyMetadata, "ExpirationModel" | "ValidTo"> {
  return validToMs === undefined
    ? { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }
    : { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: new Date(validToMs) };
}

function describeRegions(
  key: KeyRecord,
  { primary, replicas }: NonNullable<KeyRecord["multiRegion"]>,
): sdk.MultiRegionConfiguration {
  const inRegion = (region: string) => ({ Arn: arnOf({ ...key, region }), Region: region });
  return {
    MultiRegionKeyType: primary === key.region ? "PRIMARY" : "REPLICA",
    PrimaryKey: inRegion(primary),
    ReplicaKeys: replicas.map(inRegion),
  };
}
