import { describe, expect, it } from "vitest";
import { decodeKey, encodeKey, encodeRange } from "./keys.ts";
import { randomKey, randomSource } from "./random.fixture.ts";
import type { Key, KeyPart } from "./store.ts";

describe("keys as bytes", () => {
  it("sorts random tuples as their parts say, and gives them back", () => {
    const random = randomSource(7);
    const keys = Array.from({ length: 1500 }, () => randomKey(random));
    for (const key of keys) expect(decodeKey(encodeKey(key))).toEqual(key);
    for (let round = 0; round < 30_000; round++) {
      const one = keys[random(keys.length)] ?? [];
      const other = keys[random(keys.length)] ?? [];
      const expected = Math.sign(compareKeys(one, other));
      expect([one, other, compareText(encodeKey(one), encodeKey(other))]).toEqual([one, other, expected]);
    }
  });

  it("sorts decimals of 38 digits by value, however they are written", () => {
    const ascending = [
      "-9.9999999999999999999999999999999999999E+125",
      "-12345678901234567890123456789012345678",
      "-12345678901234567890123456789012345677",
      "-100",
      "-99.9",
      "-1E-130",
      "0",
      "1E-130",
      "0.1",
      "0.10000000000000000000000000000000000001",
      "1",
      "1.1",
      "12",
      "99",
      "100",
      "12345678901234567890123456789012345678",
      "9.9999999999999999999999999999999999999E+125",
    ].map((decimal) => encodeKey([{ decimal }]));
    expect([...ascending].sort(compareText)).toEqual(ascending);
    expect(new Set(ascending).size).toBe(ascending.length);
    const same = ["100", "1e2", "+100.00", "0100", "10.0E1", "1000e-1"].map((decimal) =>
      encodeKey([{ decimal }]),
    );
    expect(new Set(same).size).toBe(1);
    const written = ["100", "-0.0125", "0", "-7", "123.456"];
    expect(written.map((decimal) => decodeKey(encodeKey([{ decimal }])))).toEqual(
      written.map((decimal) => [{ decimal }]),
    );
  });

  it("keeps zero bytes, lone surrogates and long bigints", () => {
    const keys: Key[] = [
      ["a\0b", "\0", ""],
      [new Uint8Array([0, 255, 0, 0])],
      ["\ud800", "x\udfffé\0", "\u{1f600}"],
      [2n ** 1000n, -(2n ** 1000n), -1n, -256n, 255n],
      [Number.POSITIVE_INFINITY, -0.5, Number.MIN_VALUE],
      [null, true, false],
    ];
    for (const key of keys) expect(decodeKey(encodeKey(key))).toEqual(key);
  });

  it("refuses what has no place in the order", () => {
    expect(() => encodeKey([Number.NaN])).toThrow("NaN");
    expect(() => encodeKey([{ decimal: "12a" }])).toThrow("not a decimal");
    expect(() => encodeKey([undefined as unknown as KeyPart])).toThrow("cannot hold");
  });

  it("takes as under a prefix what has more parts, and not what has a longer last part", () => {
    const { from, to } = encodeRange({ prefix: ["a"] });
    const within = (key: Key) => encodeKey(key) >= from && encodeKey(key) < to;
    expect(
      [
        ["a", null],
        ["a", { decimal: "9" }],
        ["a", "b", 1],
      ].map((key) => within(key as Key)),
    ).toEqual(Array(3).fill(true));
    expect([["a"], ["a\0"], ["ab"], [], ["b"], ["a\0", 1]].map((key) => within(key as Key))).toEqual(
      Array(6).fill(false),
    );
  });
});

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function compareKeys(one: Key, other: Key): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const order = compareParts(one[at] as KeyPart, other[at] as KeyPart);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareParts(one: KeyPart, other: KeyPart): number {
  const rank = (part: KeyPart) =>
    part === null
      ? 0
      : part instanceof Uint8Array
        ? 1
        : ["string", "number", "bigint", "boolean", "object"].indexOf(typeof part) + 2;
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other);
  if (typeof one === "string" && typeof other === "string") {
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  }
  const value = (part: KeyPart) =>
    typeof part === "object" && part !== null && "decimal" in part ? Number(part.decimal) : part;
  const [left, right] = [value(one), value(other)];
  if (left === right) return 0;
  return (left as number) < (right as number) ? -1 : 1;
}
