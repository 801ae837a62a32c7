import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
import { type Call, headerOf, type RestRequest } from "./call.ts";
import type { RestResponse } from "./respond.ts";

// Bodies that are packed on their way, of APIs that set a smallest size for it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html

const MOST_BYTES = 10 * 1024 * 1024;
const PACK = { gzip: promisify(gzip), deflate: promisify(deflate) };
const UNPACK = { gzip: promisify(gunzip), deflate: promisify(inflate) };
type Coding = keyof typeof PACK;

/** The answer, packed if the API does so with one of this size and the client takes it so. */
export async function packed(call: Call, response: RestResponse): Promise<RestResponse> {
  const { minimumCompressionSize } = call.deployed.definition.api;
  const { body, headers } = response;
  const isStreamed = typeof body !== "string" && !(body instanceof Uint8Array);
  if (minimumCompressionSize === undefined || isStreamed) return response;
  const bytes = Buffer.from(body as string);
  const isPacked = headers.some(([name]) => name.toLowerCase() === "content-encoding");
  const coding = accepted(headerOf(call.parameters, "accept-encoding"));
  if (bytes.length < minimumCompressionSize || bytes.length === 0 || isPacked || !coding) return response;
  return {
    ...response,
    headers: [...headers, ["Content-Encoding", coding]],
    body: await PACK[coding](bytes),
  };
}

/** The first that is known of what a client takes. */
function accepted(header = ""): Coding | undefined {
  for (const part of header.toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((each) => each.trim());
    const isRefused = parameters.some((each) => /^q=0(\.0*)?$/.test(each));
    if ((name === "gzip" || name === "deflate") && !isRefused) return name;
    if (name === "*" && !isRefused) return "gzip";
  }
  return undefined;
}

/** The request with its body unpacked, or undefined where it is not packed as it says. */
export async function unpacked(
  request: RestRequest,
  minimumCompressionSize: number | undefined,
): Promise<RestRequest | undefined> {
  if (minimumCompressionSize === undefined) return request;
  const coding = request.headers
    .find(([name]) => name.toLowerCase() === "content-encoding")?.[1]
    .toLowerCase();
  if (coding === undefined || coding === "identity" || request.body.length === 0) return request;
  if (coding !== "gzip" && coding !== "deflate") return undefined;
  try {
    const body = await UNPACK[coding](request.body, { maxOutputLength: MOST_BYTES });
    const headers = request.headers.filter(([name]) => name.toLowerCase() !== "content-encoding");
    return { ...request, body, headers };
  } catch {
    return undefined;
  }
}
