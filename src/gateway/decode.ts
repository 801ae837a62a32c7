import { createHash } from "node:crypto";
import type { StreamedBody } from "../kernel/streamed-body.ts";
import { withQueueOfPath } from "../protocol/quirks/sqs.ts";
import { type ChunkedOptions, decodeChunked } from "./chunked.ts";
import type { Exchange } from "./exchange.ts";
import { bodyLimit } from "./limits.ts";
import { Refusal } from "./refusals.ts";
import { MULTI_REGION_ALGORITHM } from "./signature-types.ts";
import { unzipped } from "./unzipped.ts";

/** A body this small is collected though its operation takes a stream: one buffer costs less. */
const SMALL_BYTES = 64 * 1024;
const SHA256 = /^[0-9a-f]{64}$/;

/** The operation's input: the body collected, or handed on as a stream where the operation takes one. */
export function decode(x: Exchange): void | Promise<void> {
  const { operation, wire } = x;
  if (!operation || !wire) return;
  const chunked = chunkedOptionsOf(x);
  if (operation.streamsInput && (chunked || !(x.body.declaredBytes <= SMALL_BYTES))) {
    const raw = x.body.stream();
    wire.body = chunked ? decodeChunked(raw, chunked) : checkedStream(x, raw);
  } else {
    const limitBytes = bodyLimit(x.service?.id ?? "", operation.name);
    const body = x.body.collect(limitBytes);
    if (chunked) return collectChunked(x, chunked, limitBytes);
    if (body instanceof Promise) return body.then((bytes) => decodeCollected(x, bytes));
    return decodeCollected(x, body);
  }
  if (chunked) wire.headers = decodedHeaders(x, chunked);
  decodeWire(x);
}

function decodeCollected(x: Exchange, bytes: Uint8Array): void {
  const hash = literalHashOf(x);
  if (hash !== undefined) checkHash(hash, createHash("sha256").update(bytes).digest("hex"));
  if (x.wire) x.wire.body = unzipped(x, bytes);
  decodeWire(x);
}

async function collectChunked(x: Exchange, chunked: ChunkedOptions, limitBytes: number): Promise<void> {
  await x.body.collect(limitBytes);
  const parts: Uint8Array[] = [];
  for await (const part of decodeChunked(x.body.stream(), chunked)) parts.push(part);
  if (!x.wire) return;
  x.wire.body = Buffer.concat(parts);
  x.wire.headers = decodedHeaders(x, chunked);
  decodeWire(x);
}

function decodeWire(x: Exchange): void {
  const { protocol, operation, wire } = x;
  if (protocol && operation && wire) {
    x.input = withQueueOfPath(operation, wire, protocol.decode(operation, wire));
  }
}

/** Whether the body is in the aws-chunked encoding, and what is needed to read it. */
function chunkedOptionsOf(x: Exchange): ChunkedOptions | undefined {
  const kind = x.headers["x-amz-content-sha256"] ?? "";
  const streaming = kind.startsWith("STREAMING-");
  const encoded = streaming || (x.headers["content-encoding"]?.includes("aws-chunked") ?? false);
  if (!encoded) return undefined;
  const length = x.headers["x-amz-decoded-content-length"];
  if (length === undefined || !/^\d{1,15}$/.test(length)) throw new Refusal("missingLength");
  const trailer = x.headers["x-amz-trailer"];
  const trailerNames =
    trailer === undefined ? [] : trailer.split(",").map((name) => name.trim().toLowerCase());
  const signed = kind.startsWith("STREAMING-AWS4-");
  const options = { decodedBytes: Number(length), trailerNames, signed };
  const { signature, signingKey } = x;
  if (!signed || !signingKey || !signature || signature instanceof Refusal) return options;
  if (signature.algorithm === MULTI_REGION_ALGORITHM) throw new Refusal("unsupportedSignature");
  return {
    ...options,
    verify: {
      key: signingKey,
      timestamp: signature.timestamp ?? "",
      scope: signature.credential.scope,
      seed: signature.signature,
    },
  };
}

/** The headers without the encoding, as an operation that never hears of it wants them. */
function decodedHeaders(x: Exchange, chunked: ChunkedOptions): Record<string, string | undefined> {
  const codings = (x.headers["content-encoding"] ?? "").split(",").map((coding) => coding.trim());
  const rest = codings.filter((coding) => coding !== "aws-chunked" && coding !== "");
  return {
    ...x.headers,
    "content-length": String(chunked.decodedBytes),
    "content-encoding": rest.length > 0 ? rest.join(",") : undefined,
  };
}

/** The digest the client has signed, where S3's signatures are verified. */
function literalHashOf(x: Exchange): string | undefined {
  if (!x.signingKey || x.family !== "s3") return undefined;
  const header = x.headers["x-amz-content-sha256"] ?? "";
  return SHA256.test(header) ? header : undefined;
}

function checkHash(expected: string, computed: string): void {
  if (expected === computed) return;
  throw new Refusal("payloadMismatch", "", {
    ClientComputedContentSHA256: expected,
    S3ComputedContentSHA256: computed,
  });
}

const NO_TRAILERS = {};

function checkedStream(x: Exchange, raw: AsyncIterable<Uint8Array>): StreamedBody {
  const expected = literalHashOf(x);
  if (expected === undefined) {
    return { trailers: NO_TRAILERS, [Symbol.asyncIterator]: () => raw[Symbol.asyncIterator]() };
  }
  return { trailers: NO_TRAILERS, [Symbol.asyncIterator]: () => hashed(raw, expected) };
}

async function* hashed(raw: AsyncIterable<Uint8Array>, expected: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of raw) {
    hash.update(chunk);
    yield chunk;
  }
  checkHash(expected, hash.digest("hex"));
}
