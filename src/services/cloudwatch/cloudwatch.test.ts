import { AssociateDatasetKmsKeyCommand, CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("cloudwatch names the operation that it does not have yet", async () => {
  const client = nuage.client(CloudWatchClient);
  const answer = client.send(new AssociateDatasetKmsKeyCommand({} as never));
  await expect(answer).rejects.toThrow("AssociateDatasetKmsKey");
});
