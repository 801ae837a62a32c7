// ECDSA of a digest that is given: Node signs messages only, and hashes them itself.
// https://www.secg.org/sec1-v2.pdf, 4.1
import { createECDH, type KeyObject } from "node:crypto";

interface Curve {
  readonly p: bigint;
  /** The number of points. */
  readonly n: bigint;
  readonly a: bigint;
  readonly bytes: number;
}

const curve = (p: string, n: string, a: bigint, bytes: number): Curve => ({
  p: BigInt(`0x${p}`),
  n: BigInt(`0x${n}`),
  a,
  bytes,
});

const CURVES: Readonly<Record<string, Curve>> = {
  prime256v1: curve(
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    -3n,
    32,
  ),
  secp384r1: curve(
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    -3n,
    48,
  ),
  secp521r1: curve(
    `1${"ff".repeat(65)}`,
    `1${"ff".repeat(32)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
    -3n,
    66,
  ),
  secp256k1: curve(
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    0n,
    32,
  ),
};

const curveOf = (name: string): Curve => CURVES[name] as Curve;

/** A signature in DER. */
export function signDigest(name: string, key: KeyObject, digest: Uint8Array): Buffer {
  const { n } = curveOf(name);
  const secret = fromBase64(key.export({ format: "jwk" }).d);
  for (;;) {
    const once = createECDH(name);
    const r = mod(pointOf(once.generateKeys()).x, n);
    const k = toNumber(once.getPrivateKey());
    const s = mod(inverse(k, n) * (numberOf(digest, n) + r * secret), n);
    if (r !== 0n && s !== 0n) return toDer(r, s);
  }
}

export function verifyDigest(
  name: string,
  key: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const known = curveOf(name);
  const { n } = known;
  const [r, s] = fromDer(Buffer.from(signature)) ?? [0n, 0n];
  if (r < 1n || r >= n || s < 1n || s >= n) return false;
  const w = inverse(s, n);
  const jwk = key.export({ format: "jwk" });
  const theirs = times({ x: fromBase64(jwk.x), y: fromBase64(jwk.y) }, mod(r * w, n), known);
  const sum = add(ofGenerator(name, mod(numberOf(digest, n) * w, n)), theirs, known);
  return sum !== undefined && mod(sum.x, n) === r;
}

/** The leftmost bits of a digest, as many as the order has. */
function numberOf(digest: Uint8Array, n: bigint): bigint {
  const spare = digest.length * 8 - n.toString(2).length;
  const whole = toNumber(digest);
  return spare > 0 ? whole >> BigInt(spare) : whole;
}

/** Undefined: the point at infinity. */
type Point = { readonly x: bigint; readonly y: bigint } | undefined;

function ofGenerator(name: string, factor: bigint): Point {
  if (factor === 0n) return undefined;
  const ecdh = createECDH(name);
  ecdh.setPrivateKey(toBytes(factor, curveOf(name).bytes));
  return pointOf(ecdh.getPublicKey());
}

function times(point: Point, factor: bigint, on: Curve): Point {
  let sum: Point;
  let power = point;
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, power, on);
    power = add(power, power, on);
  }
  return sum;
}

function add(one: Point, other: Point, { p, a }: Curve): Point {
  if (!one) return other;
  if (!other) return one;
  const isSame = one.x === other.x;
  if (isSame && mod(one.y + other.y, p) === 0n) return undefined;
  const slope = isSame
    ? mod((3n * one.x * one.x + a) * inverse(2n * one.y, p), p)
    : mod((other.y - one.y) * inverse(other.x - one.x, p), p);
  const x = mod(slope * slope - one.x - other.x, p);
  return { x, y: mod(slope * (one.x - x) - one.y, p) };
}

const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

function inverse(value: bigint, by: bigint): bigint {
  let [rest, next] = [mod(value, by), by];
  let [factor, nextFactor] = [1n, 0n];
  while (next !== 0n) {
    const whole = rest / next;
    [rest, next] = [next, rest - whole * next];
    [factor, nextFactor] = [nextFactor, factor - whole * nextFactor];
  }
  return mod(factor, by);
}

/** An uncompressed point: 4, x, y. */
function pointOf(bytes: Buffer): { x: bigint; y: bigint } {
  const half = (bytes.length - 1) / 2;
  return { x: toNumber(bytes.subarray(1, 1 + half)), y: toNumber(bytes.subarray(1 + half)) };
}

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex") || "0"}`);
const fromBase64 = (text = ""): bigint => toNumber(Buffer.from(text, "base64url"));
const toBytes = (value: bigint, size: number) =>
  Buffer.from(value.toString(16).padStart(size * 2, "0"), "hex");

/** A sequence of two whole numbers. */
function toDer(r: bigint, s: bigint): Buffer {
  const body = Buffer.concat([r, s].map(integer));
  return Buffer.concat([Buffer.of(0x30), lengthOf(body), body]);
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  const signed = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(2), lengthOf(signed), signed]);
}

const lengthOf = ({ length }: Buffer) => (length < 0x80 ? Buffer.of(length) : Buffer.of(0x81, length));

function fromDer(bytes: Buffer): readonly [bigint, bigint] | undefined {
  let at = bytes[1] === 0x81 ? 3 : 2;
  const values = [0, 1].map(() => {
    const start = at + 2;
    at = start + (bytes[start - 1] ?? 0);
    return bytes[start - 2] === 2 ? toNumber(bytes.subarray(start, at)) : 0n;
  });
  const [r = 0n, s = 0n] = values;
  return bytes[0] === 0x30 && at === bytes.length ? [r, s] : undefined;
}
