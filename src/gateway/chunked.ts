import { createHash, type Hash } from "node:crypto";
import type { StreamedBody } from "../kernel/streamed-body.ts";
import { Refusal } from "./refusals.ts";
import { hmac, sha256Hex } from "./signature-canonical.ts";
import { equalHex } from "./signature-verify.ts";

/**
 * How a body in the `aws-chunked` encoding is to be read.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export interface ChunkedOptions {
  /** x-amz-decoded-content-length. */
  readonly decodedBytes: number;
  /** Names announced in x-amz-trailer, lower-case. */
  readonly trailerNames: readonly string[];
  /** Every chunk carries a signature. */
  readonly signed: boolean;
  /** What to verify the chunks' signatures with; absent where any will do. */
  readonly verify?: ChunkSigner;
}

export interface ChunkSigner {
  readonly key: Buffer;
  readonly timestamp: string;
  readonly scope: string;
  /** The signature of the request's head: the chain begins with it. */
  readonly seed: string;
}

const CR = 13;
const LF = 10;
/** Far above any chunk's first line and any trailer; what is longer is no line of ours. */
const MOST_LINE_BYTES = 8 * 1024;
const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const CHUNK_LINE = /^([0-9a-f]{1,15})(?:;chunk-signature=([0-9a-f]{64}))?$/i;

/** The payload of an aws-chunked body, as it arrives; memory does not grow with the chunks' size. */
export function decodeChunked(source: AsyncIterable<Uint8Array>, options: ChunkedOptions): StreamedBody {
  const decoder = new ChunkDecoder(options);
  return {
    trailers: decoder.trailers,
    trailerNames: options.trailerNames,
    [Symbol.asyncIterator]: () => run(source, decoder),
  };
}

async function* run(source: AsyncIterable<Uint8Array>, decoder: ChunkDecoder): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; at = decoder.at) {
      const payload = decoder.take(bytes, at);
      if (payload) yield payload;
    }
  }
  decoder.finish();
}

type State = "size" | "data" | "dataEnd" | "trailer" | "done";

/** Eats bytes in any portions. */
class ChunkDecoder {
  readonly trailers: Record<string, string> = {};
  /** Where in the last portion the next call of `take` goes on. */
  at = 0;
  readonly #options: ChunkedOptions;
  #state: State = "size";
  /** The beginning of a line whose end has not come. */
  #line = "";
  #remaining = 0;
  #total = 0;
  #signature = "";
  #previous: string;
  #hash: Hash | undefined;

  constructor(options: ChunkedOptions) {
    this.#options = options;
    this.#previous = options.verify?.seed ?? "";
  }

  /** One piece of payload, or undefined when the portion from `from` only moved the decoder on. */
  take(bytes: Uint8Array, from: number): Uint8Array | undefined {
    if (this.#state === "data") return this.#takeData(bytes, from);
    const end = bytes.indexOf(LF, from);
    const until = end < 0 ? bytes.length : end;
    this.#line += Buffer.from(bytes.buffer, bytes.byteOffset + from, until - from).toString("latin1");
    if (this.#line.length > MOST_LINE_BYTES) throw malformedChunk();
    this.at = until + 1;
    if (end >= 0) this.#takeLine();
    return undefined;
  }

  /** The source has ended: nothing may be missing. */
  finish(): void {
    // Some clients leave out the empty line after the last chunk.
    const whole = this.#state === "done" || (this.#state === "trailer" && this.#line === "");
    if (!whole || this.#total !== this.#options.decodedBytes) throw new Refusal("incompleteBody");
    if (this.#state !== "done") this.#endTrailers();
  }

  #takeData(bytes: Uint8Array, from: number): Uint8Array {
    const payload = bytes.subarray(from, from + this.#remaining);
    this.#remaining -= payload.length;
    this.at = from + payload.length;
    this.#hash?.update(payload);
    if (this.#remaining === 0) {
      this.#checkChunk();
      this.#state = "dataEnd";
    }
    return payload;
  }

  #takeLine(): void {
    const line = this.#line.charCodeAt(this.#line.length - 1) === CR ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    if (this.#state === "size") this.#startChunk(line);
    else if (this.#state === "dataEnd" && line === "") this.#state = "size";
    else if (this.#state === "trailer") this.#takeTrailer(line);
    else if (this.#state !== "done" || line !== "") throw malformedChunk();
  }

  #startChunk(line: string): void {
    const match = CHUNK_LINE.exec(line);
    if (!match?.[1] || (this.#options.signed && match[2] === undefined)) throw malformedChunk();
    this.#remaining = Number.parseInt(match[1], 16);
    this.#signature = match[2] ?? "";
    this.#total += this.#remaining;
    if (this.#total > this.#options.decodedBytes) throw new Refusal("incompleteBody");
    if (this.#options.verify) this.#hash = createHash("sha256");
    if (this.#remaining > 0) {
      this.#state = "data";
      return;
    }
    this.#checkChunk();
    this.#state = "trailer";
  }

  #checkChunk(): void {
    const { verify } = this.#options;
    if (!verify || !this.#hash || !this.#options.signed) return;
    const text =
      `AWS4-HMAC-SHA256-PAYLOAD\n${verify.timestamp}\n${verify.scope}\n${this.#previous}\n` +
      `${EMPTY_HASH}\n${this.#hash.digest("hex")}`;
    this.#check(verify, text, this.#signature);
    this.#previous = this.#signature;
  }

  #takeTrailer(line: string): void {
    if (line === "") {
      this.#endTrailers();
      return;
    }
    const colon = line.indexOf(":");
    if (colon < 1) throw new Refusal("malformedTrailer");
    const name = line.slice(0, colon).trim().toLowerCase();
    this.trailers[name] = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (Object.keys(this.trailers).length > 16) throw new Refusal("malformedTrailer");
  }

  #endTrailers(): void {
    this.#state = "done";
    const { trailerNames, verify, signed } = this.#options;
    const signature = this.trailers["x-amz-trailer-signature"];
    delete this.trailers["x-amz-trailer-signature"];
    const names = Object.keys(this.trailers);
    const expected = new Set(trailerNames);
    if (names.length !== expected.size || names.some((name) => !expected.has(name))) {
      throw new Refusal("malformedTrailer");
    }
    if (!verify || !signed || names.length === 0) return;
    const canonical = names.map((name) => `${name}:${this.trailers[name]}\n`).join("");
    const text =
      `AWS4-HMAC-SHA256-TRAILER\n${verify.timestamp}\n${verify.scope}\n${this.#previous}\n` +
      sha256Hex(canonical);
    this.#check(verify, text, signature ?? "");
  }

  #check(verify: ChunkSigner, text: string, signature: string): void {
    if (equalHex(hmac(verify.key, text), signature)) return;
    throw new Refusal("wrongSignature", "", {
      StringToSign: text,
      SignatureProvided: signature,
    });
  }
}

function malformedChunk(): Refusal {
  return new Refusal("badRequest", "The chunked encoding of the request body is malformed.");
}
