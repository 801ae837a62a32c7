import { hash } from "node:crypto";
import type { BlobInfo, Blobs } from "../../blobs/blobs.ts";
import type { StreamedBody } from "../../kernel/streamed-body.ts";
import type { ByteStream } from "../define.ts";
import {
  type Algorithm,
  algorithmOfTrailer,
  badChecksum,
  base64,
  type Claim,
  checkedValue,
  DEFAULT_ALGORITHM,
  digesterOf,
} from "./checksums.ts";
import { fault } from "./faults.ts";
import type { Stored } from "./records.ts";
import type { Summer, Sums } from "./sums.ts";
import { openSums } from "./sums-keeper.ts";

/** Bytes up to this many are kept in the store: a small object then costs one commit and no file. */
export const INLINE_BYTES = 32 * 1024;

/** The largest body of one request. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

/** A request's body, or an object's that is copied. */
export type Body = Uint8Array | StreamedBody | ByteStream;

/** What the client says of the bytes. */
export interface Expected {
  readonly body: Body | undefined;
  readonly claim: Claim | undefined;
  /** The checksum to make where nothing is claimed; CRC64NVME without it. */
  readonly algorithm?: Algorithm;
  /** A checksum to make in any case, beside the one that is claimed. */
  readonly keep?: Algorithm;
  /** Base64, as in the Content-MD5 header. */
  readonly contentMd5?: string | undefined;
  readonly contentLength?: number | undefined;
  /** Parts of uploads are blobs whatever their size, because they are joined. */
  readonly inline: boolean;
}

export interface Received {
  readonly stored: Stored;
  readonly sizeBytes: number;
  /** MD5 in hexadecimal. */
  readonly etag: string;
  readonly algorithm: Algorithm;
  /** Base64. */
  readonly checksum: string;
  /** The one to keep: the same, unless another algorithm was asked for. */
  readonly kept: string;
}

/**
 * Reads a body once: its bytes go to where they stay while its sums are made. Throws, and leaves nothing
 * behind, when they are not what the client said.
 */
export async function receive(blobs: Blobs, expected: Expected): Promise<Received> {
  const { body } = expected;
  const claimedMd5 = expected.contentMd5 === undefined ? undefined : decodeMd5(expected.contentMd5);
  if (expected.contentLength !== undefined && expected.contentLength > MAX_UPLOAD_BYTES) {
    throw tooLarge(expected.contentLength);
  }
  const algorithm = claimedAlgorithm(body, expected.claim) ?? expected.algorithm ?? DEFAULT_ALGORITHM;
  const keep = expected.keep ?? algorithm;
  const algorithms = keep === algorithm ? [algorithm] : [algorithm, keep];
  const start = await head(body, expected.inline ? INLINE_BYTES : -1);
  const taken = start.whole
    ? await sumWhole(start.whole, algorithms)
    : await writeBlob(blobs, start.rest, await openSums(algorithms, expected.contentLength ?? 0));
  const { stored, sizeBytes, md5 } = taken;
  const [checksum = "", kept = checksum] = taken.checksums;
  try {
    if (claimedMd5 !== undefined && claimedMd5 !== md5) throw badMd5(claimedMd5, md5);
    const trailers = body && "trailers" in body ? body.trailers : undefined;
    const value = expected.claim?.value ?? trailerValue(trailers, algorithm);
    if (value !== undefined && value !== checksum) throw badChecksum(algorithm);
  } catch (error) {
    if ("blob" in stored) await blobs.delete(stored.blob);
    throw error;
  }
  return { stored, sizeBytes, etag: md5, algorithm, checksum, kept };
}

/**
 * The algorithm of the checksum that comes with a body, in a header or announced as a trailer. One that is
 * named without a value counts for nothing, as on AWS.
 */
export function claimedAlgorithm(body: Body | undefined, claim: Claim | undefined): Algorithm | undefined {
  if (claim) return claim.algorithm;
  const names = body && "trailerNames" in body ? (body.trailerNames ?? []) : [];
  return names.map(algorithmOfTrailer).find((algorithm) => algorithm !== undefined);
}

type Head = { readonly whole: Uint8Array } | { readonly whole?: undefined; readonly rest: ByteStream };

/** The whole body when it has at most `limitBytes`, else a stream that begins with what was read of it. */
async function head(body: Body | undefined, limitBytes: number): Promise<Head> {
  const bytes = body ?? new Uint8Array(0);
  if (bytes instanceof Uint8Array) {
    return bytes.length <= limitBytes ? { whole: bytes } : { rest: once(bytes) };
  }
  if (limitBytes < 0) return { rest: bytes };
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    chunks.push(next.value);
    sizeBytes += next.value.length;
    if (sizeBytes > limitBytes) return { rest: resume(chunks, iterator) };
  }
  const [only] = chunks;
  return { whole: chunks.length === 1 && only ? only : Buffer.concat(chunks, sizeBytes) };
}

async function* once(bytes: Uint8Array): ByteStream {
  yield bytes;
}

async function* resume(chunks: readonly Uint8Array[], iterator: AsyncIterator<Uint8Array>): ByteStream {
  let ended = false;
  try {
    yield* chunks;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    ended = true;
  } finally {
    if (!ended) await iterator.return?.();
  }
}

interface Summed extends Sums {
  readonly stored: Stored;
  readonly sizeBytes: number;
}

async function sumWhole(bytes: Uint8Array, algorithms: readonly Algorithm[]): Promise<Summed> {
  const checksums: string[] = [];
  for (const algorithm of algorithms) {
    const digester = await digesterOf(algorithm);
    digester.update(bytes);
    checksums.push(base64(digester.digest()));
  }
  return { stored: { bytes }, sizeBytes: bytes.length, md5: hash("md5", bytes, "hex"), checksums };
}

async function writeBlob(blobs: Blobs, source: ByteStream, summer: Summer): Promise<Summed> {
  async function* summed(): ByteStream {
    let sizeBytes = 0;
    for await (const chunk of source) {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_UPLOAD_BYTES) throw tooLarge(sizeBytes);
      const full = summer.update(chunk);
      if (full) await full;
      yield chunk;
    }
  }
  let written: BlobInfo | undefined;
  try {
    written = await blobs.write(summed());
    const sums = await summer.end();
    return { ...sums, stored: { blob: written.id }, sizeBytes: written.sizeBytes };
  } catch (error) {
    summer.drop();
    if (written) await blobs.delete(written.id);
    throw error;
  }
}

function tooLarge(sizeBytes: number) {
  return fault("EntityTooLarge", {
    ProposedSize: String(sizeBytes),
    MaxSizeAllowed: String(MAX_UPLOAD_BYTES),
  });
}

function decodeMd5(contentMd5: string): string {
  const bytes = Buffer.from(contentMd5, "base64");
  if (bytes.length !== 16) throw fault("InvalidDigest", { "Content-MD5": contentMd5 });
  return bytes.toString("hex");
}

/** AWS gives the digest it was told in hexadecimal and its own in base64. */
function badMd5(claimed: string, calculated: string) {
  return fault("BadDigest", {
    ExpectedDigest: claimed,
    CalculatedDigest: Buffer.from(calculated, "hex").toString("base64"),
  });
}

function trailerValue(
  trailers: Readonly<Record<string, string>> | undefined,
  algorithm: Algorithm,
): string | undefined {
  for (const [name, value] of Object.entries(trailers ?? {})) {
    if (algorithmOfTrailer(name) === algorithm) return checkedValue(algorithm, value);
  }
  return undefined;
}
