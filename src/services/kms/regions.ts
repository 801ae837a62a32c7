// Multi-Region keys: the same id and material in several Regions.
import type * as sdk from "@aws-sdk/client-kms";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { describe } from "./describe.ts";
import { denied, fault } from "./faults.ts";
import { checkEnabled, requireOwnKey } from "./finding.ts";
import { checkPolicy, defaultPolicy } from "./policies.ts";
import { arnOf, type KeyRecord, keyKey, read, writeKey } from "./records.ts";
import { listTags, withTags } from "./tags.ts";

export const regions = {
  async ReplicateKey(input, context) {
    const { ReplicaRegion: region = "" } = input;
    const { account } = context.scope;
    const policy = input.Policy === undefined ? defaultPolicy(account) : checkPolicy(input, account);
    const tags = withTags({}, input.Tags);
    const replica = await context.store.transact(async (tx) => {
      const key = await requirePrimary(tx, context, "ReplicateKey", input.KeyId);
      if (await tx.get(keyKey({ account, region }, key.id))) {
        throw fault("AlreadyExistsException", `${arnOf({ ...key, region })} already exists`);
      }
      const { deletion: _, rotation: __, ...shared } = key;
      const multiRegion = {
        primary: key.region,
        replicas: [...(key.multiRegion?.replicas ?? []), region].sort(),
      };
      const made: KeyRecord = {
        ...shared,
        region,
        description: input.Description ?? "",
        createdMs: context.clock.now(),
        state: key.origin === "EXTERNAL" ? "PendingImport" : "Enabled",
        materials: key.origin === "EXTERNAL" ? [] : key.materials,
        policy,
        tags,
        multiRegion,
      };
      writeKey(tx, made);
      writeKey(tx, { ...key, multiRegion });
      await changeRelated(tx, made, (other) => ({ ...other, multiRegion }));
      return made;
    });
    return {
      ReplicaKeyMetadata: describe(replica),
      ReplicaPolicy: replica.policy,
      ReplicaTags: listTags(replica.tags),
    };
  },

  async UpdatePrimaryRegion(input, context) {
    const { PrimaryRegion: region = "" } = input;
    await context.store.transact(async (tx) => {
      const key = await requirePrimary(tx, context, "UpdatePrimaryRegion", input.KeyId);
      const replicas = key.multiRegion?.replicas ?? [];
      if (region === key.region) return;
      if (!replicas.includes(region)) {
        throw fault("NotFoundException", `Key '${arnOf({ ...key, region })}' does not exist`);
      }
      const multiRegion = {
        primary: region,
        replicas: [...replicas.filter((one) => one !== region), key.region].sort(),
      };
      const { rotation, ...rest } = key;
      writeKey(tx, { ...rest, multiRegion });
      await changeRelated(tx, key, (other) => ({
        ...other,
        multiRegion,
        ...(other.region === region && rotation ? { rotation } : {}),
      }));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function requirePrimary(
  tx: Transaction,
  context: Context,
  operation: string,
  named: string | undefined,
): Promise<KeyRecord> {
  const key = await requireOwnKey(tx, context, named, (arn) => denied(context.principal.arn, operation, arn));
  if (key.multiRegion?.primary !== key.region) {
    throw fault("UnsupportedOperationException", `${arnOf(key)} is not a multi-Region primary key.`);
  }
  checkEnabled(key);
  return key;
}

/** Changes the same key in the other Regions, wherever it is. */
export async function changeRelated(
  tx: Transaction,
  key: KeyRecord,
  change: (other: KeyRecord) => KeyRecord,
): Promise<void> {
  const { primary, replicas = [] } = key.multiRegion ?? {};
  for (const region of [primary, ...replicas]) {
    if (region === undefined || region === key.region) continue;
    const other = await read<KeyRecord>(tx, keyKey({ account: key.account, region }, key.id));
    if (other) writeKey(tx, change(other));
  }
}
