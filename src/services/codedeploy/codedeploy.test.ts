import { AddTagsToOnPremisesInstancesCommand, CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("codedeploy names the operation that it does not have yet", async () => {
  const client = nuage.client(CodeDeployClient);
  const answer = client.send(new AddTagsToOnPremisesInstancesCommand({} as never));
  await expect(answer).rejects.toThrow("AddTagsToOnPremisesInstances");
});
