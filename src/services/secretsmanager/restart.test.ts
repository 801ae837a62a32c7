import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, expect, test } from "vitest";
import { startNuage } from "../../testing/index.ts";

const data = await mkdtemp(join(tmpdir(), "nuage-secrets-"));
afterAll(() => rm(data, { recursive: true, force: true }));

test("secrets can be read after a restart, and go away when their days are over", async () => {
  const first = await startNuage({ data });
  const before = first.client(sdk.SecretsManagerClient);
  for (const Name of ["kept", "leaving"]) {
    await before.send(new sdk.CreateSecretCommand({ Name, SecretString: Name }));
  }
  await before.send(new sdk.DeleteSecretCommand({ SecretId: "leaving", RecoveryWindowInDays: 7 }));
  await first.stop();

  await using second = await startNuage({ data });
  const client = second.client(sdk.SecretsManagerClient);
  await second.advance("8 days");
  await expect(client.send(new sdk.DescribeSecretCommand({ SecretId: "leaving" }))).rejects.toThrow(
    "can't find the specified secret.",
  );
  const { SecretString } = await client.send(new sdk.GetSecretValueCommand({ SecretId: "kept" }));
  expect(SecretString).toBe("kept");
});
