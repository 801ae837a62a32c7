import type { ProtocolId, Wire } from "../kernel/wire.ts";
import { awsCbor } from "./aws-cbor.ts";
import { createAwsJson } from "./aws-json.ts";
import { awsQuery } from "./aws-query.ts";
import type { Protocol } from "./protocol.ts";
import { restJson } from "./rest-json.ts";
import { restXml } from "./rest-xml.ts";
import { rpcV2Cbor } from "./rpc-v2-cbor.ts";
import type { WireRequest } from "./wire.ts";

const PROTOCOLS: Readonly<Record<ProtocolId, Protocol>> = {
  awsCbor1_1: awsCbor,
  awsJson1_0: createAwsJson("awsJson1_0", "1.0"),
  awsJson1_1: createAwsJson("awsJson1_1", "1.1"),
  awsQuery,
  restJson1: restJson,
  restXml,
  rpcV2Cbor,
};

export function protocolOf(id: ProtocolId): Protocol {
  return PROTOCOLS[id];
}

/** Which of a service's protocols a request speaks; the first where it does not tell. */
export function detectProtocol(wire: Wire, request: Pick<WireRequest, "headers" | "path">): ProtocolId {
  const [first] = wire.protocols;
  if (wire.protocols.length === 1) return first;
  const spoken = spokenProtocol(request, wire.protocols);
  return spoken !== undefined && wire.protocols.includes(spoken) ? spoken : first;
}

function spokenProtocol(
  { headers, path }: Pick<WireRequest, "headers" | "path">,
  known: readonly ProtocolId[],
): ProtocolId | undefined {
  if (headers["smithy-protocol"] === "rpc-v2-cbor") return "rpcV2Cbor";
  if (/^\/service\/[^/]+\/operation\/[^/]+$/.test(path)) return "rpcV2Cbor";
  const type = headers["content-type"]?.toLowerCase() ?? "";
  if (type.startsWith("application/x-amz-cbor-1.1")) return "awsCbor1_1";
  if (type.startsWith("application/x-amz-json-1.0")) return "awsJson1_0";
  if (type.startsWith("application/x-amz-json-1.1")) return "awsJson1_1";
  if (headers["x-amz-target"] !== undefined) return known.find((id) => id.startsWith("awsJson"));
  // A form, or a GET with its parameters in the query.
  if (type.startsWith("application/x-www-form-urlencoded") || type === "") return "awsQuery";
  return undefined;
}
