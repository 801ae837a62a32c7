import { BatchCheckLayerAvailabilityCommand, ECRClient } from "@aws-sdk/client-ecr";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("ecr names the operation that it does not have yet", async () => {
  const client = nuage.client(ECRClient);
  const answer = client.send(new BatchCheckLayerAvailabilityCommand({} as never));
  await expect(answer).rejects.toThrow("BatchCheckLayerAvailability");
});
