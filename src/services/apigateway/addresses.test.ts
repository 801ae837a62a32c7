import { expect, test } from "vitest";
import { apiHost, readAddress, splitStage } from "./addresses.ts";

test("an API is found by its host, by paths on the platform's, and by a name of its own", () => {
  const read = (label: string, path: string) => readAddress({ label, path, host: "Api.Example.com:4566" });
  expect(read("a1", "/prod/x")).toEqual({ kind: "api", apiId: "a1", path: "/prod/x" });
  expect(read("a1-vpce-0a1b", "/")).toEqual({ kind: "api", apiId: "a1", path: "/" });
  expect(read("", "/_aws/execute-api/a1/prod/x")).toEqual({ kind: "api", apiId: "a1", path: "/prod/x" });
  expect(read("", "/_aws/execute-api/a1")).toEqual({ kind: "api", apiId: "a1", path: "/" });
  expect(read("", "/restapis/a1/prod/_user_request_/x")).toEqual({
    kind: "api",
    apiId: "a1",
    path: "/prod/x",
  });
  expect(read("", "/restapis/a1/prod/_user_request_")).toEqual({ kind: "api", apiId: "a1", path: "/prod" });
  expect(read("", "/x")).toEqual({ kind: "domain", name: "api.example.com", path: "/x" });
});

test("a stage is the first part of a path", () => {
  expect(splitStage("/prod/a/b")).toEqual({ stage: "prod", rest: "/a/b" });
  expect(splitStage("/prod")).toEqual({ stage: "prod", rest: "/" });
  expect(splitStage("/")).toEqual({ stage: "", rest: "/" });
});

test("an API's host stands in front of a name, not of an address", () => {
  const host = (base: string) => apiHost({ apiId: "a1", region: "eu-west-1" }, base);
  expect(host("localhost:4566")).toBe("a1.execute-api.eu-west-1.localhost:4566");
  expect(host("127.0.0.1:4566")).toBe("a1.execute-api.eu-west-1.localhost:4566");
  expect(host("[::1]:80")).toBe("a1.execute-api.eu-west-1.localhost:80");
  expect(host("nuage.example")).toBe("a1.execute-api.eu-west-1.nuage.example");
});
