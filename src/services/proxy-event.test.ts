import { describe, expect, it } from "vitest";
import { type ProxyRequest, proxyEvent, proxyResponse, responseHead } from "./proxy-event.ts";

const request: ProxyRequest = {
  method: "POST",
  scheme: "http",
  version: "HTTP/1.1",
  host: "abc.lambda-url.us-east-1.localhost:4566",
  query: "a=1&a=2&b=x%20y&__proto__=z",
  headers: [
    ["Host", "abc.lambda-url.us-east-1.localhost:4566"],
    ["X-Many", "one"],
    ["x-many", "two"],
    ["Cookie", "a=1; b=2"],
    ["User-Agent", "test"],
  ],
  sourceIp: "127.0.0.1",
  requestId: "11111111-2222-3333-4444-555555555555",
  receivedMs: Date.UTC(2020, 2, 12, 19, 3, 58, 7),
  trace: { root: "1-5e6a87ee-aaaaaaaaaaaaaaaaaaaaaaaa" },
};
const place = {
  routeKey: "$default",
  stage: "$default",
  path: "/my/path",
  apiId: "abc",
  domainName: "abc.lambda-url.us-east-1.localhost",
  accountId: "anonymous",
};
const event = (body: string | Uint8Array, type?: string, more: [string, string][] = []) =>
  proxyEvent(
    {
      ...request,
      headers: [...request.headers, ...(type ? [["Content-Type", type] as const] : []), ...more],
    },
    typeof body === "string" ? Buffer.from(body) : body,
    place,
  );

describe("a request as an event", () => {
  it("has headers joined, cookies and parameters apart, and tells of the request", () => {
    expect(event("")).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/my/path",
      rawQueryString: "a=1&a=2&b=x%20y&__proto__=z",
      cookies: ["a=1", "b=2"],
      headers: {
        host: "abc.lambda-url.us-east-1.localhost:4566",
        "x-many": "one,two",
        "user-agent": "test",
        "x-amzn-trace-id": "Root=1-5e6a87ee-aaaaaaaaaaaaaaaaaaaaaaaa",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "4566",
        "x-forwarded-proto": "http",
      },
      queryStringParameters: { a: "1,2", b: "x y", ["__proto__"]: "z" },
      requestContext: {
        accountId: "anonymous",
        apiId: "abc",
        domainName: "abc.lambda-url.us-east-1.localhost",
        domainPrefix: "abc",
        http: {
          method: "POST",
          path: "/my/path",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "test",
        },
        requestId: "11111111-2222-3333-4444-555555555555",
        routeKey: "$default",
        stage: "$default",
        time: "12/Mar/2020:19:03:58 +0000",
        timeEpoch: 1584039838007,
      },
      isBase64Encoded: false,
    });
  });

  it.each([
    ['{"a":"é"}', "application/json; charset=utf-8", { body: '{"a":"é"}', isBase64Encoded: false }],
    ["<a/>", "application/atom+xml", { body: "<a/>", isBase64Encoded: false }],
    ["plain", undefined, { body: "plain", isBase64Encoded: false }],
    ["a=1", "application/x-www-form-urlencoded", { body: "YT0x", isBase64Encoded: true }],
    [new Uint8Array([0xff, 0]), "text/plain", { body: "/wA=", isBase64Encoded: true }],
    ["png", "image/png", { body: "cG5n", isBase64Encoded: true }],
  ])("has the body %j of type %s as it should", (body, type, expected) => {
    expect(event(body, type)).toMatchObject(expected);
  });

  it("has a compressed body in base64 whatever its type", () => {
    const compressed = event("x", "text/plain", [["content-encoding", "gzip"]]);
    expect(compressed).toMatchObject({ body: "eA==", isBase64Encoded: true });
  });
});

const URL_RULES = { defaultType: "application/json", loneString: "json" } as const;
const read = (answer: unknown, rules: Parameters<typeof proxyResponse>[1] = URL_RULES) =>
  proxyResponse(Buffer.from(JSON.stringify(answer)), rules);

describe("an answer as a response", () => {
  it("has its status, headers, cookies and body", () => {
    const answer = {
      statusCode: 201,
      headers: { "Content-Type": "text/html", "X-Number": 7 },
      multiValueHeaders: { "X-Many": ["a", "b"] },
      cookies: ["one=1; Max-Age=5", "two=2"],
      body: "<p>",
    };
    expect(read(answer)).toEqual({
      status: 201,
      headers: [
        ["Content-Type", "text/html"],
        ["X-Number", "7"],
        ["X-Many", "a"],
        ["X-Many", "b"],
        ["set-cookie", "one=1; Max-Age=5"],
        ["set-cookie", "two=2"],
      ],
      body: "<p>",
    });
  });

  it("has its bytes where it is encoded, and a type where it names none", () => {
    expect(read({ statusCode: "200", body: "AAH/", isBase64Encoded: true })).toEqual({
      status: 200,
      headers: [["content-type", "application/json"]],
      body: Buffer.from([0, 1, 255]),
    });
    expect(read({ statusCode: 204 })).toEqual({
      status: 204,
      headers: [["content-type", "application/json"]],
    });
  });

  it("is itself the body without a status", () => {
    const headers = [["content-type", "application/json"]];
    expect(read({ message: "hi" })).toEqual({ status: 200, headers, body: '{"message":"hi"}' });
    expect(read(null)).toEqual({ status: 200, headers, body: "null" });
    expect(read("hi")).toEqual({ status: 200, headers, body: '"hi"' });
    expect(read("hi", { ...URL_RULES, loneString: "text" })).toEqual({ status: 200, headers, body: "hi" });
  });

  it.each([
    { statusCode: "ok" },
    { statusCode: 99 },
    { statusCode: 200, headers: "text/plain" },
    { statusCode: 200, headers: { "bad name": "x" } },
    { statusCode: 200, headers: { a: "line\nbreak" } },
    { statusCode: 200, headers: { a: { b: 1 } } },
    { statusCode: 200, cookies: "a=1" },
  ])("is none where it is %j", (answer) => {
    expect(read(answer)).toBeUndefined();
  });

  it("is none where it is no JSON", () => {
    expect(proxyResponse(Buffer.from("<html>"), URL_RULES)).toBeUndefined();
  });

  it("may begin with its status and headers alone", () => {
    expect(responseHead({ headers: { a: "b" } })).toEqual({ status: 200, headers: [["a", "b"]] });
    expect(responseHead([1])).toBeUndefined();
  });
});
