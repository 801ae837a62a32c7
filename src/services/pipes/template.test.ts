import fc from "fast-check";
import { expect, test } from "vitest";
import { eventOfRecord, eventsOfAnswer } from "./event.ts";
import { follow, parsePath } from "./paths.ts";
import { listOf } from "./send.ts";
import { parameterOf, shapedEvent } from "./template.ts";

const AROUND = {
  pipeArn: "arn:p",
  pipeName: "p",
  sourceArn: "arn:s",
  enrichmentArn: "arn:e",
  targetArn: "arn:t",
  ingestionTime: "2026-01-01T00:00:00.000Z",
};
const eventOf = (value: unknown) => ({ text: JSON.stringify(value), view: value });
const shape = (template: string, value: unknown) => shapedEvent(template, eventOf(value), AROUND).text;

test("paths know dots, indexes, names in brackets and wildcards", () => {
  const value = { a: [{ b: 1 }, { b: 2 }], "x-y_z": { "q r": 3 } };
  const at = (path: string) => follow(value, parsePath(path) ?? ["not a path"]);
  expect(at("$")).toEqual(value);
  expect(at("$.a[1].b")).toBe(2);
  expect(at("$.a[*].b")).toEqual([1, 2]);
  expect(at('$.x-y_z["q r"]')).toBe(3);
  expect(at("$.a.b")).toBeUndefined();
  expect(at("$.constructor")).toBeUndefined();
  expect(parsePath("a.b")).toBeUndefined();
  expect(parsePath("$..a")).toBeUndefined();
});

test("a template without JSON is text, with JSON it stays JSON", () => {
  expect(shape("hello <$.name>!", { name: "Ann" })).toBe("hello Ann!");
  expect(shape("<$.name>", { name: { first: "Ann" } })).toBe('{"first":"Ann"}');
  expect(shape('"hello <$.name>"', { name: 'An"n' })).toBe('"hello An\\"n"');
  expect(shape('{"a":<$.n>,"b":"<$.n>"}', { n: 1 })).toBe('{"a":1,"b":"1"}');
  expect(shape('{"a":<$.s>}', { s: "x" })).toBe('{"a":"x"}');
  expect(shape('{"a":"\\"<$.s>\\"","b":<$.s>}', { s: "x" })).toBe('{"a":"\\"x\\"","b":"x"}');
  expect(shape("<aws.pipes.pipe-name> <aws.pipes.target-arn> <other>", {})).toBe("p arn:t <other>");
  expect(shape('{"e":<aws.pipes.event.json>}', { k: [1] })).toBe('{"e":{"k":[1]}}');
});

test("whatever an event holds, a JSON template makes JSON that holds it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      const shaped = JSON.parse(shape('{"v":<$.v>,"t":<$.t>,"in":"a <$.t> z"}', { v: value, t: text }));
      expect(JSON.stringify(shaped)).toBe(
        JSON.stringify({ v: JSON.parse(JSON.stringify(value)), t: text, in: `a ${text} z` }),
      );
    }),
  );
});

test("records are events: a stream's data and a queue's body are seen as what they hold", () => {
  const data = Buffer.from('{"k":1}').toString("base64");
  const kinesis = eventOfRecord(
    JSON.stringify({ kinesis: { data, partitionKey: "p" }, eventSource: "aws:kinesis" }),
  );
  expect(JSON.parse(kinesis.text)).toEqual({ data, partitionKey: "p", eventSource: "aws:kinesis" });
  expect(kinesis.view).toEqual({ data: { k: 1 }, partitionKey: "p", eventSource: "aws:kinesis" });
  const message = eventOfRecord('{"body":"{\\"k\\":1}"}');
  expect(message.text).toBe('{"body":"{\\"k\\":1}"}');
  expect(message.view).toEqual({ body: { k: 1 } });
});

test("answers of enrichments are lists, single events or nothing", () => {
  const texts = (answer: string) => eventsOfAnswer(Buffer.from(answer)).map(({ text }) => text);
  expect(texts('[{"a":1},"b",2]')).toEqual(['{"a":1}', "b", "2"]);
  expect(texts('{"a":1}')).toEqual(['{"a":1}']);
  for (const nothing of ["[]", "null", '""', ""]) expect(texts(nothing)).toEqual([]);
  expect(listOf(eventsOfAnswer(Buffer.from('[{"a":1},"b"]')))).toBe('[{"a":1},"b"]');
});

test("parameters of targets are texts or paths", () => {
  const event = eventOf({ a: { b: "x", n: 1 } });
  expect(parameterOf("plain", event)).toBe("plain");
  expect(parameterOf("$.a.b", event)).toBe("x");
  expect(parameterOf("$.a.n", event)).toBe("1");
  expect(parameterOf("$.a.none", event)).toBeUndefined();
});
