// Patterns made at random, held against a second, plain reading of what they mean; and texts that are none.
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileQuery } from "../insights/query.ts";
import { QueryProblem } from "../insights/reading/problem.ts";
import { parsePattern } from "./parse.ts";
import { PatternProblem } from "./problem.ts";

type Scalar = string | number | boolean | null;
type Document = Readonly<Record<string, Scalar | { readonly c: Scalar } | readonly Scalar[]>>;

/** A pattern's text, and whether it means a document. */
interface Condition {
  readonly text: string;
  readonly holds: (document: Document) => boolean;
}

const NUMBERS = [-1, 0, 1, 4.5, 10];
const WORDS = ["a", "ab", "b", "x1"];
const scalar = fc.oneof(
  fc.constantFrom<Scalar>(...NUMBERS),
  fc.constantFrom<Scalar>(...WORDS),
  fc.constantFrom<Scalar>(true, false, null),
);
const document: fc.Arbitrary<Document> = fc.record(
  { a: scalar, b: fc.record({ c: scalar }), d: fc.array(scalar, { maxLength: 2 }) },
  { requiredKeys: [] },
);

const PATHS: Readonly<Record<string, (document: Document) => Scalar | undefined>> = {
  "$.a": ({ a }) => a as Scalar | undefined,
  "$.b.c": ({ b }) => (b as { c: Scalar } | undefined)?.c,
  "$.d[1]": ({ d }) => (d as readonly Scalar[] | undefined)?.[1],
  "$.none": () => undefined,
};
const path = fc.constantFrom(...Object.keys(PATHS));
const at = (selector: string, of: Document) => PATHS[selector]?.(of);

const comparable = (value: Scalar | undefined): string | number | undefined =>
  typeof value === "boolean" ? String(value) : (value ?? undefined);

const words = fc.tuple(path, fc.boolean(), fc.constantFrom(...WORDS), fc.boolean(), fc.boolean()).map(
  ([selector, isEqual, word, before, after]): Condition => ({
    text: `${selector} ${isEqual ? "=" : "!="} "${before ? "*" : ""}${word}${after ? "*" : ""}"`,
    holds(of) {
      const value = comparable(at(selector, of));
      if (value === undefined) return false;
      const expression = new RegExp(`^${before ? ".*" : ""}${word}${after ? ".*" : ""}$`);
      return expression.test(String(value)) === isEqual;
    },
  }),
);

const COMPARE: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  "=": (one, other) => one === other,
  "!=": (one, other) => one !== other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
};

const numbers = fc.tuple(path, fc.constantFrom(...Object.keys(COMPARE)), fc.constantFrom(...NUMBERS)).map(
  ([selector, operator, number]): Condition => ({
    text: `${selector}${operator}${number}`,
    holds(of) {
      const value = comparable(at(selector, of));
      if (value === undefined) return false;
      if (typeof value === "string") return operator === "!=";
      return COMPARE[operator]?.(value, number) ?? false;
    },
  }),
);

const facts = fc.tuple(path, fc.constantFrom("IS TRUE", "IS FALSE", "IS NULL", "NOT EXISTS")).map(
  ([selector, fact]): Condition => ({
    text: `${selector} ${fact}`,
    holds(of) {
      const value = at(selector, of);
      if (fact === "NOT EXISTS") return value === undefined;
      return value === { "IS TRUE": true, "IS FALSE": false, "IS NULL": null }[fact];
    },
  }),
);

const { condition } = fc.letrec<{ condition: Condition; joined: Condition }>((tie) => ({
  condition: fc.oneof({ depthSize: "small" }, words, numbers, facts, tie("joined")),
  joined: fc
    .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
    .map(([one, joint, other]) => ({
      text: `(${one.text} ${joint} ${other.text})`,
      holds: (of: Document) =>
        joint === "&&" ? one.holds(of) && other.holds(of) : one.holds(of) || other.holds(of),
    })),
}));

test("conditions on JSON mean what they say", () => {
  fc.assert(
    fc.property(
      condition,
      fc.array(document, { minLength: 1, maxLength: 5 }),
      ({ text, holds }, documents) => {
        const pattern = parsePattern(`{ ${text} }`);
        for (const one of documents) {
          expect([text, one, pattern.match(JSON.stringify(one)) !== undefined]).toEqual([
            text,
            one,
            holds(one),
          ]);
        }
      },
    ),
    { numRuns: 2_000, seed: 11 },
  );
});

test("words mean what they say", () => {
  const word = fc.constantFrom("ab", "b", "c1", "d");
  const term = fc.tuple(fc.constantFrom("", "-", "?"), word);
  fc.assert(
    fc.property(fc.array(term, { maxLength: 5 }), fc.array(word, { maxLength: 5 }), (terms, found) => {
      const message = found.join(" ");
      const of = (kind: string) => terms.filter(([mark]) => mark === kind).map(([, text]) => text);
      const isThere = (text: string) => message.includes(text);
      const isStrict = of("").length + of("-").length > 0;
      const expected =
        isStrict || of("?").length === 0
          ? of("").every(isThere) && !of("-").some(isThere)
          : of("?").some(isThere);
      const pattern = parsePattern(terms.map(([mark, text]) => mark + text).join(" "));
      expect(pattern.match(message) !== undefined).toBe(expected);
    }),
    { numRuns: 1_000, seed: 13 },
  );
});

const scraps = fc.array(
  fc.oneof(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      "(",
      ")",
      "$.a",
      "=",
      "!=",
      "&&",
      "||",
      "%",
      '"',
      "*",
      ",",
      "...",
      "IS NULL",
    ),
    fc.constantFrom(
      "fields",
      "stats",
      "by",
      "bin(",
      "5m",
      "|",
      "filter",
      "like",
      "/",
      "parse",
      "as",
      "not",
      "in",
      "`",
    ),
    fc.string({ maxLength: 4 }),
  ),
  { maxLength: 12 },
);

test("a text that is no pattern, and no query, is told so and nothing else", () => {
  fc.assert(
    fc.property(scraps, fc.boolean(), (parts, isSpaced) => {
      const text = parts.join(isSpaced ? " " : "");
      for (const [read, problem] of [
        [() => parsePattern(text).match('{"a":1} x'), PatternProblem],
        [() => compileQuery(text, 10, { nowMs: 0, fromMs: 0, untilMs: 0 }), QueryProblem],
      ] as const) {
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(problem);
        }
      }
    }),
    { numRuns: 5_000, seed: 17 },
  );
});
