import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chance, randomEvent, randomPattern } from "../../test/patterns/random.ts";
import type { Dialect } from "./dialect.ts";
import { checkFilterPolicy } from "./filter-policy.ts";
import { PatternError, parsePattern, parsePatternText } from "./pattern.ts";
import { PatternIndex } from "./pattern-index.ts";

const matches = (pattern: unknown, event: unknown, dialect: Dialect = "events") =>
  parsePattern(pattern, dialect).matches(event);
const messageOf = (pattern: unknown, dialect: Dialect = "events"): string => {
  try {
    parsePattern(pattern, dialect);
  } catch (error) {
    if (error instanceof PatternError) return error.reason;
    throw error;
  }
  return "none";
};

/** What a list asks, what it lets pass, and what it does not. */
const LISTS: readonly [list: unknown[], passes: unknown[], fails: unknown[]][] = [
  [
    ["a", 1, true, null],
    ["a", 1, 1.0, true, null],
    ["A", "1", 2, false, "true", "null", ""],
  ],
  [["10.0.0.1"], ["10.0.0.1", "010.0.0.1"], ["10.0.0.2"]],
  [[{ prefix: "ab" }], ["ab", "abc"], ["a", "ABC", 1, null]],
  [[{ prefix: { "equals-ignore-case": "aB" } }], ["ab", "ABC"], ["a", 1]],
  [[{ suffix: ".png" }], [".png", "a.png"], ["a.PNG", "png"]],
  [[{ suffix: { "equals-ignore-case": ".png" } }], ["a.PNG"], ["png"]],
  [[{ "equals-ignore-case": "Straße" }], ["STRAßE", "straSSe"], ["stra"]],
  [[{ wildcard: "a*c*" }], ["ac", "abcd", "acc"], ["a", "bac", 1]],
  [[{ wildcard: "a\\*\\\\*" }], ["a*\\", "a*\\b"], ["ab\\"]],
  [[{ "anything-but": "a" }], ["b", 1, null, true], ["a"]],
  [[{ "anything-but": ["a", "b"] }], ["c", ""], ["a", "b"]],
  [[{ "anything-but": [1, 2] }], [3, "1", null], [1, 2.0]],
  [[{ "anything-but": { prefix: ["a", "b"] } }], ["c", 1], ["ab", "b"]],
  [[{ "anything-but": { suffix: "a" } }], ["ab", 1], ["ba"]],
  [[{ "anything-but": { "equals-ignore-case": ["ab"] } }], ["a"], ["AB"]],
  [[{ "anything-but": { wildcard: "*/lib/*" } }], ["/bin/a"], ["/lib/a"]],
  [[{ numeric: ["=", 3.018e2] }], [301.8], [301, "301.8"]],
  [[{ numeric: [">", 0, "<=", 5] }], [0.1, 5], [0, 5.1, "1"]],
  [[{ numeric: ["<", -1] }], [-1.5], [-1, null]],
  [[{ cidr: "10.0.0.0/24" }], ["10.0.0.0", "10.0.0.255"], ["10.0.1.0", "a", 10]],
  [[{ cidr: "2001:db8::/32" }], ["2001:db8::1", "2001:DB8:0::ffff"], ["2001:db9::", "10.0.0.1"]],
  [[{ exists: true }], ["", 0, null, false], []],
];

describe("a list", () => {
  for (const [list, passes, fails] of LISTS) {
    test(`${JSON.stringify(list)} lets pass what it should`, () => {
      for (const value of passes)
        expect(matches({ a: list }, { a: value }), JSON.stringify(value)).toBe(true);
      for (const value of fails)
        expect(matches({ a: list }, { a: value }), JSON.stringify(value)).toBe(false);
      expect(matches({ a: list }, {})).toBe(false);
      if (passes.length > 0) expect(matches({ a: list }, { a: [fails[0] ?? "x", passes[0]] })).toBe(true);
    });
  }
});

test("a field is absent where no value stands at its path, as in empty lists and objects", () => {
  const absent = { a: { b: [{ exists: false }] } };
  for (const event of [{}, { a: 1 }, { a: { b: [] } }, { a: { b: { c: 1 } } }]) {
    expect(matches(absent, event), JSON.stringify(event)).toBe(true);
  }
  expect(matches(absent, { a: { b: null } })).toBe(false);
  expect(matches({ a: ["x", { exists: false }] }, { a: "x" })).toBe(true);
});

test("fields below an array match in one and the same element", () => {
  const pattern = { list: { a: [1], b: [2] } };
  expect(matches(pattern, { list: [{ a: 1 }, { b: 2 }] })).toBe(false);
  expect(
    matches(pattern, {
      list: [
        { a: 1, b: 3 },
        { a: 1, b: 2 },
      ],
    }),
  ).toBe(true);
  expect(matches({ x: { a: [1] }, y: { b: [2] } }, { x: [{ a: 0 }, { a: 1 }], y: [{ b: 2 }] })).toBe(true);
});

test("$or offers ways, nested ones too, and is refused where it could be a field", () => {
  const pattern = { s: ["x"], $or: [{ a: [1] }, { b: { $or: [{ c: [2] }, { d: [3] }] } }] };
  expect(matches(pattern, { s: "x", a: 1 })).toBe(true);
  expect(matches(pattern, { s: "x", b: { d: 3 } })).toBe(true);
  expect(matches(pattern, { s: "y", a: 1 })).toBe(false);
  expect(matches(pattern, { s: "x", a: 2 })).toBe(false);
  expect(messageOf({ $or: [{ a: [1] }] })).toBe("There must have at least 2 Objects in $or relationship.");
  expect(messageOf({ $or: [{ prefix: ["a"] }, { b: [1] }] })).toBe(
    "prefix is Ruler reserved fieldName which cannot be used inside $or.",
  );
  const two = [{ a: [1] }, { b: [2] }];
  let deep: unknown = { $or: two };
  for (let level = 0; level < 10; level++) deep = { $or: two, [`k${level}`]: deep };
  expect(messageOf(deep)).toContain("combinations of $or");
});

test("messages are AWS's, with the place in the text", () => {
  expect(() => parsePatternText('{"source": ["aws.health"], "detail": {}}', "events")).toThrow(
    'Empty objects are not allowed\n at [Source: (String)"{"source": ["aws.health"], "detail": {}}"; ' +
      "line: 1, column: 40]",
  );
  expect(() => parsePatternText('{"price":[{"numeric":["<","100"]}]}', "sns")).toThrow("column: 28]");
  expect(messageOf([])).toBe("Filter is not an object");
  expect(messageOf({ a: "b" })).toBe('"a" must be an object or an array');
  expect(messageOf({ a: [] })).toBe("Empty arrays are not allowed");
  expect(messageOf({ a: [{ regex: "a" }] })).toBe("Unrecognized match type regex");
  expect(messageOf({ a: [["b"]] })).toBe("Match value must be String, number, true, false, or null");
  expect(messageOf({ a: [{ numeric: [">", 6e9] }] })).toBe(
    "Value must be between -5.0E9 and 5.0E9, inclusive",
  );
  expect(messageOf({ a: [{ wildcard: "a**" }] })).toBe("Consecutive wildcard characters at pos 2");
});

test("rules whose wildcards are too complex are refused, as EventBridge is known to do it", () => {
  const stacks = (count: number) =>
    ["Shared", "Benchmark", "Api", "Monitoring"]
      .slice(0, count)
      .map((name) => ({ wildcard: `*:stack/${name}/*` }));
  expect(messageOf({ a: stacks(3) })).toBe("none");
  expect(messageOf({ a: stacks(4) })).toContain("Rule is too complex - try using fewer wildcard characters");
  expect(messageOf({ a: [{ wildcard: "*aaaaaaaaaa" }] })).toContain("fewer repeating character sequences");
  expect(messageOf({ a: [{ wildcard: "*abcdefghijklmnopqrstuvwxyz" }] })).toBe("none");
});

test("pipes and event source mappings know fewer operators", () => {
  for (const dialect of ["pipes", "filter"] as const) {
    expect(messageOf({ a: [{ wildcard: "*" }] }, dialect)).toBe("Unrecognized match type wildcard");
    expect(messageOf({ a: [{ "anything-but": { prefix: "a" } }] }, dialect)).toContain("must be an array or");
    expect(messageOf({ a: [{ suffix: "a" }, { "anything-but": ["b"] }] }, dialect)).toBe("none");
  }
});

test("filter policies have five keys and 150 combinations at most", () => {
  const keys = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, ["v"]]));
  expect(() => checkFilterPolicy(keys(5))).not.toThrow();
  expect(() => checkFilterPolicy(keys(6))).toThrow("Filter policy can not have more than 5 keys");
  const values = (count: number) => Array.from({ length: count }, (_, at) => `v${at}`);
  expect(() => checkFilterPolicy({ a: values(10), b: values(15) })).not.toThrow();
  expect(() => checkFilterPolicy({ a: values(10), b: values(16) })).toThrow("Filter policy is too complex");
  // The example of AWS's page: 4 values at depth 3, 3 values at depth 2, which makes 72.
  expect(() => checkFilterPolicy({ a: { b: { c: values(4) } }, d: { e: values(3) } })).not.toThrow();
  expect(() => checkFilterPolicy({ a: { b: { c: values(9) } }, d: { e: values(3) } })).toThrow("too complex");
});

test("hostile patterns and events neither hang nor overflow", () => {
  const deep = (depth: number) => `${'{"a":'.repeat(depth)}["x"]${"}".repeat(depth)}`;
  expect(() => parsePatternText(deep(5000), "events")).toThrow("Document nesting depth (1001)");
  let nested: unknown = 1;
  for (let level = 0; level < 20_000; level++) nested = [nested];
  expect(matches({ a: [1] }, { a: nested })).toBe(false);
  const rows = Array.from({ length: 20_000 }, (_, at) => ({ p: 1, q: at, r: 2 }));
  expect(matches({ list: { p: [1], q: [{ exists: true }], r: [3] } }, { list: rows })).toBe(false);
  const grid = { x: rows.slice(0, 300), y: rows.slice(0, 300), z: rows.slice(0, 300) };
  const all = { p: [{ exists: true }], q: [{ exists: true }] };
  expect(matches({ x: all, y: all, z: { ...all, r: [3] } }, grid)).toBe(false);
  const stars = `${"*a".repeat(200)}*b`;
  expect(matches({ a: [{ wildcard: stars }] }, { a: "a".repeat(100_000) }, "sns")).toBe(false);
  expect(messageOf({ a: [{ wildcard: stars }] })).toContain("too complex");
});

test("an index finds what each of its patterns matches by itself, also after removals", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const chance = new Chance(seed);
      const patterns = new Map<number, ReturnType<typeof parsePattern>>();
      for (let id = 0; id < 40; id++) {
        try {
          patterns.set(id, parsePatternText(randomPattern(chance), "events"));
        } catch (error) {
          if (!(error instanceof PatternError)) throw error;
        }
      }
      const index = new PatternIndex<number>();
      for (const [id, pattern] of patterns) index.add(id, pattern);
      for (const id of [...patterns.keys()].filter(() => chance.often(0.3))) {
        index.remove(id);
        patterns.delete(id);
      }
      for (let round = 0; round < 5; round++) {
        const event: unknown = JSON.parse(randomEvent(chance));
        const each = [...patterns].filter(([, pattern]) => pattern.matches(event)).map(([id]) => id);
        expect(index.matching(event)).toEqual(each);
      }
    }),
    { numRuns: 300 },
  );
});
