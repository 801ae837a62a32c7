import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "vitest";
import { openTestGateway, sts, type TestGateway } from "./gateway.fixture.ts";

let gateway: TestGateway;
afterEach(() => gateway.close());

const credentials = { accessKeyId: "123456789012", secretAccessKey: "any" };
const whoAmI = sts({
  GetCallerIdentity: async (_input, call) => ({
    Account: call.identity.account,
    Arn: call.identity.arn,
    UserId: call.requestId,
  }),
});

describe("a request's way", () => {
  it("goes from the client to the handler and back", async () => {
    gateway = await openTestGateway([whoAmI]);
    const client = new STSClient({ endpoint: gateway.endpoint, region: "eu-west-1", credentials });
    const answer = await client.send(new GetCallerIdentityCommand({}));
    expect(answer.Account).toBe("123456789012");
    expect(answer.$metadata.requestId).toBe(answer.UserId);
    expect(gateway.spans).toMatchObject([
      {
        name: "sts.GetCallerIdentity",
        kind: "call",
        status: "ok",
        account: "123456789012",
        region: "eu-west-1",
      },
    ]);
    expect(gateway.usage).toMatchObject([{ unit: "sts:GetCallerIdentity", quantity: 1 }]);
    expect(gateway.lifecycle.inFlight).toBe(0);
    client.destroy();
  });
});
