import { expect, test } from "vitest";
import type { LogLine } from "../../kernel/telemetry.ts";
import { failureOf } from "./failure.ts";
import { shortened } from "./frames.ts";
import { strikesOfLine } from "./strikes.ts";

const attempt = (document: object) =>
  failureOf({ functionName: "orders", failed: true, errorType: "Error", result: JSON.stringify(document) });

const issueOf = (errorMessage: string, more: object = {}) => attempt({ errorMessage, ...more })?.issue;

const logged = (message: string) => {
  const where = { group: "/aws/lambda/orders", stream: "s", account: "000000000000", region: "us-east-1" };
  const record: LogLine = { ...where, timeMs: 1, requestId: "r", source: "function", message };
  return strikesOfLine({ seq: 1, record });
};

test.each([
  ["order 17 is gone", "order 4 is gone"],
  ["user alice@example.com is gone", "user bob.b+c@mail.example.org is gone"],
  ["no usr_8f3kd92 here", "no usr_k2x0q here"],
  ["no 01ARZ3NDEKTSV4RRFFQ69G5FAV", "no 01BX5ZZKBKACTAV9WEVGEMMVRY"],
  ["no V1StGXR8_Z5jdHi6B-myT", "no 7aGk-b_KNJ2VtP9xLq0Z"],
  ["id 0b54d2f6-9f6a-4b7c-8a55-7d4d5b0f7c11", "id 1f0c7f3e-2f1d-4d54-9f0b-0d6f0a3f6f10"],
  ["at 2026-11-28T11:00:00.000Z", "at 2026-11-29 12:30:01"],
])("messages that differ by what they name are one error: %s", (one, other) => {
  expect(issueOf(one)).toBe(issueOf(other));
  expect(issueOf(one)).not.toBe(issueOf("something else"));
});

test("recursion is one error however deep it was, and whatever it is made of is bounded", () => {
  const folder = `/tmp/code/${"a".repeat(64)}`;
  const trace = (depth: number) => [
    ...Array.from({ length: depth }, () => `    at again (${folder}/index.mjs:3:9)`),
    `    at handler (${folder}/index.mjs:7:1)`,
  ];
  expect(issueOf("too deep", { trace: trace(50) })).toBe(issueOf("too deep", { trace: trace(900) }));
  expect(attempt({ errorMessage: "", trace: trace(900) })?.grouped.slice(-2)).toEqual([
    "index.mjs again",
    "index.mjs handler",
  ]);
  const many = Array.from({ length: 5_000 }, (_, at) => `    at f${at} (${folder}/index.mjs:3:9)`);
  expect(attempt({ errorMessage: "", trace: many })?.grouped.length).toBeLessThan(60);
});

test("a module that Python cannot read is told by its file", () => {
  const folder = `/tmp/code/${"a".repeat(64)}`;
  const stackTrace = [`  File "${folder}/lib/broken.py" Line 3\n    def handler(:`];
  expect(attempt({ errorMessage: "invalid syntax", stackTrace })?.grouped).toContain(
    "lib/broken.py <module>",
  );
});

// What took the square of their length took hours of these.
const LONG = 1_000_000;
test.each([
  ["slashes", "/".repeat(LONG)],
  ["folders", "/code/".repeat(LONG / 6)],
  ["one word", "x".repeat(LONG)],
  ["dashes", "a-".repeat(LONG / 2)],
  ["quotes", '"'.repeat(LONG - 1)],
])("long messages are read at once: %s", (_, message) => {
  expect(attempt({ errorMessage: message })?.title.length).toBeLessThanOrEqual(300);
  expect(logged(`2026\tr\tERROR\t${message}\n    at f (/var/task/index.mjs:1:1)`)).toHaveLength(1);
  expect(logged(`[ERROR] ${message}\nTraceback (most recent call last):\n${message}`)).toHaveLength(1);
});

test("errors that Powertools logs", () => {
  const folder = `/tmp/code/${"a".repeat(64)}`;
  const inJavaScript = {
    ...{ level: "ERROR", message: "pay failed" },
    error: {
      name: "PayError",
      message: "declined",
      stack: `PayError: declined\n    at pay (${folder}/a.js:1:1)`,
    },
  };
  const inPython = {
    ...{ level: "ERROR", message: "pay failed", exception_name: "PayError" },
    exception: `Traceback (…):\n  File "${folder}/a.py", line 1, in pay\nPayError: declined`,
  };
  for (const [line, place] of [
    [inJavaScript, "a.js pay"],
    [inPython, "a.py pay"],
  ] as const) {
    const [strike] = logged(JSON.stringify(line));
    expect(strike).toMatchObject({ class: "logged", title: "PayError: declined" });
    expect(strike?.grouped).toContain(place);
  }
  const odd = ['"x"', "null", "5", "[]", '{"stack":5}'];
  for (const error of odd) expect(logged(`{"level":"ERROR","error":${error},"stack":1}`)).toEqual([]);
});

test("an error document that is too large to keep is kept without most of its words", () => {
  const document = { errorType: "TypeError", errorMessage: "m".repeat(2_000_000), trace: ["TypeError: m"] };
  const trace = [`TypeError: ${document.errorMessage}`, "    at handler (/x/index.mjs:1:1)"];
  const short = JSON.parse(shortened(JSON.stringify({ ...document, trace })));
  expect(short).toMatchObject({ errorType: "TypeError", errorMessage: expect.stringMatching(/^m+…$/) });
  expect(short.trace[1]).toBe("    at handler (/x/index.mjs:1:1)");
  expect(JSON.stringify(short).length).toBeLessThan(10_000);
  expect(JSON.parse(shortened('"no document"'))).toEqual({});
});
