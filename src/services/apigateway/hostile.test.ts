// APIs on a store that does all that its interface allows, and after a restart.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRouteResponseCommand, UpdateRouteCommand } from "@aws-sdk/client-apigatewayv2";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { functionArn, STORES, startApis } from "./apigateway.fixture.ts";

test.each(STORES)(
  "on a %s store every change shows at once, whoever else changes something",
  async (_, options) => {
    const it = await startApis(options);
    const uri = await it.makeFunction("echo");
    const api = await it.makeApi();
    await api.stage();
    const target = await api.integration({ IntegrationUri: uri });
    const paths = Array.from({ length: 12 }, (_, index) => `/p${index}`);
    const routes = await Promise.all(
      paths.map(async (path) => {
        const { RouteId } = await api.route(`GET ${path}`, target);
        expect((await api.get(path)).status).toBe(200);
        return RouteId;
      }),
    );
    await it.api.send(new UpdateRouteCommand({ ApiId: api.id, RouteId: routes[0], RouteKey: "GET /moved" }));
    expect((await api.get("/p0")).status).toBe(404);
    expect((await api.get("/moved")).status).toBe(200);
    const chat = await it.makeApi({ ProtocolType: "WEBSOCKET" });
    const mock = await chat.integration({ IntegrationUri: uri, PayloadFormatVersion: "1.0" });
    const { RouteId } = await chat.route("$default", mock, { RouteResponseSelectionExpression: "$default" });
    await it.api.send(
      new CreateRouteResponseCommand({ ApiId: chat.id, RouteId, RouteResponseKey: "$default" }),
    );
    await chat.stage("prod");
    const socket = new WebSocket(`ws://127.0.0.1:${it.nuage.port}/prod`, { headers: { host: chat.host } });
    await once(socket, "open");
    socket.send("hello");
    const [data] = (await once(socket, "message")) as [Buffer];
    expect(JSON.parse(data.toString()).body).toBe("hello");
    socket.close();
    await once(socket, "close");
    await it.stop();
  },
);

test("a restart keeps APIs and ends connections", async () => {
  const data = await mkdtemp(join(tmpdir(), "nuage-apis-"));
  const before = await startApis({ data });
  const uri = await before.makeFunction("echo");
  const { id } = await before.makeApi({ Target: uri });
  const chat = await before.makeApi({ ProtocolType: "WEBSOCKET" });
  await chat.route(
    "$default",
    await chat.integration({ IntegrationType: "MOCK", PayloadFormatVersion: "1.0" }),
  );
  await chat.stage("prod");
  const socket = new WebSocket(`ws://127.0.0.1:${before.nuage.port}/prod`, { headers: { host: chat.host } });
  await once(socket, "open");
  const closed = once(socket, "close");
  await before.stop();
  expect((await closed)[0]).toBe(1001);
  const after = await startApis({ data });
  const host = `${id}.execute-api.us-east-1.localhost:${after.nuage.port}`;
  expect((await after.ask(host, "/x")).json()).toMatchObject({ rawPath: "/x" });
  await after.stop();
  await rm(data, { recursive: true });
}, 30_000);

test("a stage's variables choose the function", async () => {
  const it = await startApis();
  await it.makeFunction("blue", "export const handler = async () => ({ color: 'blue' });");
  await it.makeFunction("green", "export const handler = async () => ({ color: 'green' });");
  const api = await it.makeApi();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as it is written in an integration
  const arn = functionArn("${stageVariables.color}");
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`;
  await api.route("GET /", await api.integration({ IntegrationUri: uri }));
  for (const color of ["blue", "green"]) await api.stage(color, { StageVariables: { color } });
  expect((await api.get("/blue")).json()).toEqual({ color: "blue" });
  expect((await api.get("/green")).json()).toEqual({ color: "green" });
  await it.stop();
});
