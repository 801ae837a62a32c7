// Whatever clients may write to REST APIs and backends may answer, on the way there and back.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;
let backend: Server;
let seen: IncomingMessage | undefined;
beforeAll(async () => {
  on = await startRest();
  backend = createServer((incoming, outgoing) => {
    seen = incoming;
    outgoing.end("{}");
  });
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
});
afterAll(async () => {
  backend?.closeAllConnections();
  backend?.close();
  await on?.nuage.stop();
});

const RUNS = { numRuns: 100, endOnFailure: true };
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("a", "A", "__proto__", "constructor", "+ %"),
);
const segment = text.filter((each) => each !== "" && !/^\.{1,2}$|[/]/.test(each));
const headerText = fc.stringMatching(/^[!-~]([ -~]{0,14}[!-~])?$/);
const pairs = fc.array(fc.tuple(text, text), { maxLength: 5 });
const segments = fc.array(segment, { minLength: 1, maxLength: 4 });

const written = (all: readonly (readonly [string, string])[]) =>
  all.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
const proxy = (uri: string) => ({ type: "AWS_PROXY", integrationHttpMethod: "POST", uri }) as const;

/** All values of each name, in their order. */
function grouped(all: readonly (readonly [string, string])[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of all) groups.set(name, [...(groups.get(name) ?? []), value]);
  return Object.fromEntries(groups);
}

test("paths, queries and headers reach a function as they were meant", async () => {
  const uri = await on.fn(
    "export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });",
  );
  const id = await on.api([{ path: "/in/{proxy+}", verb: "ANY", integration: proxy(uri) }]);
  await fc.assert(
    fc.asyncProperty(
      segments,
      pairs,
      fc.array(headerText, { minLength: 1, maxLength: 3 }),
      async (parts, query, values) => {
        const path = `/in/${parts.map(encodeURIComponent).join("/")}`;
        const address = query.length === 0 ? path : `${path}?${written(query)}`;
        const answer = await on.ask(id, `/prod${address}`, { headers: { "x-fuzz": values } });
        expect(answer.status).toBe(200);
        const event = answer.json as Record<string, Record<string, unknown>>;
        expect(event.path).toBe(path);
        expect(event.pathParameters?.proxy).toBe(parts.join("/"));
        expect(event.multiValueHeaders?.["x-fuzz"]).toEqual(values);
        expect(event.multiValueQueryStringParameters ?? {}).toEqual(grouped(query));
      },
    ),
    RUNS,
  );
}, 60_000);

test("and a backend over HTTP, through its own address", async () => {
  const { port } = backend.address() as AddressInfo;
  const id = await on.api([
    {
      path: "/in/{name}",
      verb: "ANY",
      requestParameters: { "method.request.path.name": true },
      integration: {
        type: "HTTP_PROXY",
        integrationHttpMethod: "ANY",
        uri: `http://127.0.0.1:${port}/out/{name}`,
        requestParameters: { "integration.request.path.name": "method.request.path.name" },
      },
    },
  ]);
  await fc.assert(
    fc.asyncProperty(segment, pairs, headerText, async (name, query, value) => {
      const path = `/prod/in/${encodeURIComponent(name)}`;
      const address = query.length === 0 ? path : `${path}?${written(query)}`;
      const answer = await on.ask(id, address, { headers: { "x-fuzz": value } });
      expect(answer.status).toBe(200);
      const url = new URL(seen?.url ?? "", "http://backend");
      expect(decodeURIComponent(url.pathname)).toBe(`/out/${name}`);
      expect(grouped([...url.searchParams])).toEqual(grouped(query));
      expect(seen?.headers["x-fuzz"]).toBe(value);
    }),
    RUNS,
  );
}, 60_000);

test("bodies and headers reach the client as the function gave them", async () => {
  const uri = await on.fn(
    `export const handler = async ({ body, isBase64Encoded }) =>
      JSON.parse(Buffer.from(body, isBase64Encoded ? "base64" : "utf8"));`,
  );
  const id = await on.api([{ path: "/", verb: "POST", integration: proxy(uri) }], {
    binaryMediaTypes: ["*/*"],
  });
  const status = fc.integer({ min: 200, max: 599 }).filter((each) => each !== 204 && each !== 304);
  await fc.assert(
    fc.asyncProperty(
      status,
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), headerText, { maxKeys: 4 }),
      fc.array(fc.stringMatching(/^[a-z]{1,5}=[a-z]{1,5}$/), { maxLength: 3 }),
      async (statusCode, bytes, isBase64Encoded, headers, cookies) => {
        const body = Buffer.from(bytes).toString(isBase64Encoded ? "base64" : "utf8");
        const multiValueHeaders = { "Set-Cookie": cookies };
        const given = { statusCode, headers, multiValueHeaders, body, isBase64Encoded };
        const answer = await on.ask(id, "/prod/", { method: "POST", body: JSON.stringify(given) });
        expect(answer.status).toBe(statusCode);
        expect(answer.bytes.equals(isBase64Encoded ? Buffer.from(bytes) : Buffer.from(body))).toBe(true);
        expect(answer.headers).toMatchObject(headers);
        // The same pair is sent once.
        expect(answer.headers["set-cookie"] ?? []).toEqual([...new Set(cookies)]);
      },
    ),
    RUNS,
  );
}, 60_000);
