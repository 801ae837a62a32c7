import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { Fault, platformFault } from "../kernel/faults.ts";
import { compileModel } from "./model.ts";
import { protocolOf } from "./protocols.ts";

const answer = { requestId: "r-1", method: "GET", resource: "/bucket/a key" };
const lambdaModel = compileModel(
  "lambda",
  { protocols: ["restJson1"], version: "1", signingName: "l" },
  lambda,
);
const s3Model = compileModel("s3", { protocols: ["restXml"], version: "1", signingName: "s3" }, s3);
const stsModel = compileModel(
  "sts",
  { protocols: ["awsQuery"], version: "1", signingName: "sts", xmlNamespace: "https://sts.example/" },
  sts,
);

test("Lambda's modelled error has its status, type header, and side", () => {
  const fault = new Fault("ResourceNotFoundException", "Function not found: f");
  const written = protocolOf("restJson1").encodeFault(lambdaModel, fault, answer);
  expect(written.status).toBe(404);
  expect(written.headers).toMatchObject({
    "x-amzn-errortype": "ResourceNotFoundException",
    "content-type": "application/json",
    "x-amzn-requestid": "r-1",
  });
  expect(JSON.parse(String(written.body))).toEqual({ Type: "User", Message: "Function not found: f" });
});

test("S3's error names code, message, members, resource and both ids", () => {
  const fault = new Fault("NoSuchKey", "The specified key does not exist.", { members: { Key: "a <key>" } });
  const written = protocolOf("restXml").encodeFault(s3Model, fault, answer);
  expect(written.status).toBe(404);
  const hostId = written.headers["x-amz-id-2"];
  expect(written.headers["x-amz-request-id"]).toBe("r-1");
  expect(written.body).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>' +
      "<Message>The specified key does not exist.</Message><Key>a &lt;key&gt;</Key>" +
      "<Resource>/bucket/a key</Resource><RequestId>r-1</RequestId>" +
      `<HostId>${hostId}</HostId></Error>`,
  );
});

test("S3's dates have milliseconds, and its metadata survives what headers cannot hold", () => {
  const list = s3Model.operations.get("ListObjectsV2");
  const get = s3Model.operations.get("GetObject");
  if (get === undefined || list === undefined) throw new TypeError("not modelled");
  const protocol = protocolOf("restXml");
  const contents = { Contents: [{ Key: "k", LastModified: new Date(0) }] };
  expect(protocol.encode(list, contents, answer).body).toContain(
    "<LastModified>1970-01-01T00:00:00.000Z</LastModified>",
  );
  const Metadata = { a: "日本", b: "é", c: "x\r\nset-cookie: y" };
  expect(protocol.encode(get, { Metadata }, answer).headers).toMatchObject({
    "x-amz-meta-a": "=?UTF-8?B?5pel5pys?=",
    "x-amz-meta-b": "é",
    "x-amz-meta-c": "x set-cookie: y",
  });
});

test("HEAD and 304 have no body", () => {
  const protocol = protocolOf("restXml");
  const missing = protocol.encodeFault(s3Model, new Fault("NoSuchKey", ""), { ...answer, method: "HEAD" });
  expect(missing).toMatchObject({ status: 404 });
  expect(missing.body).toBeUndefined();
  const same = protocol.encodeFault(s3Model, new Fault("NotModified", "", { status: 304 }), answer);
  expect(same).toMatchObject({ status: 304 });
  expect(same.body).toBeUndefined();
});

test("Query answers with the error's own code, in the service's namespace", () => {
  const fault = new Fault("IDPRejectedClaimException", "No.");
  const written = protocolOf("awsQuery").encodeFault(stsModel, fault, answer);
  expect(written.status).toBe(403);
  expect(written.headers["content-type"]).toBe("text/xml");
  expect(written.body).toBe(
    '<ErrorResponse xmlns="https://sts.example/"><Error>' +
      "<Type>Sender</Type><Code>IDPRejectedClaim</Code><Message>No.</Message></Error>" +
      "<RequestId>r-1</RequestId></ErrorResponse>",
  );
});

test.each(["awsJson1_0", "awsJson1_1", "awsQuery", "restJson1", "restXml", "rpcV2Cbor"] as const)(
  "%s writes a platform fault without a model",
  (id) => {
    const written = protocolOf(id).encodeFault(
      undefined,
      platformFault("NotImplemented", "Not here."),
      answer,
    );
    expect(written.status).toBe(501);
    expect(Buffer.from((written.body ?? "") as string).toString("latin1")).toContain("Not here.");
  },
);

test("S3's quirks: 206 for ranges, and a location without wrapper", () => {
  const protocol = protocolOf("restXml");
  const get = s3Model.operations.get("GetObject");
  const location = s3Model.operations.get("GetBucketLocation");
  if (get === undefined || location === undefined) throw new TypeError("not modelled");
  expect(protocol.encode(get, { ContentRange: "bytes 0-1/2" }, answer).status).toBe(206);
  expect(protocol.encode(get, {}, answer).status).toBe(200);
  expect(String(protocol.encode(location, { LocationConstraint: "eu-west-1" }, answer).body)).toContain(
    '<LocationConstraint xmlns="">eu-west-1</LocationConstraint>',
  );
});
