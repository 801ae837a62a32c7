import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/faults.ts";
import type { ProtocolId } from "../kernel/wire.ts";
import { writeCbor } from "./cbor.ts";
import { compileModel } from "./model.ts";
import type { OperationModel } from "./protocol.ts";
import { protocolOf } from "./protocols.ts";
import type { WireRequest } from "./wire.ts";

const models = {
  lambda: compileModel("lambda", { protocols: ["restJson1"], version: "1", signingName: "lambda" }, lambda),
  s3: compileModel("s3", { protocols: ["restXml"], version: "1", signingName: "s3" }, s3),
  sts: compileModel("sts", { protocols: ["awsQuery"], version: "1", signingName: "sts" }, sts),
};

function operationOf(service: keyof typeof models, name: string): OperationModel {
  const operation = models[service].operations.get(name);
  if (operation === undefined) throw new TypeError(`${name} is not modelled`);
  return operation;
}

const line = { path: "/bucket/key", query: "", method: "POST", headers: {} };

function decode(
  id: ProtocolId,
  operation: OperationModel,
  body: string | Uint8Array,
  request: Partial<WireRequest> = {},
): Record<string, unknown> {
  return protocolOf(id).decode(operation, { ...line, ...request, body: Buffer.from(body as string) });
}

/** The fault's code and message; anything else that is thrown fails the test. */
function refusal(decoding: () => unknown): string | undefined {
  try {
    decoding();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const createFunction = operationOf("lambda", "CreateFunction");
const deleteObjects = operationOf("s3", "DeleteObjects");
const assumeRole = operationOf("sts", "AssumeRole");

describe("JSON", () => {
  test.each([
    ['{"FunctionName":1}', "NUMBER_VALUE can not be converted to a String"],
    ['{"FunctionName":true}', "TRUE_VALUE can not be converted to a String"],
    ['{"Timeout":"3"}', "STRING_VALUE can not be converted to an Integer"],
    ['{"Publish":"true"}', "STRING_VALUE can not be converted to a Boolean"],
    ['{"FunctionName":{}}', "Start of structure or map found where not expected."],
    ['{"FunctionName":[]}', "Start of list found where not expected"],
    ['{"Layers":"a"}', "Expected list or null"],
    ['{"Code":"a"}', "Unexpected value type in payload"],
    ["[]", "Start of list found where not expected"],
    ["{", "Unexpected end-of-input or malformed JSON"],
    ["hello", "Unrecognized token 'hello': was expecting ('true', 'false' or 'null')"],
  ])("%s is refused", (body, message) => {
    expect(refusal(() => decode("awsJson1_1", createFunction, body))).toBe(
      `SerializationException: ${message}`,
    );
  });

  test("Lambda says for bodies that are no JSON what Lambda says", () => {
    expect(refusal(() => decode("restJson1", createFunction, "hello"))).toBe(
      "InvalidRequestContentException: Could not parse request body into json: " +
        "Unrecognized token 'hello': was expecting ('true', 'false' or 'null')",
    );
    expect(refusal(() => decode("restJson1", createFunction, '{"FunctionName":1}'))).toBe(
      "SerializationException: NUMBER_VALUE can not be converted to a String",
    );
  });

  test("a key called __proto__ is a key like any other", () => {
    const body = '{"Tags":{"__proto__":"a","constructor":"b"},"__proto__":{"FunctionName":"c"}}';
    const input = decode("restJson1", createFunction, body);
    expect(Object.entries(input.Tags as object)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
    expect(input.FunctionName).toBeUndefined();
    expect(({} as Record<string, unknown>).FunctionName).toBeUndefined();
  });

  test("null is no value, unknown members are passed over, the last of two equal keys counts", () => {
    const body = '{"FunctionName":null,"Unknown":[{}],"Handler":"a","Handler":"b"}';
    expect(decode("restJson1", createFunction, body)).toEqual({ Handler: "b" });
  });

  test("bytes that are no UTF-8 are refused", () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(refusal(() => decode("awsJson1_0", createFunction, body))).toMatch(/not valid UTF-8/);
  });

  test("wrong base64 is refused", () => {
    expect(refusal(() => decode("awsJson1_0", createFunction, '{"Code":{"ZipFile":"???"}}'))).toBe(
      "SerializationException: Invalid base64",
    );
  });
});

describe("XML", () => {
  const malformed =
    "MalformedXML: The XML you provided was not well-formed or did not validate against our published schema";

  test.each([
    ["text", "hello"],
    ["an unclosed element", "<Delete><Object>"],
    ["a wrong end", "<Delete></Object></Delete>"],
    ["two roots", "<Delete/><Delete/>"],
    ["another root", "<Other/>"],
    ["an unknown entity", "<Delete><Object><Key>&x;</Key></Object></Delete>"],
    ["a control character", "<Delete><Object><Key>&#0;</Key></Object></Delete>"],
    ["elements in text", "<Delete><Object><Key><b/></Key></Object></Delete>"],
    ["a repeated attribute", '<Delete a="1" a="2"/>'],
    ["an attribute without value", "<Delete a/>"],
    ["a boolean that is none", "<Delete><Quiet>maybe</Quiet></Delete>"],
    ["an entity bomb", '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><Delete>&d;</Delete>'],
    ["an outside entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><Delete/>'],
    ["a deep document", `<Delete>${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}</Delete>`],
  ])("%s is refused", (_name, body) => {
    expect(refusal(() => decode("restXml", deleteObjects, body))).toBe(malformed);
  });

  test("prefixes, comments, CDATA, characters by number and a byte order mark are read", () => {
    const body =
      '\ufeff<?xml version="1.0"?><!-- a --><s:Delete xmlns:s="x"><s:Object>' +
      "<s:Key><![CDATA[<]]>&#x41;&amp;</s:Key></s:Object><Quiet> true </Quiet></s:Delete>";
    const input = decode("restXml", deleteObjects, body);
    expect(input.Delete).toEqual({ Objects: [{ Key: "<A&" }], Quiet: true });
  });

  test("S3 reads headers that a presigned URL carries in its query, unless the request has them", () => {
    const put = operationOf("s3", "PutObject");
    const query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&x-amz-meta-a=b%20c&x-amz-acl=private&x-amz-checksum-crc32=AAAAAA%3D%3D";
    const request = { method: "PUT", query, headers: { "x-amz-acl": "public-read" } };
    expect(decode("restXml", put, "", request)).toMatchObject({ ACL: "public-read", Metadata: { a: "b c" } });
    expect(decode("restXml", put, "", request)).not.toHaveProperty("ChecksumCRC32");
  });

  test("S3 names the argument that is wrong", () => {
    const list = operationOf("s3", "ListObjectsV2");
    const request = { path: "/bucket", query: "list-type=2&max-keys=many" };
    expect(refusal(() => decode("restXml", list, "", request))).toBe(
      "InvalidArgument: Provided max-keys not an integer or within integer range",
    );
    expect(refusal(() => decode("restXml", list, "", { path: "/%ff" }))).toBe(
      "InvalidURI: Couldn't parse the specified URI.",
    );
  });
});

describe("Query", () => {
  test("lists with gaps, in any order, and both spellings are read", () => {
    const body =
      "Action=AssumeRole&Tags.member.7.Key=b&Tags.member.2.Key=a&TransitiveTagKeys.1=c&RoleArn=x+y";
    expect(decode("awsQuery", assumeRole, body, { path: "/" })).toEqual({
      RoleArn: "x y",
      Tags: [{ Key: "a" }, { Key: "b" }],
      TransitiveTagKeys: ["c"],
    });
  });

  test.each([
    ["Tags.member.x.Key=a"],
    ["DurationSeconds=soon"],
    ["RoleArn.a=1"],
    ["RoleArn=%zz"],
    [`Tags${".a".repeat(10_000)}=1`],
    ["Tags=1"],
  ])("%s is refused", (body) => {
    expect(refusal(() => decode("awsQuery", assumeRole, body, { path: "/" }))).toMatch(/^MalformedInput: /);
  });
});

describe("CBOR", () => {
  test.each([
    ["a list longer than its bytes", [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ["a string longer than its bytes", [0x7a, 0x7f, 0xff, 0xff, 0xff]],
    ["a map that never ends", [0xbf, 0x61, 0x61]],
    ["a break outside", [0xff]],
    ["a reserved length", [0x1c]],
    ["two items", [0xa0, 0xa0]],
    ["a map with a number as key", [0xa1, 0x01, 0x01]],
    ["a string of broken UTF-8", [0xa1, 0x61, 0xff, 0x01]],
    ["deep lists", new Array(100_000).fill(0x81)],
    ["deep tags", new Array(100_000).fill(0xc1)],
    ["a list as body", [0x80]],
    ["a timestamp of text", [0xc1, 0x61, 0x61]],
  ])("%s is refused", (_name, bytes) => {
    const refused = refusal(() => decode("rpcV2Cbor", createFunction, new Uint8Array(bytes)));
    expect(refused).toMatch(/^SerializationException: /);
  });

  test("a key called __proto__ is a key like any other", () => {
    const tags: Record<string, unknown> = {};
    Object.defineProperty(tags, "__proto__", { value: "a", enumerable: true });
    const input = decode("rpcV2Cbor", createFunction, writeCbor({ Tags: tags }));
    expect(Object.entries(input.Tags as object)).toEqual([["__proto__", "a"]]);
  });
});

describe("bodies made to cost time or stack", () => {
  const many = 1_000_000;
  test.each<[string, ProtocolId, OperationModel, string]>([
    ["digits that are no number", "awsQuery", assumeRole, `DurationSeconds=${"1".repeat(many)}x`],
    ["a date that is none", "awsQuery", assumeRole, `DurationSeconds=${"2026-".repeat(many / 5)}`],
    ["nested JSON lists", "awsJson1_1", createFunction, `{"Tags":${"[".repeat(many)}${"]".repeat(many)}}`],
    ["nested JSON objects", "awsJson1_1", createFunction, '{"Code":'.repeat(many / 10)],
    ["an element that never ends", "restXml", deleteObjects, `<Delete ${"a ".repeat(many / 2)}`],
    ["many ampersands", "restXml", deleteObjects, `<Delete>${"&".repeat(many)}</Delete>`],
    ["blank text", "restXml", deleteObjects, `<Delete><Quiet>${" ".repeat(many)}x</Quiet></Delete>`],
  ])("%s are refused", (_name, id, operation, body) => {
    const request = id === "awsQuery" ? { path: "/" } : {};
    expect(refusal(() => decode(id, operation, body, request))).toBeDefined();
  });
});

describe("whatever bytes come, the answer is an input or a fault", () => {
  const zip = Buffer.from("zip").toString("base64");
  const bodies: readonly [ProtocolId, OperationModel, Uint8Array][] = [
    [
      "awsJson1_1",
      createFunction,
      Buffer.from(`{"FunctionName":"f","Code":{"ZipFile":"${zip}"},"Layers":["a"]}`),
    ],
    ["restJson1", createFunction, Buffer.from('{"FunctionName":"f","Timeout":3,"Tags":{"a":"b"}}')],
    ["restXml", deleteObjects, Buffer.from('<Delete xmlns="x"><Object><Key>&lt;k</Key></Object></Delete>')],
    ["awsQuery", assumeRole, Buffer.from("Action=AssumeRole&Tags.member.1.Key=a&DurationSeconds=900")],
    [
      "rpcV2Cbor",
      createFunction,
      writeCbor({ FunctionName: "f", Timeout: 3, Layers: ["a"], Tags: { a: "b" } }),
    ],
  ];

  test.each(bodies)("%s", (id, operation, valid) => {
    for (let length = 0; length <= valid.length; length++) {
      refusal(() => decode(id, operation, valid.subarray(0, length)));
    }
    // A fixed sequence, so that a failure comes again.
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let round = 0; round < 2000; round++) {
      const bytes = round % 2 === 0 ? new Uint8Array(random(64)).map(() => random(256)) : Buffer.from(valid);
      for (let change = 0; change < 3; change++) bytes[random(bytes.length)] = random(256);
      refusal(() => decode(id, operation, bytes));
    }
  });
});
