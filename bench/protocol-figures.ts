import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { JsonCodec } from "@aws-sdk/core/protocols";
import { writeCbor } from "../src/protocol/cbor.ts";
import { compileModel } from "../src/protocol/model.ts";
import type { OperationModel, ServiceModel } from "../src/protocol/protocol.ts";
import { protocolOf } from "../src/protocol/protocols.ts";
import { validate } from "../src/protocol/validate.ts";

export interface Figure {
  readonly name: string;
  readonly perSecond?: number;
  readonly milliseconds?: number;
}

const ROUND_MS = 100;
const ROUNDS = 6;

/** The best of some rounds, taken in turns: what else the machine does only ever makes work slower. */
function inTurns(works: Readonly<Record<string, () => unknown>>): Figure[] {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(works)) {
      best.set(name, Math.max(best.get(name) ?? 0, oneRound(work)));
    }
  }
  return [...best].map(([name, perSecond]) => ({ name, perSecond: Math.round(perSecond) }));
}

function oneRound(work: () => unknown): number {
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < ROUND_MS) {
    for (let index = 0; index < 10; index++) work();
    count += 10;
  }
  return (count / (performance.now() - start)) * 1000;
}

function perSecond(work: () => unknown): number {
  return Math.round(Math.max(...Array.from({ length: ROUNDS }, () => oneRound(work))));
}

function milliseconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return Math.round((performance.now() - start) * 1000) / 1000;
}

function operationOf(model: ServiceModel, name: string): OperationModel {
  const operation = model.operations.get(name);
  if (operation === undefined) throw new TypeError(`${name} is not modelled`);
  return operation;
}

const createFunction = {
  FunctionName: "thumbnail",
  Runtime: "nodejs20.x",
  Role: "arn:aws:iam::123456789012:role/thumbnail",
  Handler: "index.handler",
  Code: { S3Bucket: "code", S3Key: "thumbnail.zip" },
  Timeout: 30,
  MemorySize: 512,
  Environment: { Variables: { BUCKET: "thumbnails", WIDTH: "320", QUALITY: "80" } },
  Tags: { team: "pictures", stage: "production" },
  Architectures: ["x86_64"],
  Layers: ["arn:aws:lambda:eu-west-1:123456789012:layer:sharp:3"],
};

const answer = { requestId: "7f3d1f1e-0000-4000-8000-000000000000", method: "GET", resource: "/" };

export function* figures(): Generator<Figure> {
  let model: ServiceModel | undefined;
  const s3Wire = { protocols: ["restXml"], version: "2006-03-01", signingName: "s3" } as const;
  yield {
    name: "compile S3's model",
    milliseconds: milliseconds(() => (model = compileModel("s3", s3Wire, s3))),
  };
  const route = () => model?.route("GET", "/bucket/key", "");
  yield { name: "first route in S3", milliseconds: milliseconds(route) };
  const put = {
    method: "PUT",
    path: "/photos/2026/11/23/photo.jpg",
    query: "x-id=PutObject",
    headers: {
      host: "localhost:4566",
      "content-type": "image/jpeg",
      "content-length": "3",
      "x-amz-meta-camera": "one",
      "x-amz-checksum-crc32": "AAAAAA==",
      "x-amz-sdk-checksum-algorithm": "CRC32",
      "user-agent": "aws-sdk-js/3",
    },
    body: Buffer.from("abc"),
  };
  if (model === undefined) return;
  const s3Model = model;
  const xml = protocolOf("restXml");
  const putObject = operationOf(s3Model, "PutObject");
  const first = () => xml.decode(putObject, put);
  yield { name: "first PutObject, compiled and decoded", milliseconds: milliseconds(first) };
  yield { name: "S3 route", perSecond: perSecond(() => xml.operationName(s3Model, put)) };
  yield { name: "S3 PutObject decode", perSecond: perSecond(() => xml.decode(putObject, put)) };
  yield {
    name: "S3 PutObject validate",
    perSecond: perSecond(() => validate(putObject, {}, { Bucket: "b", Key: "k" })),
  };
  const getOutput = { ContentLength: 3, ETag: '"abc"', LastModified: new Date(0), ContentType: "image/jpeg" };
  const getObject = operationOf(s3Model, "GetObject");
  yield {
    name: "S3 GetObject encode",
    perSecond: perSecond(() => xml.encode(getObject, { ...getOutput }, answer)),
  };
  yield* xmlFigures(s3Model);
  yield* jsonFigures();
  yield* queryFigures();
}

function* xmlFigures(model: ServiceModel): Generator<Figure> {
  const xml = protocolOf("restXml");
  const keys = Array.from({ length: 1000 }, (_, index) => `photos/${index}.jpg`);
  const objects = keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("");
  const body = Buffer.from(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects}</Delete>`);
  const request = { method: "POST", path: "/bucket", query: "delete", headers: {}, body };
  const deleteObjects = operationOf(model, "DeleteObjects");
  yield {
    name: "S3 DeleteObjects of 1000 decode",
    perSecond: perSecond(() => xml.decode(deleteObjects, request)),
  };
  const Contents = keys.map((Key) => ({ Key, Size: 3, ETag: '"abc"', LastModified: new Date(0) }));
  const list = operationOf(model, "ListObjectsV2");
  const output = { Name: "bucket", KeyCount: 1000, Contents };
  yield {
    name: "S3 ListObjectsV2 of 1000 encode",
    perSecond: perSecond(() => xml.encode(list, output, answer)),
  };
}

function* jsonFigures(): Generator<Figure> {
  const wire = { protocols: ["restJson1"], version: "2015-03-31", signingName: "lambda" } as const;
  const operation = operationOf(compileModel("lambda", wire, lambda), "CreateFunction");
  const body = Buffer.from(JSON.stringify(createFunction));
  const request = { method: "POST", path: "/2015-03-31/functions", query: "", headers: {}, body };
  const cborRequest = { ...request, body: writeCbor(createFunction) };
  const settings = { jsonName: false, timestampFormat: { useTrait: true, default: 7 } } as const;
  const walker = new JsonCodec(settings).createDeserializer();
  const json = protocolOf("awsJson1_1");
  const rest = protocolOf("restJson1");
  const cbor = protocolOf("rpcV2Cbor");
  const Layers = createFunction.Layers.map((Arn) => ({ Arn, CodeSize: 3 }));
  const output = { ...createFunction, Layers, LastModified: "2026-11-23T00:00:00.000+0000", CodeSize: 3 };
  yield* inTurns({
    "floor: JSON.parse of CreateFunction": () => JSON.parse(body.toString("utf8")),
    "the SDK's walk over CreateFunction's schema": () =>
      walker.readObject(operation.input, JSON.parse(body.toString("utf8"))),
    "awsJson CreateFunction decode": () => json.decode(operation, request),
    "restJson CreateFunction decode": () => rest.decode(operation, request),
    "CBOR CreateFunction decode": () => cbor.decode(operation, cborRequest),
    "floor: JSON.stringify of its answer": () => JSON.stringify(output),
    "restJson CreateFunction encode": () => rest.encode(operation, output, answer),
  });
}

function* queryFigures(): Generator<Figure> {
  const wire = { protocols: ["awsQuery"], version: "2011-06-15", signingName: "sts" } as const;
  const operation = operationOf(compileModel("sts", wire, sts), "GetCallerIdentity");
  const body = Buffer.from("Action=GetCallerIdentity&Version=2011-06-15");
  const request = { method: "POST", path: "/", query: "", headers: {}, body };
  const query = protocolOf("awsQuery");
  yield {
    name: "Query GetCallerIdentity decode",
    perSecond: perSecond(() => query.decode(operation, request)),
  };
  const output = { UserId: "AIDA", Account: "123456789012", Arn: "arn:aws:iam::123456789012:root" };
  yield {
    name: "Query GetCallerIdentity encode",
    perSecond: perSecond(() => query.encode(operation, output, answer)),
  };
}
