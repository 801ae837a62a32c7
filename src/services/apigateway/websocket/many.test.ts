// As many connections as a small application has, all told something.
import { once } from "node:events";
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { CreateIntegrationResponseCommand, CreateRouteResponseCommand } from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Apis, startApis } from "../apigateway.fixture.ts";

const CONNECTIONS = 2_000;
/** An account opens 500 connections a second, and no more. */
const A_SECOND = 500;

let it: Apis;
const members: { socket: WebSocket; id: string }[] = [];
beforeAll(async () => {
  it = await startApis();
});
afterAll(async () => {
  for (const { socket } of members) socket.terminate();
  await it.stop();
});

test("2,000 connections are kept and told", async () => {
  const api = await it.makeApi({ ProtocolType: "WEBSOCKET" });
  const mock = await api.integration({
    IntegrationType: "MOCK",
    PayloadFormatVersion: "1.0",
    RequestTemplates: { $default: '{"statusCode":200}' },
  });
  await it.api.send(
    new CreateIntegrationResponseCommand({
      ApiId: api.id,
      IntegrationId: mock,
      IntegrationResponseKey: "$default",
      ResponseTemplates: { $default: "$context.connectionId" },
    }),
  );
  const { RouteId } = await api.route("$default", mock, { RouteResponseSelectionExpression: "$default" });
  await it.api.send(new CreateRouteResponseCommand({ ApiId: api.id, RouteId, RouteResponseKey: "$default" }));
  await api.stage("prod");
  const open = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${it.nuage.port}/_aws/execute-api/${api.id}/prod`, {
      perMessageDeflate: false,
    });
    await once(socket, "open");
    socket.send("who");
    const [data] = (await once(socket, "message")) as [Buffer];
    return { socket, id: data.toString() };
  };
  for (let opened = 0; opened < CONNECTIONS; opened += A_SECOND) {
    members.push(...(await Promise.all(Array.from({ length: A_SECOND }, open))));
    await it.nuage.advance("1s");
  }
  expect(new Set(members.map(({ id }) => id)).size).toBe(CONNECTIONS);
  const client = new ApiGatewayManagementApiClient({
    endpoint: it.nuage.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const heard = Promise.all(
    members.map(async ({ socket }) => String(((await once(socket, "message")) as [Buffer])[0])),
  );
  const waiting = [...members];
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const Data = Buffer.from(`hello ${next.id}`);
        await client.send(new PostToConnectionCommand({ ConnectionId: next.id, Data }));
      }
    }),
  );
  expect(await heard).toEqual(members.map(({ id }) => `hello ${id}`));
  client.destroy();
}, 120_000);
