// Random filter policies and messages against a reading of the policies that is as plain as can be.
import fc from "fast-check";
import { expect, test } from "vitest";
import { histories, patienceMs } from "../histories.fixture.ts";
import { mismatchOf } from "./filters.ts";

const wants = (...asked: Parameters<typeof mismatchOf>) => mismatchOf(...asked) === undefined;

const WORDS = ["red", "green", "greenish", "Red", "blue", ""];
const NAMES = ["a", "b", "c"];
type Scalar = string | number | boolean | null;

type Rule =
  | { is: "equal"; value: Scalar }
  | { is: "prefix" | "suffix" | "equals-ignore-case"; word: string }
  | { is: "anything-but"; values: string[] }
  | { is: "numeric"; above: number; below: number }
  | { is: "exists"; there: boolean };

const word = fc.constantFrom(...WORDS.filter((one) => one !== ""));
const number = fc.integer({ min: -3, max: 3 });
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({
    is: fc.constant("equal" as const),
    value: fc.oneof(word, number, fc.constantFrom(true, null)),
  }),
  fc.record({
    is: fc.constantFrom("prefix" as const, "suffix" as const, "equals-ignore-case" as const),
    word,
  }),
  fc.record({
    is: fc.constant("anything-but" as const),
    values: fc.uniqueArray(word, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ is: fc.constant("numeric" as const), above: number, below: fc.integer({ min: 4, max: 6 }) }),
  fc.record({ is: fc.constant("exists" as const), there: fc.boolean() }),
);
const policy = fc.dictionary(fc.constantFrom(...NAMES), fc.array(rule, { minLength: 1, maxLength: 3 }), {
  minKeys: 1,
  noNullPrototype: true,
});

/** The rule as a policy writes it. */
function written(one: Rule): unknown {
  switch (one.is) {
    case "equal":
      return one.value;
    case "anything-but":
      return { "anything-but": one.values };
    case "numeric":
      return { numeric: [">", one.above, "<", one.below] };
    case "exists":
      return { exists: one.there };
    default:
      return { [one.is]: one.word };
  }
}

/** Whether one value satisfies a rule. `undefined`: there is none. */
function satisfies(one: Rule, value: Scalar | undefined): boolean {
  if (one.is === "exists") return one.there === (value !== undefined);
  if (value === undefined) return false;
  switch (one.is) {
    case "equal":
      return value === one.value;
    case "anything-but":
      return !one.values.includes(value as string);
    case "numeric":
      return typeof value === "number" && value > one.above && value < one.below;
    case "prefix":
      return typeof value === "string" && value.startsWith(one.word);
    case "suffix":
      return typeof value === "string" && value.endsWith(one.word);
    case "equals-ignore-case":
      return typeof value === "string" && value.toLowerCase() === one.word.toLowerCase();
  }
}

/** Every key of a policy must have a rule that one of the values satisfies. */
function lets(rules: Record<string, Rule[]>, values: Record<string, Scalar[]>): boolean {
  return Object.entries(rules).every(([name, any]) =>
    any.some((one) => {
      const found = values[name] ?? [];
      return found.length === 0 ? satisfies(one, undefined) : found.some((value) => satisfies(one, value));
    }),
  );
}

const asPolicy = (rules: Record<string, Rule[]>) =>
  JSON.stringify(Object.fromEntries(Object.entries(rules).map(([name, any]) => [name, any.map(written)])));

const attribute = fc.oneof(
  word.map((text) => ({ stored: { type: "String", text }, values: [text] as Scalar[] })),
  number.map((value) => ({ stored: { type: "Number", text: `${value}` }, values: [value] as Scalar[] })),
  fc
    .array(fc.oneof(word, number, fc.constantFrom(true, null)), { minLength: 1, maxLength: 3 })
    .map((values) => ({
      stored: { type: "String.Array", text: JSON.stringify(values) },
      values: values as Scalar[],
    })),
  // Policies do not look at bytes.
  fc.constant({ stored: { type: "Binary", bytes: Uint8Array.of(1) }, values: [] as Scalar[] }),
);

test(
  "a policy on attributes lets through what its plain reading lets through",
  () => {
    const message = fc.dictionary(fc.constantFrom(...NAMES), attribute, { noNullPrototype: true });
    let through = 0;
    fc.assert(
      fc.property(policy, message, (rules, attributes) => {
        const entries = Object.entries(attributes);
        const stored = Object.fromEntries(entries.map(([name, one]) => [name, one.stored]));
        const values = Object.fromEntries(entries.map(([name, one]) => [name, one.values]));
        const expected = lets(rules, values);
        if (expected) through++;
        expect(wants({ FilterPolicy: asPolicy(rules) }, { attributes: stored, body: "" })).toBe(expected);
      }),
      { numRuns: histories(3000) },
    );
    expect(through).toBeGreaterThan(300);
  },
  patienceMs(30_000),
);

test(
  "a policy on the body lets through what its plain reading lets through, at any depth",
  () => {
    const value = fc.oneof(word, number, fc.constantFrom(true, null));
    const body = fc.dictionary(
      fc.constantFrom(...NAMES),
      fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })),
      { noNullPrototype: true },
    );
    let through = 0;
    fc.assert(
      fc.property(policy, body, fc.boolean(), (rules, fields, nested) => {
        const values = Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, [one].flat()]));
        const expected = lets(rules, values as Record<string, Scalar[]>);
        if (expected) through++;
        const text = asPolicy(rules);
        const FilterPolicy = nested ? `{"outer":${text}}` : text;
        const message = { attributes: {}, body: JSON.stringify(nested ? { outer: fields } : fields) };
        expect(wants({ FilterPolicy, FilterPolicyScope: "MessageBody" }, message)).toBe(expected);
      }),
      { numRuns: histories(3000) },
    );
    expect(through).toBeGreaterThan(300);
  },
  patienceMs(30_000),
);

test("a body that is no JSON object passes no policy on bodies, and any other subscription", () => {
  const own = { FilterPolicy: '{"a":[{"exists":false}]}', FilterPolicyScope: "MessageBody" };
  for (const body of ["text", "", "[]", "1", "null", '"a"', '{"b":']) {
    expect(wants(own, { attributes: {}, body })).toBe(false);
    expect(wants({}, { attributes: {}, body })).toBe(true);
    expect(wants({ FilterPolicy: "{}" }, { attributes: {}, body })).toBe(true);
  }
  expect(wants(own, { attributes: {}, body: "{}" })).toBe(true);
});
