import { expect, test } from "vitest";
import type { Wire } from "../kernel/wire.ts";
import { detectProtocol } from "./protocols.ts";

const three: Wire = {
  protocols: ["awsJson1_0", "rpcV2Cbor", "awsQuery"],
  version: "2010-08-01",
  signingName: "monitoring",
};

test.each([
  [{ "x-amz-target": "GraniteServiceVersion20100801.PutMetricData" }, "/", "awsJson1_0"],
  [{ "content-type": "application/x-amz-json-1.0" }, "/", "awsJson1_0"],
  [{ "content-type": "application/x-amz-json-1.1", "x-amz-target": "a.b" }, "/", "awsJson1_0"],
  [{ "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" }, "/", "rpcV2Cbor"],
  [{}, "/service/GraniteServiceVersion20100801/operation/PutMetricData", "rpcV2Cbor"],
  [{ "content-type": "application/x-www-form-urlencoded; charset=utf-8" }, "/", "awsQuery"],
  [{}, "/", "awsQuery"],
  [{ "content-type": "text/plain" }, "/", "awsJson1_0"],
] as const)("%o at %s speaks %s", (headers, path, protocol) => {
  expect(detectProtocol(three, { headers, path })).toBe(protocol);
});

test("a service with one protocol is always spoken to in it", () => {
  const one: Wire = { protocols: ["restXml"], version: "2006-03-01", signingName: "s3" };
  expect(detectProtocol(one, { headers: { "x-amz-target": "a.b" }, path: "/" })).toBe("restXml");
});

test("the content type tells CBOR from JSON, which have their target alike", () => {
  const both: Wire = {
    protocols: ["awsJson1_1", "awsCbor1_1"],
    version: "2013-12-02",
    signingName: "kinesis",
  };
  const detect = (type: string) =>
    detectProtocol(both, { headers: { "x-amz-target": "a.b", "content-type": type }, path: "/" });
  expect(detect("application/x-amz-cbor-1.1")).toBe("awsCbor1_1");
  expect(detect("application/x-amz-json-1.1")).toBe("awsJson1_1");
});
