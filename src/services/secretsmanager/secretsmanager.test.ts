import { BatchGetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("secretsmanager names the operation that it does not have yet", async () => {
  const client = nuage.client(SecretsManagerClient);
  const answer = client.send(new BatchGetSecretValueCommand({} as never));
  await expect(answer).rejects.toThrow("BatchGetSecretValue");
});
