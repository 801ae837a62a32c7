// Fastify behind a REST API and an HTTP API, through its own adapter.
import { fileURLToPath } from "node:url";
import * as v1 from "@aws-sdk/client-api-gateway";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Apis, startApis } from "../apigateway.fixture.ts";

let it: Apis;
let uri: string;

const APP = `
import awsLambdaFastify from "@fastify/aws-lambda";
import Fastify from "fastify";
const app = Fastify();
const type = "application/octet-stream";
app.addContentTypeParser(type, { parseAs: "buffer" }, (request, body, done) => done(null, body));
app.get("/users/:id", async (request) => ({ id: request.params.id, query: request.query }));
app.post("/echo", async (request, reply) =>
  reply.code(201).header("set-cookie", ["a=1", "b=2"]).send(request.body));
app.post("/bytes", async (request, reply) => reply.type(type).send(request.body));
app.post("/checked", {
  schema: { body: { type: "object", required: ["n"], properties: { n: { type: "integer" } } } },
}, async (request) => request.body);
export const handler = awsLambdaFastify(app, { binaryMimeTypes: [type] });
await app.ready();
`;

beforeAll(async () => {
  it = await startApis();
  const bundle = await build({
    stdin: { contents: APP, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "js" },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("/");' },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  uri = await it.makeFunction("fastify", bundle.outputFiles[0]?.text);
});
afterAll(() => it.stop());

/** A REST API in front of it; gives its host. */
async function restHost(): Promise<string> {
  const client = it.nuage.client(v1.APIGatewayClient);
  const { id: restApiId, rootResourceId: parentId } = await client.send(
    new v1.CreateRestApiCommand({ name: "fastify", binaryMediaTypes: ["application/octet-stream"] }),
  );
  const resource = new v1.CreateResourceCommand({ restApiId, parentId, pathPart: "{proxy+}" });
  const place = { restApiId, resourceId: (await client.send(resource)).id, httpMethod: "ANY" };
  await client.send(new v1.PutMethodCommand({ ...place, authorizationType: "NONE" }));
  await client.send(
    new v1.PutIntegrationCommand({
      ...place,
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${uri}/invocations`,
    }),
  );
  await client.send(new v1.CreateDeploymentCommand({ restApiId, stageName: "prod" }));
  return `${restApiId}.execute-api.us-east-1.localhost:${it.nuage.port}`;
}

test.each(["HTTP", "REST"])("Fastify serves its users behind an API of kind %s", async (kind) => {
  const [host, stage] =
    kind === "HTTP" ? [(await it.makeApi({ Target: uri })).host, ""] : [await restHost(), "/prod"];
  const ask = (path: string, asked?: Parameters<Apis["ask"]>[2]) => it.ask(host, stage + path, asked);
  const json = (body: unknown) => ({
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  const user = await ask("/users/a%20b?q=x%26y&n=2");
  expect([user.status, user.json()]).toEqual([200, { id: "a b", query: { q: "x&y", n: "2" } }]);
  const echoed = await ask("/echo", json({ text: "grüße ✓" }));
  expect([echoed.status, echoed.json()]).toEqual([201, { text: "grüße ✓" }]);
  expect(echoed.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256));
  const headers = { "content-type": "application/octet-stream", accept: "application/octet-stream" };
  const back = await ask("/bytes", { method: "POST", body: bytes, headers });
  expect(back.bytes.equals(bytes)).toBe(true);
  const refused = await ask("/checked", json({ n: "no" }));
  expect([refused.status, refused.json().code]).toEqual([400, "FST_ERR_VALIDATION"]);
  expect((await ask("/none")).status).toBe(404);
});
