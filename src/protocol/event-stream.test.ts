import { Readable } from "node:stream";
import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import { HttpResponse } from "@smithy/core/protocols";
import { expect, test } from "vitest";
import { Fault } from "../kernel/faults.ts";
import type { ProtocolId } from "../kernel/wire.ts";
import { compileModel } from "./model.ts";
import { protocolOf } from "./protocols.ts";

// Streams are written here and read by the SDK's own clients.

const common = {
  region: "eu-west-1",
  endpoint: "http://localhost:4566",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
  maxAttempts: 1,
};

function answering(id: "lambda" | "s3", protocol: ProtocolId, sdk: object, name: string, output: object) {
  const model = compileModel(id, { protocols: [protocol], version: "1", signingName: id }, sdk);
  const operation = model.operations.get(name);
  if (operation === undefined) throw new TypeError(`${name} is not modelled`);
  return {
    async handle() {
      const answer = { requestId: "r", method: "POST", resource: "/" };
      const encoded = protocolOf(protocol).encode(operation, output as Record<string, unknown>, answer);
      const body = Readable.from(encoded.body as AsyncIterable<Uint8Array>);
      return { response: new HttpResponse({ statusCode: encoded.status, headers: encoded.headers, body }) };
    },
  };
}

async function* lambdaEvents() {
  yield { PayloadChunk: { Payload: Buffer.from("hello ") } };
  yield { PayloadChunk: { Payload: Buffer.from("world") } };
  yield { InvokeComplete: { ErrorCode: "Unhandled", LogResult: "bG9n" } };
}

test("a streamed invocation arrives event by event", async () => {
  const output = { StatusCode: 200, ExecutedVersion: "3", EventStream: lambdaEvents() };
  const requestHandler = answering("lambda", "restJson1", lambda, "InvokeWithResponseStream", output);
  const client = new lambda.LambdaClient({ ...common, requestHandler } as object);
  const read = await client.send(new lambda.InvokeWithResponseStreamCommand({ FunctionName: "f" }));
  expect(read).toMatchObject({ StatusCode: 200, ExecutedVersion: "3" });
  let text = "";
  let complete: unknown;
  for await (const event of read.EventStream ?? []) {
    text += Buffer.from(event.PayloadChunk?.Payload ?? []).toString();
    complete ??= event.InvokeComplete;
  }
  expect(text).toBe("hello world");
  expect(complete).toEqual({ ErrorCode: "Unhandled", LogResult: "bG9n" });
});

async function* s3Events() {
  yield { Records: { Payload: Buffer.from("a,b\n") } };
  yield { Stats: { Details: { BytesScanned: 10, BytesProcessed: 10, BytesReturned: 4 } } };
  yield { Cont: {} };
  yield { End: {} };
}

const select = new s3.SelectObjectContentCommand({
  Bucket: "bucket",
  Key: "key",
  Expression: "select *",
  ExpressionType: "SQL",
  InputSerialization: { CSV: {} },
  OutputSerialization: { CSV: {} },
});

async function readSelect(events: AsyncIterable<object>): Promise<unknown[]> {
  const requestHandler = answering("s3", "restXml", s3, "SelectObjectContent", { Payload: events });
  const client = new s3.S3Client({ ...common, requestHandler, forcePathStyle: true } as object);
  const { Payload } = await client.send(select);
  const read: unknown[] = [];
  for await (const event of Payload ?? []) read.push(event);
  return read;
}

test("S3's events have bytes, XML and nothing as payload", async () => {
  expect(await readSelect(s3Events())).toEqual([
    { Records: { Payload: new Uint8Array(Buffer.from("a,b\n")) } },
    { Stats: { Details: { BytesScanned: 10, BytesProcessed: 10, BytesReturned: 4 } } },
    { Cont: {} },
    { End: {} },
  ]);
});

test("a fault ends the stream as an error that the client throws", async () => {
  async function* broken() {
    yield { Cont: {} };
    throw new Fault("OverMaxRecordSize", "The length of a record is greater than 1 MB.");
  }
  await expect(readSelect(broken())).rejects.toThrow("The length of a record is greater than 1 MB.");
});
