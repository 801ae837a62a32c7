import { BatchGetTracesCommand, XRayClient } from "@aws-sdk/client-xray";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("xray names the operation that it does not have yet", async () => {
  const client = nuage.client(XRayClient);
  const answer = client.send(new BatchGetTracesCommand({} as never));
  await expect(answer).rejects.toThrow("BatchGetTraces");
});
