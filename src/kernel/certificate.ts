import { createHash, createPublicKey, generateKeyPair, sign } from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";

/** A key, and the certificate by which others verify what it signs: both as PEM. */
export interface Signer {
  readonly privateKey: string;
  readonly certificate: string;
  /** As the certificate's address names it. */
  readonly id: string;
}

const A_DAY_MS = 86_400_000;
const VALID_MS = 3650 * A_DAY_MS;

// DER, as far as a certificate needs it: https://datatracker.ietf.org/doc/html/rfc5280#section-4.1
const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const NULL = 0x05;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const OCTET_STRING = 0x04;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** sha256WithRSAEncryption, id-at-commonName. */
const SHA256_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const COMMON_NAME = [0x55, 0x04, 0x03];
/** id-ce-subjectAltName */
const ALTERNATIVE_NAMES = [0x55, 0x1d, 0x11];

/** Makes a key and a certificate that it signs itself; `hosts`: names and addresses that it is good for. */
export async function createSigner(
  commonName: string,
  nowMs: number,
  hosts: readonly string[] = [],
  keyBits = 2048,
): Promise<Signer> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: keyBits,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const algorithm = der(SEQUENCE, der(OBJECT_ID, Buffer.from(SHA256_RSA)), der(NULL));
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  // Positive, and as long as it takes to be the only one.
  const serial = Buffer.concat([
    Buffer.of(1),
    createHash("sha256").update(publicKey).digest().subarray(0, 15),
  ]);
  const name = nameOf(commonName);
  const content = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.of(2))),
    der(INTEGER, serial),
    algorithm,
    name,
    der(SEQUENCE, timeOf(nowMs - A_DAY_MS), timeOf(nowMs + VALID_MS)),
    name,
    publicKey,
    ...(hosts.length === 0 ? [] : [der(EXTENSIONS, der(SEQUENCE, alternativeNames(hosts)))]),
  );
  const signature = sign("sha256", content, privateKey);
  // The first byte tells that no bits are left unused.
  const bits = der(BIT_STRING, Buffer.of(0), signature);
  const bytes = der(SEQUENCE, content, algorithm, bits);
  return {
    privateKey,
    certificate: pemOf(bytes),
    id: createHash("sha256").update(bytes).digest("hex").slice(0, 32),
  };
}

function nameOf(commonName: string): Buffer {
  const attribute = [der(OBJECT_ID, Buffer.from(COMMON_NAME)), der(UTF8_STRING, Buffer.from(commonName))];
  return der(SEQUENCE, der(SET, der(SEQUENCE, ...attribute)));
}

/** https://datatracker.ietf.org/doc/html/rfc5280#section-4.2.1.6 */
function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 0 ? der(DNS_NAME, Buffer.from(host)) : der(IP_ADDRESS, addressOf(host)),
  );
  return der(
    SEQUENCE,
    der(OBJECT_ID, Buffer.from(ALTERNATIVE_NAMES)),
    der(OCTET_STRING, der(SEQUENCE, ...names)),
  );
}

/** Of IPv6 there is but one that a certificate of this machine names. */
function addressOf(address: string): Buffer {
  if (address === "::1") return Buffer.concat([Buffer.alloc(15), Buffer.of(1)]);
  return Buffer.from(address.split(".").map(Number));
}

/** `20261123040506Z` */
function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, "").slice(0, 14);
  return der(GENERALIZED_TIME, Buffer.from(`${digits}Z`));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

function pemOf(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
