import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { CRC32, CRC32C, CRC64NVME, type Crc, Crc64Nvme, combineCrc } from "./crc.ts";
import { amz, fault, invalidArgument } from "./faults.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export type Algorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";
/** A checksum of the object's bytes, or of its parts' checksums. */
export type ChecksumType = "COMPOSITE" | "FULL_OBJECT";

/** What S3 computes and keeps when the client names no algorithm, since December 2024. */
export const DEFAULT_ALGORITHM: Algorithm = "CRC64NVME";

const SIZES_BYTES: Readonly<Record<Algorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** In the order in which AWS lists them. */
const ALGORITHMS = Object.keys(SIZES_BYTES) as readonly Algorithm[];

/** The members of requests and answers that carry each. */
const MEMBERS = ALGORITHMS.map((algorithm) => [algorithm, `Checksum${algorithm}`] as const);

const CRCS: Readonly<Partial<Record<Algorithm, Crc>>> = { CRC32, CRC32C, CRC64NVME };

/** Checksum members of requests: at most one holds a value. */
export interface ChecksumMembers {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

/** What a client says of the bytes it sends, in base64. */
export interface Claim {
  readonly algorithm: Algorithm;
  readonly value: string;
}

/** The claim of a request's headers, or undefined when it makes none. */
export function claimOf(members: ChecksumMembers): Claim | undefined {
  let claim: Claim | undefined;
  for (const [algorithm, member] of MEMBERS) {
    const value = members[member];
    if (value === undefined) continue;
    if (claim) {
      const wording = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
      throw fault("InvalidRequest", {}, wording);
    }
    claim = { algorithm, value: checkedValue(algorithm, value) };
  }
  return claim;
}

/** The algorithm of a name as clients write it; InvalidRequest for one that S3 does not have. */
export function algorithmOf(name: string): Algorithm {
  const algorithm = ALGORITHMS.find((known) => known === name.toUpperCase());
  if (algorithm) return algorithm;
  const wording = "Checksum algorithm provided is unsupported. Please try again with any of the valid types:";
  throw fault("InvalidRequest", {}, `${wording} [${ALGORITHMS.join(", ")}]`);
}

/** The checksum that a trailer of this name carries, or undefined when it carries none. */
export function algorithmOfTrailer(name: string): Algorithm | undefined {
  return ALGORITHMS.find((known) => name.toLowerCase() === amz(`checksum-${known.toLowerCase()}`));
}

/** Base64 of the algorithm's length, or InvalidRequest. */
export function checkedValue(algorithm: Algorithm, value: string): string {
  const bytes = Buffer.from(value, "base64");
  if (bytes.length === SIZES_BYTES[algorithm] && bytes.toString("base64") === value) return value;
  throw fault("InvalidRequest", {}, `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`);
}

/** The type of an upload's checksum. `type` is what the client asked for. */
export function checksumTypeOf(algorithm: Algorithm, type: string | undefined): ChecksumType {
  const isCrc = CRCS[algorithm] !== undefined;
  if (type === undefined) return algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
  if (type !== "COMPOSITE" && type !== "FULL_OBJECT") {
    throw invalidArgument("Value for x-amz-checksum-type header is invalid.", amz("checksum-type"), type);
  }
  if ((type === "COMPOSITE" && algorithm === "CRC64NVME") || (type === "FULL_OBJECT" && !isCrc)) {
    const name = algorithm.toLowerCase();
    const wording = `The ${type} checksum type cannot be used with the ${name} checksum algorithm.`;
    throw fault("InvalidRequest", {}, wording);
  }
  return type;
}

/** Takes bytes in pieces and ends with their checksum. */
export interface Digester {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** Asynchronous because the package that knows CRC32C is loaded when it is first asked for. */
export async function digesterOf(algorithm: Algorithm): Promise<Digester> {
  switch (algorithm) {
    case "CRC32":
      return crcDigester(crc32);
    case "CRC32C": {
      const { crc32c } = await import("@node-rs/crc32");
      return crcDigester((bytes, before) => crc32c(bytes, before));
    }
    case "CRC64NVME":
      return new Crc64Nvme();
    case "SHA1":
    case "SHA256":
      return createHash(algorithm.toLowerCase());
  }
}

function crcDigester(next: (bytes: Uint8Array, before: number) => number): Digester {
  let value = 0;
  return {
    update(bytes) {
      value = next(bytes, value);
    },
    digest() {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, value);
      return bytes;
    },
  };
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** BadDigest as S3 words it for the checksum of one request's body. */
export function badChecksum(algorithm: Algorithm) {
  return fault("BadDigest", {}, `The ${algorithm} you specified did not match the calculated checksum.`);
}

/** A part as the checksum of the whole needs it: base64 of its own checksum, and its length. */
export interface SummedPart {
  readonly checksum: string;
  readonly sizeBytes: number;
}

/** The checksum of a completed upload, from those of its parts in order. */
export function checksumOfParts(
  algorithm: Algorithm,
  type: ChecksumType,
  parts: readonly SummedPart[],
): Promise<string> {
  return type === "COMPOSITE" ? compositeOf(algorithm, parts) : fullObjectOf(algorithm, parts);
}

async function compositeOf(algorithm: Algorithm, parts: readonly SummedPart[]): Promise<string> {
  const digester = await digesterOf(algorithm);
  for (const part of parts) digester.update(Buffer.from(part.checksum, "base64"));
  return `${base64(digester.digest())}-${parts.length}`;
}

async function fullObjectOf(algorithm: Algorithm, parts: readonly SummedPart[]): Promise<string> {
  const crc = CRCS[algorithm];
  let whole: Uint8Array = (await digesterOf(algorithm)).digest();
  for (const part of parts) {
    const next = Buffer.from(part.checksum, "base64");
    whole = crc ? combineCrc(crc, whole, next, part.sizeBytes) : next;
  }
  return base64(whole);
}

/** `{ ChecksumCRC32: value }`: the member of an answer that carries the checksum. */
export function checksumMember(
  algorithm: Algorithm,
  value: string,
): Partial<Record<keyof ChecksumMembers, string>> {
  return { [`Checksum${algorithm}`]: value };
}

/** ETag of a multipart upload: MD5 of the parts' MD5s, and their number. */
export function etagOfParts(etags: readonly string[]): string {
  const md5 = createHash("md5");
  for (const etag of etags) md5.update(Buffer.from(etag, "hex"));
  return `${md5.digest("hex")}-${etags.length}`;
}
