import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClientConfig, type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let client: sdk.SecretsManagerClient;
let west: sdk.SecretsManagerClient;

class West extends sdk.SecretsManagerClient {
  constructor(config: ClientConfig) {
    super({ ...config, region: "eu-west-1" });
  }
}

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.SecretsManagerClient);
  west = nuage.client(West);
});
afterAll(() => nuage.stop());

const AddReplicaRegions = [{ Region: "eu-west-1" }];
const create = (Name: string, more: Partial<sdk.CreateSecretCommandInput> = {}) =>
  client.send(new sdk.CreateSecretCommand({ Name, SecretString: "first", ...more }));
const put = (SecretId: string, SecretString: string, by = client) =>
  by.send(new sdk.PutSecretValueCommand({ SecretId, SecretString }));
const there = (SecretId: string) => west.send(new sdk.GetSecretValueCommand({ SecretId }));

test("a replica has the value of its primary secret, and follows it", async () => {
  const made = await create("spread", { AddReplicaRegions });
  expect(made.ReplicationStatus).toMatchObject([{ Region: "eu-west-1", Status: "InSync" }]);
  const found = await there("spread");
  expect(found.ARN).toBe(made.ARN?.replace("us-east-1", "eu-west-1"));
  expect(found).toMatchObject({ SecretString: "first", VersionId: made.VersionId });
  await put("spread", "second");
  await client.send(new sdk.UpdateSecretCommand({ SecretId: "spread", Description: "everywhere" }));
  expect((await there("spread")).SecretString).toBe("second");
  const described = await west.send(new sdk.DescribeSecretCommand({ SecretId: "spread" }));
  expect(described).toMatchObject({ Description: "everywhere", PrimaryRegion: "us-east-1" });
});

test("a replica is changed with its primary secret only", async () => {
  await create("bound", { AddReplicaRegions });
  await expect(put("bound", "x", west)).rejects.toThrow("Operation not permitted on a replica secret.");
  await expect(client.send(new sdk.DeleteSecretCommand({ SecretId: "bound" }))).rejects.toThrow(
    "You can't delete secret bound that still has replica regions [eu-west-1]",
  );
  await west.send(new sdk.StopReplicationToReplicaCommand({ SecretId: "bound" }));
  await put("bound", "own", west);
  await put("bound", "home");
  expect((await there("bound")).SecretString).toBe("own");
  await client.send(new sdk.DeleteSecretCommand({ SecretId: "bound" }));
});

test("replicas are added and removed", async () => {
  await create("later");
  await client.send(new sdk.ReplicateSecretToRegionsCommand({ SecretId: "later", AddReplicaRegions }));
  expect((await there("later")).SecretString).toBe("first");
  const removed = await client.send(
    new sdk.RemoveRegionsFromReplicationCommand({ SecretId: "later", RemoveReplicaRegions: ["eu-west-1"] }),
  );
  expect(removed.ReplicationStatus).toEqual([]);
  await expect(there("later")).rejects.toThrow("can't find the specified secret.");
});

test("a secret of the same name is in the way, unless it may be overwritten", async () => {
  await west.send(new sdk.CreateSecretCommand({ Name: "clash", SecretString: "other" }));
  const made = await create("clash", { AddReplicaRegions });
  expect(made.ReplicationStatus).toMatchObject([{ Region: "eu-west-1", Status: "Failed" }]);
  expect((await there("clash")).SecretString).toBe("other");
  const again = await client.send(
    new sdk.ReplicateSecretToRegionsCommand({
      SecretId: "clash",
      AddReplicaRegions,
      ForceOverwriteReplicaSecret: true,
    }),
  );
  expect(again.ReplicationStatus).toMatchObject([{ Status: "InSync" }]);
  expect((await there("clash")).SecretString).toBe("first");
});
