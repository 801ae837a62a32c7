import { describe, expect, it } from "vitest";
import { readHost } from "./hosts.ts";

const services = new Map([
  ["s3", "s3"],
  ["sts", "sts"],
  ["lambda", "lambda"],
]);
const prefixed = new Map([...services, ["logs", "logs"], ["stream-logs", "logs"]]);
const read = (host: string) => readHost(host, services);

describe("hosts", () => {
  it.each([
    ["localhost:4566", "http://localhost:4566"],
    ["127.0.0.1:4566", "http://127.0.0.1:4566"],
    ["[::1]:4566", "http://[::1]:4566"],
    ["LOCALHOST", "http://localhost"],
    ["localhost.localstack.cloud:4566", "http://localhost.localstack.cloud:4566"],
  ])("%s names the platform and nothing else", (host, endpoint) => {
    expect(read(host)).toEqual({ trusted: true, endpoint, front: "", prefix: "" });
  });

  it.each([
    ["sts.localhost:4566", { service: "sts" }],
    ["sts.eu-west-1.localhost", { service: "sts", region: "eu-west-1" }],
    ["photos.localhost:4566", { prefix: "photos" }],
    ["my.photos.localhost", { prefix: "my.photos" }],
    ["photos.s3.localhost:4566", { service: "s3", prefix: "photos" }],
    ["my.s3.photos.s3.localhost", { service: "s3", prefix: "my.s3.photos" }],
    [
      "photos.s3.us-gov-west-1.localhost.localstack.cloud:4566",
      { service: "s3", prefix: "photos", region: "us-gov-west-1" },
    ],
    ["s3.dualstack.eu-west-1.localhost", { service: "s3", region: "eu-west-1" }],
    ["photos.s3.amazonaws.com", { service: "s3", prefix: "photos" }],
  ])("%s", (host, facts) => {
    expect(read(host)).toMatchObject({ trusted: true, prefix: "", ...facts });
  });

  it.each([
    ["stream-localhost:4566", "http://localhost:4566", {}],
    ["stream-127.0.0.1:4566", "http://127.0.0.1:4566", {}],
    ["stream-localhost.localstack.cloud:4566", "http://localhost.localstack.cloud:4566", {}],
    ["stream-nuage.localhost", "http://localhost", { prefix: "stream-nuage" }],
    ["stream-logs.eu-west-1.localhost", "http://localhost", { service: "logs", region: "eu-west-1" }],
    ["stream-logs.eu-west-1.amazonaws.com", "http://amazonaws.com", { service: "logs" }],
  ])("%s has what a client wrote before the host for an operation", (host, endpoint, facts) => {
    expect(readHost(host, prefixed, ["stream-"])).toMatchObject({
      trusted: true,
      prefix: "",
      endpoint,
      ...facts,
    });
  });

  it.each(["stream-amazonaws.com", "streams-localhost", "stream-evil.example", "stream-stream-localhost"])(
    "does not trust %j",
    (host) => {
      expect(readHost(host, prefixed, ["stream-"])).toMatchObject({ trusted: false, prefix: "" });
    },
  );

  it.each(["evil.example", "localhost.evil.example", "notlocalhost", "127.0.0.1.evil.example", ""])(
    "does not trust %j",
    (host) => {
      expect(read(host)).toMatchObject({ trusted: false, prefix: "" });
    },
  );

  it("finds a bucket before a service's label under any name", () => {
    expect(read("photos.s3.cloud.internal")).toMatchObject({ prefix: "" });
    expect(read("photos.s3:80")).toMatchObject({ trusted: false, service: "s3", prefix: "photos" });
  });
});
