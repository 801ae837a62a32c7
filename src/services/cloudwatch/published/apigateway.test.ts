import { once } from "node:events";
import { UpdateStageCommand } from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Apis, startApis } from "../../apigateway/apigateway.fixture.ts";
import { MOCK, type Rest, startRest } from "../../apigateway/rest/rest.fixture.ts";
import { readingOf, under } from "./published.fixture.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
const REST = {
  "4XXError": "Count",
  "5XXError": "Count",
  Count: "Count",
  IntegrationLatency: "Milliseconds",
  Latency: "Milliseconds",
};
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
const HTTP = {
  "4xx": "Count",
  "5xx": "Count",
  Count: "Count",
  DataProcessed: "Bytes",
  IntegrationLatency: "Milliseconds",
  Latency: "Milliseconds",
};
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
const ROUTE = {
  ClientError: "Count",
  ExecutionError: "Count",
  IntegrationError: "Count",
  IntegrationLatency: "Milliseconds",
};
const WEBSOCKET = { ...ROUTE, ConnectCount: "Count", MessageCount: "Count" };

let rest: Rest;
let apis: Apis;
beforeAll(async () => {
  rest = await startRest();
  apis = await startApis();
});
afterAll(async () => {
  await rest.nuage.stop();
  await apis.stop();
});

test("REST APIs publish what AWS's do, methods where the stage says so", async () => {
  const published = readingOf(rest);
  const method = { verb: "GET", integration: MOCK, answers: [{ statusCode: "200" }] };
  const id = await rest.api([{ path: "/pets/{id}", ...method }], { name: "Pets, größer" });
  await rest.ask(id, "/prod/pets/1");
  const ofApi = "ApiName=Pets, grer";
  const all = [...under(ofApi, REST), ...under(`${ofApi},Stage=prod`, REST)];
  expect(await published.rows("AWS/ApiGateway")).toEqual(all.sort());
  const patchOperations = [{ op: "replace" as const, path: "/*/*/metrics/enabled", value: "true" }];
  await rest.client.send(new UpdateStageCommand({ restApiId: id, stageName: "prod", patchOperations }));
  await rest.ask(id, "/prod/pets/1");
  const ofMethod = `${ofApi},Method=GET,Resource=/pets/{id},Stage=prod`;
  expect(await published.rows("AWS/ApiGateway")).toEqual([...all, ...under(ofMethod, REST)].sort());
  expect(await published.values("AWS/ApiGateway", ofApi)).toMatchObject({ Count: 2, "4XXError": 0 });
  expect(await published.values("AWS/ApiGateway", ofMethod)).toMatchObject({ Count: 1 });
  const keeps = [
    { op: "replace" as const, path: "/cacheClusterEnabled", value: "true" },
    { op: "replace" as const, path: "/*/*/caching/enabled", value: "true" },
  ];
  await rest.client.send(
    new UpdateStageCommand({ restApiId: id, stageName: "prod", patchOperations: keeps }),
  );
  for (const pet of ["2", "2", "3", "2"]) await rest.ask(id, `/prod/pets/${pet}`);
  expect(await published.values("AWS/ApiGateway", ofMethod)).toMatchObject({
    CacheHitCount: 2,
    CacheMissCount: 2,
  });
});

test("HTTP and WebSocket APIs publish what AWS's do, routes where the stage says so", async () => {
  const published = readingOf(apis);
  const code = `export const handler = async (event) => {
    if (event.requestContext.routeKey === "break") throw new Error("no");
    const statusCode = event.requestContext.routeKey === "refuse" ? 403 : 200;
    return { statusCode, body: "12345" };
  };`;
  const arn = await apis.makeFunction("measured", code);
  const http = await apis.makeApi();
  await http.route("GET /pets/{id}", await http.integration({ IntegrationUri: arn }));
  await http.stage("prod", { DefaultRouteSettings: { DetailedMetricsEnabled: true } });
  await http.get("/prod/pets/1");
  await http.get("/prod/none");

  const ws = await apis.makeApi({ ProtocolType: "WEBSOCKET" });
  const target = await ws.integration({ IntegrationUri: arn, PayloadFormatVersion: "1.0" });
  for (const key of ["$connect", "ask", "break", "refuse"]) await ws.route(key, target);
  await ws.stage("prod", { DefaultRouteSettings: { DetailedMetricsEnabled: true } });
  const socket = new WebSocket(`ws://127.0.0.1:${apis.nuage.port}/prod`, { headers: { host: ws.host } });
  await once(socket, "open");
  for (const action of ["ask", "break", "refuse"]) {
    socket.send(JSON.stringify({ action }));
    if (action === "break") await once(socket, "message");
  }
  await apis.nuage.idle();
  socket.terminate();

  const ofRoute = `ApiId=${http.id},Method=GET,Resource=/pets/{id},Stage=prod`;
  const route = (name: string, own: object) =>
    under(`ApiId=${ws.id},Route=${name},Stage=prod`, { ...ROUTE, ...own });
  expect(await published.rows("AWS/ApiGateway")).toEqual(
    [
      ...under(`ApiId=${http.id}`, HTTP),
      ...under(`ApiId=${http.id},Stage=prod`, HTTP),
      ...under(ofRoute, HTTP),
      ...under(`ApiId=${ws.id}`, WEBSOCKET),
      ...under(`ApiId=${ws.id},Stage=prod`, WEBSOCKET),
      ...route("$connect", { ConnectCount: "Count" }),
      ...["ask", "break", "refuse"].flatMap((name) => route(name, { MessageCount: "Count" })),
    ].sort(),
  );
  expect(await published.values("AWS/ApiGateway", `ApiId=${http.id}`)).toMatchObject({ Count: 2, "4xx": 1 });
  expect(await published.values("AWS/ApiGateway", `ApiId=${ws.id}`)).toMatchObject({
    ConnectCount: 1,
    MessageCount: 3,
    ClientError: 0,
    ExecutionError: 1,
    IntegrationError: 1,
  });
});
