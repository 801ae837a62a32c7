import { CancelKeyDeletionCommand, KMSClient } from "@aws-sdk/client-kms";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("kms names the operation that it does not have yet", async () => {
  const client = nuage.client(KMSClient);
  const answer = client.send(new CancelKeyDeletionCommand({} as never));
  await expect(answer).rejects.toThrow("CancelKeyDeletion");
});
