import fc from "fast-check";
import { expect, it } from "vitest";
import { createMask } from "./redact.ts";

const mask = createMask([/password/i, /^card$/]);
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");

it.each([
  ['{"a":1}', '{"a":1}'],
  ['{ "a" : 1 }', '{ "a" : 1 }'],
  ['{"password":"x"}', '{"password":"***"}'],
  ['{"oldPassword":{"deep":1}}', '{"oldPassword":"***"}'],
  ['[{"card":[1,2]},{"cards":1}]', '[{"card":"***"},{"cards":1}]'],
  [JSON.stringify({ body: '{"password":"x"}' }), JSON.stringify({ body: '{"password":"***"}' })],
  [JSON.stringify({ data: base64({ card: 1 }) }), JSON.stringify({ data: base64({ card: "***" }) })],
  [JSON.stringify({ data: base64("plain") }), JSON.stringify({ data: base64("plain") })],
  ["not JSON password", "not JSON password"],
  ['"password"', '"password"'],
  ["null", "null"],
  ["", ""],
])("masks %s", (text, masked) => {
  expect(mask(text)).toBe(masked);
});

it("leaves no value of a secret, and no other one out", () => {
  const secret = "s3cr3t-value";
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify({ value, list: [{ password: secret, value }] });
      const masked = mask(text);
      expect(masked).not.toContain(secret);
      const { list } = JSON.parse(masked) as { list: { password: string }[] };
      expect(list[0]?.password).toBe("***");
      expect(createMask([])(text)).toBe(text);
    }),
    { numRuns: 200 },
  );
});
