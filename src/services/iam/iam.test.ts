import { AcceptDelegationRequestCommand, IAMClient } from "@aws-sdk/client-iam";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("iam names the operation that it does not have yet", async () => {
  const client = nuage.client(IAMClient);
  const answer = client.send(new AcceptDelegationRequestCommand({} as never));
  await expect(answer).rejects.toThrow("AcceptDelegationRequest");
});
