import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { replicationOf } from "./describe.ts";
import { fault } from "./faults.ts";
import { requireChangeable, requireLive } from "./finding.ts";
import {
  arnOf,
  asReplica,
  deleteSecret,
  isReplica,
  type ReplicaRecord,
  read,
  type SecretRecord,
  secretKey,
  type ValueRecord,
  valueKey,
  write,
  writeSecret,
} from "./records.ts";
import { seal, unseal } from "./sealing.ts";

/** The same secret in other Regions. */
export const replicas = {
  async ReplicateSecretToRegions(input, context) {
    const secret = await replicate(
      context,
      input.SecretId,
      input.AddReplicaRegions ?? [],
      input.ForceOverwriteReplicaSecret ?? false,
    );
    return { ARN: arnOf(secret), ReplicationStatus: replicationOf(secret) };
  },

  async RemoveRegionsFromReplication(input, context) {
    const gone = input.RemoveReplicaRegions ?? [];
    const secret = await context.store.transact(async (tx) => {
      const found = await requireChangeable(tx, context, input.SecretId);
      const unknown = gone.find((one) => !found.replicas.some(({ region }) => region === one));
      if (unknown !== undefined) {
        throw fault("InvalidParameterException", `The secret is not replicated to region ${unknown}.`);
      }
      for (const { region, status } of found.replicas) {
        if (gone.includes(region) && status === "InSync") deleteSecret(tx, { ...found, region });
      }
      const left = withReplicas(
        found,
        found.replicas.filter(({ region }) => !gone.includes(region)),
      );
      await writeSecret(tx, left);
      return left;
    });
    return { ARN: arnOf(secret), ReplicationStatus: replicationOf(secret) };
  },

  async StopReplicationToReplica(input, context) {
    const secret = await context.store.transact(async (tx) => {
      const found = await requireLive(tx, context, input.SecretId);
      if (!isReplica(found)) {
        throw fault("InvalidRequestException", "Operation not permitted on a secret that is not a replica.");
      }
      const { account, region, name, primaryRegion: home = "" } = found;
      const { primaryRegion: _, rotation: __, ...own } = found;
      write(tx, secretKey(found, name), own);
      const primary = await read<SecretRecord>(tx, secretKey({ account, region: home }, name));
      if (primary) {
        const others = primary.replicas.filter((replica) => replica.region !== region);
        await writeSecret(tx, withReplicas(primary, others));
      }
      return found;
    });
    return { ARN: arnOf(secret) };
  },
} satisfies Handlers<typeof sdk>;

const withReplicas = (secret: SecretRecord, all: readonly ReplicaRecord[]): SecretRecord => ({
  ...secret,
  replicas: all,
  primaryRegion: all.length > 0 ? secret.region : undefined,
});

/** Has a secret in more Regions; gives it as it is then. */
export async function replicate(
  context: Context,
  named: string | undefined,
  asked: readonly sdk.ReplicaRegionType[],
  overwrites: boolean,
): Promise<SecretRecord> {
  const before = await context.store.transact((tx) => requireChangeable(tx, context, named));
  const wanted = asked.map(({ Region = "", KmsKeyId }) => ({ region: Region, kmsKeyId: KmsKeyId }));
  if (wanted.some(({ region }) => region === before.region)) {
    throw fault("InvalidParameterException", "Invalid replica region: it is the region of the secret.");
  }
  const copies: Copy[] = [];
  for (const { region, kmsKeyId } of wanted) {
    const known = before.replicas.find((one) => one.region === region && one.status === "InSync");
    if (!known) copies.push(await copyTo(context, before, region, kmsKeyId || undefined));
  }
  return context.store.transact(async (tx) => {
    const secret = await requireChangeable(tx, context, named);
    const added: ReplicaRecord[] = [];
    for (const copy of copies) added.push(await place(tx, secret, copy, overwrites));
    const kept = secret.replicas.filter(({ region }) => !copies.some((copy) => copy.region === region));
    const all = [...kept, ...added];
    const primary = withReplicas(secret, all);
    for (const { region, kmsKeyId } of added.filter(({ status }) => status === "InSync")) {
      write(
        tx,
        secretKey({ ...secret, region }, secret.name),
        asReplica(primary, { region, kmsKeyId, accessedMs: undefined }),
      );
    }
    await writeSecret(tx, primary);
    return primary;
  });
}

interface Copy {
  readonly region: string;
  readonly kmsKeyId: string | undefined;
  readonly values: readonly { readonly id: string; readonly value: ValueRecord }[];
}

/** A secret's values, encrypted for another Region. */
async function copyTo(
  context: Context,
  secret: SecretRecord,
  region: string,
  kmsKeyId: string | undefined,
): Promise<Copy> {
  const replica = asReplica(secret, { region, kmsKeyId, accessedMs: undefined });
  const values: { id: string; value: ValueRecord }[] = [];
  for (const { id } of secret.versions) {
    const value = await context.store.transact((tx) =>
      read<ValueRecord>(tx, valueKey(secret, secret.name, id)),
    );
    if (!value) continue;
    values.push({ id, value: await seal(context, replica, id, await unseal(context, secret, id, value)) });
  }
  return { region, kmsKeyId, values };
}

/** Puts a copy into its Region, unless there is another secret of the name. */
async function place(
  tx: Transaction,
  secret: SecretRecord,
  { region, kmsKeyId, values }: Copy,
  overwrites: boolean,
): Promise<ReplicaRecord> {
  const there = await read<SecretRecord>(tx, secretKey({ ...secret, region }, secret.name));
  if (there && !overwrites) {
    const message = `Replication failed: Secret name ${secret.name} already exists in region ${region}.`;
    return { region, kmsKeyId, status: "Failed", message };
  }
  if (there) deleteSecret(tx, there);
  for (const { id, value } of values) write(tx, valueKey({ ...secret, region }, secret.name, id), value);
  return { region, kmsKeyId, status: "InSync" };
}
