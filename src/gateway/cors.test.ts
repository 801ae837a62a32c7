import { describe, expect, it } from "vitest";
import { corsHeaders, isLocalOrigin } from "./cors.ts";
import type { CorsRule } from "./options.ts";

const rule = (changes: Partial<CorsRule> = {}): CorsRule => ({
  allowedOrigins: ["https://*.example.com"],
  allowedMethods: ["GET", "PUT"],
  allowedHeaders: ["x-amz-*", "Content-Type"],
  exposeHeaders: ["ETag"],
  ...changes,
});
const ask = (rules: CorsRule[], origin: string, method: string, headers: string[] = []) =>
  corsHeaders(rules, { origin, method, headers }, true);

describe("a bucket's rules", () => {
  it("answer with the page's own origin, and what it may do", () => {
    const answer = ask([rule({ maxAgeSeconds: 30 })], "https://www.example.com", "PUT", ["x-amz-date"]);
    expect(answer).toEqual({
      "access-control-allow-origin": "https://www.example.com",
      "access-control-allow-methods": "GET, PUT",
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "x-amz-date",
      "access-control-expose-headers": "ETag",
      "access-control-max-age": "30",
      vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    });
  });

  it("answer with a star to a star, and then without credentials", () => {
    const answer = ask([rule({ allowedOrigins: ["*"] })], "https://any.test", "GET");
    expect(answer).toMatchObject({ "access-control-allow-origin": "*" });
    expect(answer).not.toHaveProperty("access-control-allow-credentials");
  });

  it.each([
    ["another origin", "https://example.org", "GET", []],
    ["an origin that only ends alike", "https://evilexample.com", "GET", []],
    ["another method", "https://www.example.com", "DELETE", []],
    ["another header", "https://www.example.com", "GET", ["authorization"]],
  ])("refuse %s", (_what, origin, method, headers) => {
    expect(ask([rule()], origin, method, headers)).toBeUndefined();
  });

  it("are tried in order", () => {
    const rules = [rule({ allowedMethods: ["HEAD"] }), rule({ exposeHeaders: ["x-second"] })];
    expect(ask(rules, "https://www.example.com", "GET")).toMatchObject({
      "access-control-expose-headers": "x-second",
    });
  });
});

it.each([
  ["http://localhost:3000", true],
  ["https://app.localhost", true],
  ["http://127.0.0.1:8080", true],
  ["http://[::1]:1", true],
  ["http://localhost.evil.example", false],
  ["http://evil.example", false],
  ["http://127.0.0.1.evil.example", false],
  ["null", false],
])("the origin %s is this machine's: %s", (origin, local) => {
  expect(isLocalOrigin(origin)).toBe(local);
});
