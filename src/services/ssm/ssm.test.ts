import { AddTagsToResourceCommand, SSMClient } from "@aws-sdk/client-ssm";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("ssm names the operation that it does not have yet", async () => {
  const client = nuage.client(SSMClient);
  const answer = client.send(new AddTagsToResourceCommand({} as never));
  await expect(answer).rejects.toThrow("AddTagsToResource");
});
