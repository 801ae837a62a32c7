import { Readable } from "node:stream";
import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { describe, expect, test } from "vitest";
import type { Wire } from "../kernel/wire.ts";
import { compileModel } from "./model.ts";
import type { OperationModel, ServiceModel } from "./protocol.ts";
import { protocolOf } from "./protocols.ts";
import { comparable, sample } from "./sample.fixture.ts";
import type { WireRequest, WireResponse } from "./wire.ts";

// What the SDK's clients send is decoded to what they were given, and what is encoded here they read
// back: for every operation of the three services, with every member set.

interface Service {
  readonly id: string;
  readonly sdk: object;
  readonly wire: Wire;
  /** Members that the client derives, changes or keeps to itself. */
  readonly leaveOut: RegExp;
  client(handler: object): { send(command: object): Promise<object> };
}

const common = {
  region: "eu-west-1",
  endpoint: "http://localhost:4566",
  credentials: { accessKeyId: "a", secretAccessKey: "b" },
  maxAttempts: 1,
};

const SERVICES: readonly Service[] = [
  {
    id: "lambda",
    sdk: lambda,
    wire: { protocols: ["restJson1"], version: "2015-03-31", signingName: "lambda" },
    leaveOut: /^$/,
    client: (requestHandler) => new lambda.LambdaClient({ ...common, requestHandler } as object),
  },
  {
    id: "sts",
    sdk: sts,
    wire: {
      protocols: ["awsQuery"],
      version: "2011-06-15",
      signingName: "sts",
      xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    },
    leaveOut: /^$/,
    client: (requestHandler) => new sts.STSClient({ ...common, requestHandler } as object),
  },
  {
    id: "s3",
    sdk: s3,
    wire: {
      protocols: ["restXml"],
      version: "2006-03-01",
      signingName: "s3",
      xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    },
    // Keys of SSE-C are hashed on the way; Expires is text to the client; checksums are verified.
    leaveOut: /SSECustomer|^Expires$|^ExpiresString$|^Checksum|ContentMD5/,
    client: (requestHandler) =>
      new s3.S3Client({
        ...common,
        requestHandler,
        forcePathStyle: true,
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
      } as object),
  },
];

/** Event streams have tests of their own; WriteGetObjectResponse carries its token in the host. */
const ELSEWHERE = /^(InvokeWithResponseStream|SelectObjectContent|WriteGetObjectResponse)$/;

/** Their output's body is a stream to the client. */
const STREAMED = /^GetObject(Annotation|Torrent)?$/;

describe.each(SERVICES)("$id", (service) => {
  const model = compileModel(service.id, service.wire, service.sdk);
  const operations = [...model.operations.values()].filter(({ name }) => !ELSEWHERE.test(name));

  test.each(operations.map((operation) => [operation.name, operation] as const))(
    "%s",
    async (name, operation) => {
      const input = inputOf(service, operation);
      const output = sample(operation.output, service.leaveOut) as Record<string, unknown>;
      if ("StatusCode" in output) output.StatusCode = 202;
      let decoded: unknown;
      const client = service.client({
        async handle(request: HttpRequest) {
          const { wire, operation: routed } = receive(model, request);
          expect(routed.name).toBe(name);
          const protocol = protocolOf(service.wire.protocols[0]);
          decoded = protocol.decode(routed, wire);
          const answer = { requestId: "r-1", method: request.method, resource: "/" };
          return { response: toHttp(protocol.encode(routed, output, answer), STREAMED.test(name)) };
        },
      });
      const Command = (service.sdk as Record<string, new (input: object) => object>)[`${name}Command`];
      if (Command === undefined) throw new TypeError(`${name} has no command`);
      const read = await client.send(new Command(input));
      expect(await comparable(decoded)).toEqual(await comparable(input));
      expect(await comparable(read)).toEqual(await comparable(output));
    },
  );
});

function inputOf(service: Service, operation: OperationModel): Record<string, unknown> {
  const input = sample(operation.input, service.leaveOut) as Record<string, unknown>;
  if ("Bucket" in input) input.Bucket = "bucket-name";
  if ("Key" in input) input.Key = "a b/ü+%~//é/";
  return input;
}

function receive(
  model: ServiceModel,
  request: HttpRequest,
): { wire: WireRequest; operation: OperationModel } {
  const query = Object.entries(request.query).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) =>
      item === null || item === undefined
        ? encodeURIComponent(key)
        : `${encodeURIComponent(key)}=${encodeURIComponent(item)}`,
    ),
  );
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const wire: WireRequest = {
    method: request.method,
    path: request.path,
    query: query.join("&"),
    headers: Object.fromEntries(headers),
    body: Buffer.from((request.body ?? "") as string),
  };
  const name = protocolOf(model.wire.protocols[0]).operationName(model, wire);
  const operation = model.operations.get(name ?? "");
  if (operation === undefined) throw new TypeError(`${request.method} ${request.path} has no operation`);
  return { wire, operation };
}

function toHttp({ status, headers, body = "" }: WireResponse, streamed: boolean): HttpResponse {
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  return new HttpResponse({ statusCode: status, headers, body: streamed ? Readable.from([bytes]) : bytes });
}
