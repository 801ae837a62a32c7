import {
  AwsJson1_0Protocol,
  AwsJson1_1Protocol,
  AwsQueryProtocol,
  AwsRestJsonProtocol,
  AwsRestXmlProtocol,
  AwsSmithyRpcV2CborProtocol,
} from "@aws-sdk/core/protocols";
import { HttpResponse } from "@smithy/core/protocols";
import type { ProtocolId } from "../../src/kernel/wire.ts";
import type { WireResponse } from "../../src/protocol/wire.ts";

interface Client {
  setSerdeContext(context: object): void;
  deserializeResponse(operation: object, context: object, response: HttpResponse): Promise<object>;
}

const common = { defaultNamespace: "vectors" };
const json = { ...common, serviceTarget: "Vectors", awsQueryCompatible: false };

/** The one protocol that only SDKs of other languages speak. */
export type Spoken = Exclude<ProtocolId, "awsCbor1_1">;

const CLIENTS: Readonly<Record<Spoken, () => unknown>> = {
  awsJson1_0: () => new AwsJson1_0Protocol(json),
  awsJson1_1: () => new AwsJson1_1Protocol(json),
  awsQuery: () => new AwsQueryProtocol({ ...common, xmlNamespace: "", version: "2020-01-01" }),
  restJson1: () => new AwsRestJsonProtocol(common),
  restXml: () => new AwsRestXmlProtocol({ ...common, xmlNamespace: "" }),
  rpcV2Cbor: () => new AwsSmithyRpcV2CborProtocol(common),
};

const context = {
  streamCollector: async (body: Uint8Array) => body,
  utf8Encoder: (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8"),
  utf8Decoder: (text: string) => Buffer.from(text, "utf8"),
  base64Encoder: (bytes: Uint8Array) => Buffer.from(bytes).toString("base64"),
  base64Decoder: (text: string) => Buffer.from(text, "base64"),
};

/** What the SDK's own client makes of an answer. */
export async function clientReads(
  id: Spoken,
  [, namespace, name, traits, input, output]: readonly unknown[],
  { status, headers, body = "" }: WireResponse,
): Promise<object> {
  const client = CLIENTS[id]() as Client;
  client.setSerdeContext(context);
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  const resolved = {
    namespace,
    name,
    traits,
    input: (input as () => unknown)(),
    output: (output as () => unknown)(),
  };
  const response = new HttpResponse({ statusCode: status, headers, body: bytes });
  return client.deserializeResponse(resolved, context, response);
}
