// What WebSocket APIs write into Logs, and what functions hear of whoever signed.
import { once } from "node:events";
import { CreateRouteResponseCommand, UpdateRouteCommand } from "@aws-sdk/client-apigatewayv2";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Apis, startApis } from "../apigateway.fixture.ts";

let it: Apis;
beforeAll(async () => {
  it = await startApis();
});
afterAll(() => it.stop());

const SIGNED = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/execute-api/aws4_request, " +
    `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
  "x-amz-date": "20261123T000000Z",
};

test("execution logs tell of what came and what was made of it, and functions of who signed", async () => {
  const arn = await it.makeFunction(
    "ws",
    `export const handler = async ({ requestContext: { identity, routeKey } }) => {
      if (routeKey === "bad") throw new Error("boom");
      return { statusCode: 200, body: JSON.stringify(identity) };
    };`,
  );
  const api = await it.makeApi({ ProtocolType: "WEBSOCKET" });
  const target = await api.integration({ IntegrationUri: arn, PayloadFormatVersion: "1.0" });
  const { RouteId: connect } = await api.route("$connect", target);
  await it.api.send(
    new UpdateRouteCommand({ ApiId: api.id, RouteId: connect, AuthorizationType: "AWS_IAM" }),
  );
  for (const key of ["who", "bad"]) {
    const { RouteId } = await api.route(key, target, { RouteResponseSelectionExpression: "$default" });
    await it.api.send(
      new CreateRouteResponseCommand({ ApiId: api.id, RouteId, RouteResponseKey: "$default" }),
    );
  }
  await api.stage("prod", { DefaultRouteSettings: { LoggingLevel: "INFO", DataTraceEnabled: true } });
  const socket = new WebSocket(`ws://127.0.0.1:${it.nuage.port}/prod`, {
    headers: { host: api.host, ...SIGNED },
  });
  await once(socket, "open");
  const ask = async (action: string) => {
    socket.send(JSON.stringify({ action }));
    const [data] = (await once(socket, "message")) as [Buffer];
    return JSON.parse(data.toString());
  };
  expect(await ask("who")).toMatchObject({
    accountId: "000000000000",
    accessKey: "test",
    userArn: expect.stringMatching(/^arn:aws:/),
    sourceIp: "127.0.0.1",
  });
  await ask("bad");
  socket.terminate();
  await it.nuage.idle();
  const { events = [] } = await it.nuage
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: `/aws/apigateway/${api.id}/prod` }));
  const lines = events.map(({ message = "" }) => message.replace(/^\([^)]+\) /, ""));
  expect(lines).toContainEqual(expect.stringContaining("] received connect from client ["));
  expect(lines).toContain('Route: [who]. Message: [{"action":"who"}]');
  expect(lines).toContain("Execution failed due to configuration error: boom");
  expect(lines).toContain("Method completed with status: 500");
});
