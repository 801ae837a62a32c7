import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ChunkedOptions, decodeChunked } from "./chunked.ts";
import { Refusal } from "./refusals.ts";
import { hmac, signingKey } from "./signature-canonical.ts";

const timestamp = "20130524T000000Z";
const scope = "20130524/us-east-1/s3/aws4_request";
const key = signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope);
const seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
const sha256 = (data: string) => createHash("sha256").update(data).digest("hex");

/** The body as a client would chunk and sign it. */
function encode(chunks: string[], trailers: Record<string, string> = {}, signed = true): string {
  let previous = seed;
  let text = "";
  for (const chunk of [...chunks, ""]) {
    const toSign = ["AWS4-HMAC-SHA256-PAYLOAD", timestamp, scope, previous, sha256(""), sha256(chunk)];
    previous = hmac(key, toSign.join("\n")).toString("hex");
    text += `${chunk.length.toString(16)}${signed ? `;chunk-signature=${previous}` : ""}\r\n`;
    if (chunk) text += `${chunk}\r\n`;
  }
  const names = Object.keys(trailers);
  for (const name of names) text += `${name}:${trailers[name]}\r\n`;
  if (signed && names.length > 0) {
    const lines = names.map((name) => `${name}:${trailers[name]}\n`).join("");
    const toSign = ["AWS4-HMAC-SHA256-TRAILER", timestamp, scope, previous, sha256(lines)].join("\n");
    text += `x-amz-trailer-signature:${hmac(key, toSign).toString("hex")}\r\n`;
  }
  return `${text}\r\n`;
}

async function* portions(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decode(text: string, options: Partial<ChunkedOptions>, size = 1000) {
  const body = decodeChunked(portions(text, size), {
    decodedBytes: 0,
    trailerNames: [],
    signed: true,
    verify: { key, timestamp, scope, seed },
    ...options,
  });
  let payload = "";
  for await (const part of body) payload += Buffer.from(part).toString("latin1");
  return { payload, trailers: body.trailers };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof Refusal)) expect(error).toBeInstanceOf(Refusal);
  return error.toFault("s3").code;
}

describe("aws-chunked", () => {
  it("verifies the example of AWS's documentation", async () => {
    const body = encode(["a".repeat(65536), "a".repeat(1024)]);
    expect(body).toContain(
      "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    );
    const { payload } = await decode(body, { decodedBytes: 66560 }, 65536);
    expect(payload).toBe("a".repeat(66560));
  });

  it.each([1, 2, 3, 7, 64, 4096])("is the same in portions of %i bytes", async (size) => {
    const trailers = { "x-amz-checksum-crc32c": "sOO8/Q==" };
    const text = encode(["hello ", "world\r\n0"], trailers);
    const options = { decodedBytes: 14, trailerNames: ["x-amz-checksum-crc32c"] };
    expect(await decode(text, options, size)).toEqual({ payload: "hello world\r\n0", trailers });
  });

  it("refuses every flipped byte of a signed body", async () => {
    const text = encode(["hello", "world"], { "x-amz-checksum-crc32c": "sOO8/Q==" });
    const options = { decodedBytes: 10, trailerNames: ["x-amz-checksum-crc32c"] };
    for (let index = 0; index < text.length; index++) {
      const flipped = String.fromCharCode(text.charCodeAt(index) ^ 1);
      // The end of a line may also be a line feed alone, and what stands before it is then white space.
      if (text[index] === "\r" || /[\r\n]/.test(flipped)) continue;
      const broken = text.slice(0, index) + flipped + text.slice(index + 1);
      await expect(decode(broken, options), `byte ${index}`).rejects.toBeInstanceOf(Refusal);
    }
  });

  it("reads unsigned chunks with a trailer", async () => {
    const text = encode(["hello"], { "x-amz-checksum-crc32": "NhCmhg==" }, false);
    const options = { signed: false, decodedBytes: 5, trailerNames: ["x-amz-checksum-crc32"] };
    expect(await decode(text, options)).toEqual({
      payload: "hello",
      trailers: { "x-amz-checksum-crc32": "NhCmhg==" },
    });
  });

  it.each([
    ["an end before the announced length", encode(["hello"]), { decodedBytes: 6 }, "IncompleteBody"],
    ["more than the announced length", encode(["hello"]), { decodedBytes: 4 }, "IncompleteBody"],
    ["an end in a chunk", "5\r\nhel", { signed: false, decodedBytes: 5 }, "IncompleteBody"],
    ["no last chunk", "5\r\nhello\r\n", { signed: false, decodedBytes: 5 }, "IncompleteBody"],
    ["a length that is none", "xyz\r\n", { signed: false }, "InvalidRequest"],
    ["a length that is too long", `${"f".repeat(20)}\r\n`, { signed: false }, "InvalidRequest"],
    ["a line without end", "1".repeat(9000), { signed: false }, "InvalidRequest"],
    [
      "a chunk longer than it says",
      "3\r\nhello\r\n0\r\n\r\n",
      { signed: false, decodedBytes: 9 },
      "InvalidRequest",
    ],
    ["bytes after the end", "0\r\n\r\nmore\r\n", { signed: false }, "InvalidRequest"],
    ["a missing signature", "0\r\n\r\n", {}, "InvalidRequest"],
    ["a trailer nobody announced", "0\r\nx-a:1\r\n\r\n", { signed: false }, "MalformedTrailerError"],
    [
      "a trailer that never came",
      "0\r\n\r\n",
      { signed: false, trailerNames: ["x-a"] },
      "MalformedTrailerError",
    ],
    ["a trailer without a colon", "0\r\nx-a\r\n\r\n", { signed: false }, "MalformedTrailerError"],
  ])("refuses %s", async (_what, text, options, code) => {
    expect(await refusal(decode(text, options))).toBe(code);
  });

  it("tells which string it expected to be signed", async () => {
    const text = encode(["hello"]).replace("hello", "hellp");
    expect(await refusal(decode(text, { decodedBytes: 5 }))).toBe("SignatureDoesNotMatch");
  });
});
