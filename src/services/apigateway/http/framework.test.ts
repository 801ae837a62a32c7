// A real framework behind an HTTP API, and whatever clients may write on the way there and back.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Apis, startApis } from "../apigateway.fixture.ts";

let it: Apis;
beforeAll(async () => {
  it = await startApis();
});
afterAll(() => it.stop());

const HONO = `
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import { getCookie, setCookie } from "hono/cookie";
import { cors } from "hono/cors";
const app = new Hono();
app.use("/open/*", cors({ origin: "https://app.example" }));
app.get("/open/hello", (c) => c.text("hello"));
app.get("/users/:id", (c) =>
  c.json({ id: c.req.param("id"), q: c.req.queries("q"), cookie: getCookie(c, "session") }));
app.post("/echo", async (c) => {
  setCookie(c, "a", "1");
  setCookie(c, "b", "2");
  return c.json(await c.req.json(), 201);
});
const BYTES = { "content-type": "application/octet-stream" };
app.post("/bytes", async (c) => c.body(await c.req.arrayBuffer(), 200, BYTES));
app.get("/redirect", (c) => c.redirect("/users/1"));
app.notFound((c) => c.text("nothing here", 404));
export const handler = handle(app);
`;

test("Hono serves its users through its own adapter", async () => {
  const bundle = await build({
    stdin: { contents: HONO, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "js" },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const uri = await it.makeFunction("hono", bundle.outputFiles[0]?.text);
  const api = await it.makeApi({ Target: uri });
  const user = await api.get("/users/a%20b?q=1&q=2%2C3", { headers: { cookie: "other=1; session=xyz" } });
  expect(user.json()).toEqual({ id: "a b", q: ["1", "2,3"], cookie: "xyz" });
  const echoed = await api.get("/echo", {
    method: "POST",
    body: JSON.stringify({ text: "grüße ✓" }),
    headers: { "content-type": "application/json" },
  });
  expect([echoed.status, echoed.json()]).toEqual([201, { text: "grüße ✓" }]);
  expect(echoed.headers["set-cookie"]).toEqual(["a=1; Path=/", "b=2; Path=/"]);
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256));
  const back = await api.get("/bytes", { method: "POST", body: bytes });
  expect(back.bytes.equals(bytes)).toBe(true);
  const open = await api.get("/open/hello", { headers: { origin: "https://app.example" } });
  expect(open.headers["access-control-allow-origin"]).toBe("https://app.example");
  const moved = await api.get("/redirect");
  expect([moved.status, moved.headers.location]).toEqual([302, "/users/1"]);
  expect((await api.get("/none")).body).toBe("nothing here");
});

const RUNS = { numRuns: 150, endOnFailure: true };
const text = fc.string({ unit: "grapheme", maxLength: 12 });
/** What a header may hold, as a client writes it: no blanks around it. */
const headerText = fc.stringMatching(/^[!-~]([ -~]{0,14}[!-~])?$/);

test("paths, queries and headers reach a function as they were meant", async () => {
  const echo = await it.makeFunction("fuzz");
  const api = await it.makeApi();
  await api.route("ANY /in/{proxy+}", await api.integration({ IntegrationUri: echo }));
  await api.stage();
  const segment = text.filter((each) => each !== "" && !/^\.{1,2}$|[?/]/.test(each));
  await fc.assert(
    fc.asyncProperty(
      fc.array(segment, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(text, text), { maxLength: 5 }),
      fc.array(headerText, { minLength: 1, maxLength: 3 }),
      async (segments, pairs, values) => {
        const query = pairs
          .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
          .join("&");
        const path = `/in/${segments.map(encodeURIComponent).join("/")}`;
        const answer = await api.get(query === "" ? path : `${path}?${query}`, {
          headers: { "x-fuzz": values },
        });
        expect(answer.status).toBe(200);
        const event = answer.json();
        expect(event.rawPath).toBe(`/in/${segments.join("/")}`);
        expect(event.pathParameters.proxy).toBe(segments.join("/"));
        expect(event.rawQueryString).toBe(query);
        expect(event.headers["x-fuzz"]).toBe(values.join(","));
        const joined = new Map<string, string>();
        for (const [name, value] of pairs) {
          joined.set(name, joined.has(name) ? `${joined.get(name)},${value}` : value);
        }
        expect(event.queryStringParameters ?? {}).toEqual(Object.fromEntries(joined));
      },
    ),
    RUNS,
  );
}, 60_000);

test("bodies and headers reach the client as the function gave them", async () => {
  const mirror = await it.makeFunction(
    "mirror",
    `export const handler = async ({ body, isBase64Encoded }) =>
      JSON.parse(Buffer.from(body, isBase64Encoded ? "base64" : "utf8"));`,
  );
  const api = await it.makeApi({ Target: mirror });
  const status = fc.integer({ min: 200, max: 599 }).filter((each) => each !== 204 && each !== 304);
  await fc.assert(
    fc.asyncProperty(
      status,
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), headerText, { maxKeys: 4 }),
      fc.array(fc.stringMatching(/^[a-z]{1,5}=[a-z]{1,5}$/), { maxLength: 3 }),
      async (statusCode, bytes, isBase64Encoded, headers, cookies) => {
        const body = isBase64Encoded ? Buffer.from(bytes).toString("base64") : Buffer.from(bytes).toString();
        const given = { statusCode, headers, cookies, body, isBase64Encoded };
        const answer = await api.get("/", {
          method: "POST",
          body: JSON.stringify(given),
          headers: { "content-type": "application/json" },
        });
        expect(answer.status).toBe(statusCode);
        const wanted = isBase64Encoded ? Buffer.from(bytes) : Buffer.from(body);
        expect(hashOf(answer.bytes)).toBe(hashOf(wanted));
        expect(answer.headers).toMatchObject(headers);
        expect(answer.headers["set-cookie"] ?? []).toEqual(cookies);
        expect(answer.headers["content-type"]).toBe("text/plain;charset=UTF-8");
      },
    ),
    RUNS,
  );
}, 60_000);

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("whatever is written as a request is answered", async () => {
  const echo = await it.makeFunction("any");
  const api = await it.makeApi({ Target: echo });
  const wild = fc.stringMatching(/^[!-~]{0,30}$/).map((each) => each.replaceAll("#", "%23"));
  await fc.assert(
    fc.asyncProperty(wild, wild, async (path, query) => {
      const answer = await api.get(`/${path}?${query}`);
      expect([200, 400]).toContain(answer.status);
    }),
    RUNS,
  );
}, 60_000);
