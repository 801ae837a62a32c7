import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Value } from "../../../store/store.ts";
import { compareText, compareValues, equalValues } from "./compare.ts";
import { addNumbers, canonicalNumber, compareNumbers, numberSize, subtractNumbers } from "./decimal.ts";
import { keptItem, storedItem } from "./kept.ts";
import { checkIndexKey, checkItemKey, checkKey, keyOf, keyPart, keyParts, keySchemaOf } from "./keys.ts";
import { itemSize, MOST_ITEM_BYTES } from "./size.ts";
import { checkItem, checkItemSize, checkUpdatedItemSize, checkValue } from "./validate.ts";
import type { AttributeValue, Item } from "./value.ts";

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (fault) {
    expect(fault).toMatchObject({ code: "ValidationException" });
    return fault instanceof Error ? fault.message : "";
  }
  return "no fault";
}

const OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range";
const UNDERFLOW =
  "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const TOO_PRECISE = "Attempting to store more than 38 significant digits in a Number";
const notNumeric = (text: string) => `The parameter cannot be converted to a numeric value: ${text}`;

describe("numbers", () => {
  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["0e1000", "0"],
    ["+3", "3"],
    ["0042.1200", "42.12"],
    [".123", "0.123"],
    ["5.", "5"],
    ["-17.4E2", "-1740"],
    ["1e+5", "100000"],
    ["1E125", `1${"0".repeat(125)}`],
    ["1e-130", `0.${"0".repeat(129)}1`],
    ["9.9999999999999999999999999999999999999E+125", "9".repeat(38) + "0".repeat(88)],
    ["31415926535897932384626433832795028841e30", `31415926535897932384626433832795028841${"0".repeat(30)}`],
    ["1".padEnd(100, "0"), "1".padEnd(100, "0")],
  ])("%s is %s", (text, canonical) => {
    expect(canonicalNumber(text)).toBe(canonical);
  });

  test.each([
    ["", "The parameter cannot be converted to a numeric value"],
    ["dog", notNumeric("dog")],
    ["NaN", notNumeric("NaN")],
    ["Infinity", notNumeric("Infinity")],
    [" 1", notNumeric(" 1")],
    ["1 ", notNumeric("1 ")],
    [".", notNumeric(".")],
    ["1e", notNumeric("1e")],
    ["0x1", notNumeric("0x1")],
    ["1_000", notNumeric("1_000")],
    ["1e99999999999", notNumeric("1e99999999999")],
    ["1e126", OVERFLOW],
    ["-11e125", OVERFLOW],
    ["1.0e100000000", OVERFLOW],
    ["0.9e-130", UNDERFLOW],
    ["-1e-131", UNDERFLOW],
    ["3.14159265358979323846264338327950288419", TOO_PRECISE],
    ["314159265358979323846264338327950288419e30", TOO_PRECISE],
  ])("%j is refused", (text, message) => {
    expect(messageOf(() => canonicalNumber(text))).toBe(message);
  });

  // Measured on AWS by others, with items of exactly 400 KB.
  test.each([
    ["0", 1],
    ["1", 2],
    ["12", 2],
    ["123", 3],
    ["1234", 3],
    ["12345678901234567890123456789012345678", 20],
    ["0042", 2],
    ["100", 2],
    ["1010", 3],
    ["0.0000001", 2],
    ["1E125", 2],
    ["1E-100", 2],
    ["1.5", 3],
    ["15", 2],
    ["1.200", 3],
    ["1.234", 4],
    ["3.14159", 5],
    ["123456", 4],
    ["100.5", 4],
    ["0.15", 2],
    ["-42", 3],
    ["-0", 1],
  ])("%s counts %d bytes", (text, bytes) => {
    expect(numberSize(text)).toBe(bytes);
  });

  /** A number as an integer times ten to a power, beside its text. */
  const numbers = fc
    .record({
      integer: fc.oneof(
        fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
        fc.bigInt({ min: -1000n, max: 1000n }),
      ),
      power: fc.oneof(fc.integer({ min: -92, max: 87 }), fc.integer({ min: -3, max: 3 })),
    })
    .map(({ integer, power }) => ({
      scaled: integer * 10n ** BigInt(power + 92),
      text: `${integer}e${power}`,
    }));

  /** The model: integers in units of 1e-92. */
  function expected(scaled: bigint): string {
    const digits = (scaled < 0n ? -scaled : scaled).toString();
    if (digits.replace(/0+$/, "").length > 38 || digits.length - 93 > 125) return OVERFLOW;
    return canonicalNumber(`${scaled}e-92`);
  }

  test("arithmetic and order are those of integers", () => {
    fc.assert(
      fc.property(numbers, numbers, (one, other) => {
        const left = canonicalNumber(one.text);
        const right = canonicalNumber(other.text);
        const outcome = (body: () => string) => {
          const message = messageOf(body);
          return message === "no fault" ? body() : message;
        };
        expect(outcome(() => addNumbers(left, right))).toBe(expected(one.scaled + other.scaled));
        expect(outcome(() => subtractNumbers(left, right))).toBe(expected(one.scaled - other.scaled));
        const order = one.scaled < other.scaled ? -1 : one.scaled > other.scaled ? 1 : 0;
        expect(Math.sign(compareNumbers(left, right))).toBe(order);
      }),
      { numRuns: 2000 },
    );
  });

  test("a canonical number stays as it is", () => {
    fc.assert(
      fc.property(numbers, ({ text }) => {
        const canonical = canonicalNumber(text);
        expect(canonicalNumber(canonical)).toBe(canonical);
        expect(canonical).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/);
      }),
    );
  });

  test.each([
    [() => addNumbers("9e125", "9e125"), OVERFLOW],
    [() => subtractNumbers("9e125", "-9e125"), OVERFLOW],
    [() => addNumbers("1e50", "1"), OVERFLOW],
    [() => subtractNumbers("1.1e-130", "1e-130"), UNDERFLOW],
  ])("results out of range: %s", (body, message) => {
    expect(messageOf(body)).toBe(message);
  });
});

describe("values that AWS refuses", () => {
  const PARAMETERS = "One or more parameter values were invalid: ";
  const bytes = Uint8Array.of(1);
  test.each<[AttributeValue | Record<string, unknown>, string]>([
    [{}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"],
    [
      { S: "a", N: "1" },
      "Supplied AttributeValue has more than one datatypes set, " +
        "must contain exactly one of the supported datatypes",
    ],
    [{ S: "", N: "" }, "The parameter cannot be converted to a numeric value"],
    [{ NULL: false }, `${PARAMETERS}Null attribute value types must have the value of true`],
    [{ SS: [] }, `${PARAMETERS}An string set  may not be empty`],
    [{ NS: [] }, `${PARAMETERS}An number set  may not be empty`],
    [{ BS: [] }, `${PARAMETERS}Binary sets should not be empty`],
    [{ SS: ["a", "b", "a"] }, `${PARAMETERS}Input collection [a, b, a] contains duplicates.`],
    [{ NS: ["1", "1.0"] }, "Input collection contains duplicates"],
    [{ BS: [bytes, bytes] }, `${PARAMETERS}Input collection [AQ==, AQ==]of type BS contains duplicates.`],
    [{ L: [{ M: { a: { N: "x" } } }] }, notNumeric("x")],
    [{ M: { "": { S: "x" } } }, `${PARAMETERS}Empty attribute name`],
    [
      { M: { ["x".repeat(65_536)]: { S: "x" } } },
      `${PARAMETERS}Attribute name is too large, must be less than 65536 bytes`,
    ],
  ])("%#", (value, message) => {
    expect(messageOf(() => checkValue(value as AttributeValue))).toBe(message);
  });

  test("nesting ends at 32 levels, the attribute itself the first", () => {
    const nested = (levels: number) => {
      let value: AttributeValue = { S: "leaf" };
      for (let at = 0; at < levels; at++) value = at % 2 ? { L: [value] } : { M: { n: value } };
      return value;
    };
    expect(checkValue(nested(31))).toBeDefined();
    expect(messageOf(() => checkItem({ a: nested(32) }))).toBe(
      "Nesting Levels have exceeded supported limits: " +
        "Attributes in the item have nested levels beyond supported limit",
    );
  });

  test("what is right stays the same object, and numbers become canonical at any depth", () => {
    const right: Item = { a: { L: [{ M: { b: { NS: ["1", "2"] } } }] }, e: { S: "" }, l: { L: [] } };
    expect(checkItem(right)).toBe(right);
    expect(checkItem({ a: { L: [{ M: { b: { NS: ["1.0", "2"] }, c: { N: "010" } } }] } })).toEqual({
      a: { L: [{ M: { b: { NS: ["1", "2"] }, c: { N: "10" } } }] },
    });
    expect(Object.keys(checkItem(JSON.parse('{"__proto__":{"N":"1.0"}}')))).toEqual(["__proto__"]);
  });
});

describe("sizes", () => {
  test.each<[Item, number]>([
    [{}, 0],
    [{ a: { S: "abc" } }, 4],
    [{ é: { S: "€" } }, 5],
    [{ a: { B: new Uint8Array(10) } }, 11],
    [{ a: { BOOL: true }, b: { NULL: true } }, 4],
    [{ a: { SS: ["x", "yz"] } }, 4],
    [{ a: { NS: ["1", "123"] } }, 6],
    [{ a: { BS: [new Uint8Array(3)] } }, 4],
    [{ a: { L: [] } }, 4],
    [{ a: { L: [{ S: "x" }, { N: "1" }] } }, 9],
    [{ a: { M: {} } }, 4],
    [{ a: { M: { bc: { S: "x" } } } }, 8],
  ])("%j counts %d bytes", (item, bytes) => {
    expect(itemSize(item)).toBe(bytes);
  });

  test("an item may have 409,600 bytes and no more", () => {
    const item = (bytes: number): Item => ({ p: { S: "x".repeat(bytes - 1) } });
    expect(checkItemSize(item(MOST_ITEM_BYTES))).toBe(409_600);
    expect(messageOf(() => checkItemSize(item(409_601)))).toBe(
      "Item size has exceeded the maximum allowed size",
    );
    expect(messageOf(() => checkUpdatedItemSize(item(409_601)))).toBe(
      "Item size to update has exceeded the maximum allowed size",
    );
  });
});

describe("order and equality", () => {
  test("strings sort as their UTF-8 does", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", "é", "\ud7ff", "\ue000", "\uffff", "\u{10ffff}") });
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        expect(Math.sign(compareText(one, other))).toBe(Buffer.compare(Buffer.from(one), Buffer.from(other)));
      }),
    );
    expect(compareText("\u{10000}", "\uffff")).toBeGreaterThan(0);
  });

  test.each<[AttributeValue, AttributeValue, boolean]>([
    [{ N: "1" }, { N: "1.00" }, true],
    [{ N: "1" }, { S: "1" }, false],
    [{ SS: ["a", "b"] }, { SS: ["b", "a"] }, true],
    [{ SS: ["a", "b"] }, { SS: ["a"] }, false],
    [{ SS: ["1"] }, { NS: ["1"] }, false],
    [{ BS: [Uint8Array.of(1), Uint8Array.of(2)] }, { BS: [Uint8Array.of(2), Uint8Array.of(1)] }, true],
    [{ L: [{ SS: ["a", "b"] }] }, { L: [{ SS: ["b", "a"] }] }, true],
    [{ L: [{ S: "a" }, { S: "b" }] }, { L: [{ S: "b" }, { S: "a" }] }, false],
    [{ M: { a: { N: "1" }, b: { NULL: true } } }, { M: { b: { NULL: true }, a: { N: "1" } } }, true],
    [{ M: { a: { N: "1" } } }, { M: { constructor: { N: "1" } } }, false],
    [{ BOOL: true }, { BOOL: false }, false],
    [{ L: [] }, { M: {} }, false],
  ])("%j and %j", (one, other, equal) => {
    expect(equalValues(one, other)).toBe(equal);
    expect(equalValues(other, one)).toBe(equal);
  });

  test("only strings, numbers and binaries have an order, each among themselves", () => {
    expect(compareValues({ N: "-1" }, { N: "0.5" })).toBeLessThan(0);
    expect(compareValues({ B: Uint8Array.of(128) }, { B: Uint8Array.of(127) })).toBeGreaterThan(0);
    expect(compareValues({ S: "1" }, { N: "1" })).toBeUndefined();
    expect(compareValues({ SS: ["a"] }, { SS: ["a"] })).toBeUndefined();
  });
});

describe("keys", () => {
  const schema = keySchemaOf([{ name: "p", type: "S" }], [{ name: "s", type: "B" }]);
  const good: Item = { p: { S: "x" }, s: { B: Uint8Array.of(0) } };
  const PARAMETERS = "One or more parameter values were invalid: ";
  const empty = (kind: string, name: string) =>
    "One or more parameter values are not valid. " +
    `The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`;
  const tooLong = `${PARAMETERS}Size of hashkey has exceeded the maximum size limit of2048 bytes`;
  const sortTooLong =
    "One or more parameter values were invalid: " +
    "Aggregated size of all range keys has exceeded the size limit of 1024 bytes";
  const MISMATCH = "The provided key element does not match the schema";

  test.each<[Item, string, string]>([
    [good, "no fault", "no fault"],
    [{ p: { S: "x" } }, MISMATCH, `${PARAMETERS}Missing the key s in the item`],
    [{ ...good, x: { S: "y" } }, MISMATCH, "no fault"],
    [{ ...good, p: { N: "1" } }, MISMATCH, `${PARAMETERS}Type mismatch for key p expected: S actual: N`],
    [{ ...good, p: { S: "" } }, empty("string", "p"), empty("string", "p")],
    [{ ...good, s: { B: new Uint8Array() } }, empty("binary", "s"), empty("binary", "s")],
    [{ ...good, p: { S: "é".repeat(1024) } }, "no fault", "no fault"],
    [{ ...good, p: { S: "é".repeat(1025) } }, tooLong, tooLong],
    [{ ...good, s: { B: new Uint8Array(1025) } }, sortTooLong, sortTooLong],
  ])("%#", (item, asKey, asItem) => {
    expect(messageOf(() => checkKey(item, schema))).toBe(asKey);
    expect(messageOf(() => checkItemKey(item, schema))).toBe(asItem);
  });

  test("index keys may be missing, but not of another type or empty", () => {
    expect(messageOf(() => checkIndexKey({}, schema, "i"))).toBe("no fault");
    expect(messageOf(() => checkIndexKey({ p: { N: "1" } }, schema, "i"))).toBe(
      `${PARAMETERS}Type mismatch for Index Key p Expected: S Actual: N IndexName: i`,
    );
    expect(messageOf(() => checkIndexKey({ p: { S: "" } }, schema, "i"))).toBe(
      "One or more parameter values are not valid. A value specified for a secondary index key is not " +
        "supported. The AttributeValue for a key attribute cannot contain an empty string value. " +
        "IndexName: i, IndexKey: p",
    );
  });

  test("parts of store keys", () => {
    expect(keyOf({ ...good, x: { S: "y" } }, schema)).toEqual(good);
    expect(keyParts(good, schema)).toEqual(["x", Uint8Array.of(0)]);
    expect(keyParts({ p: { S: "x" } }, schema)).toBeUndefined();
    expect(keyPart({ N: "1.5" })).toEqual({ decimal: "1.5" });
  });
});

test("an item is kept as JSON, its size beside it, and comes back as it was", () => {
  const binary = { B: new Uint8Array([0, 255]) };
  const item: Item = {
    id: { S: "x\ud800\0é" },
    constructor: { NULL: true },
    deep: { M: { list: { L: [binary, { BS: [new Uint8Array([1]), new Uint8Array()] }] } } },
    B: { M: { B: { S: '"B":"AA=="' } } },
  };
  Object.defineProperty(item, "__proto__", { value: { N: "1" }, enumerable: true });
  const kept = keptItem(storedItem(item, itemSize(item)));
  expect(kept.item).toEqual(item);
  expect(Object.keys(kept.item)).toContain("__proto__");
  expect(kept.sizeBytes).toBe(itemSize(item));
  // What releases before this form stored.
  const old = keptItem(item as unknown as Value);
  expect([old.item, old.sizeBytes, old.json]).toEqual([kept.item, kept.sizeBytes, kept.json]);
});
