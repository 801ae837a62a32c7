import { expect, test } from "vitest";
import { policyAllows, statementsIn } from "./policy.ts";

const source = {
  service: "s3.amazonaws.com",
  sourceArn: "arn:aws:s3:::photos",
  sourceAccount: "000000000000",
};
const allow = {
  Effect: "Allow",
  Principal: { Service: "s3.amazonaws.com" },
  Action: "sqs:SendMessage",
};
const may = (text: string | undefined, from = source) => policyAllows(text, "sqs:SendMessage", from);
const policy = (...Statement: unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });

test.each([
  ["the service", allow],
  ["everybody", { ...allow, Principal: "*" }],
  ["everybody of AWS, for every action", { ...allow, Principal: { AWS: "*" }, Action: ["SQS:*"] }],
  [
    "the bucket by its ARN",
    { ...allow, Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:*:*:phot?s" } } },
  ],
  ["the account", { ...allow, Condition: { StringEquals: { "aws:SourceAccount": ["1", "000000000000"] } } }],
  ["all but another", { ...allow, Condition: { ArnNotEquals: { "AWS:SourceArn": "arn:aws:s3:::other" } } }],
])("a policy that allows %s lets the service act", (_, statement) => {
  expect(may(policy(statement))).toBe(true);
});

test.each([
  ["nothing", {}],
  ["another service", { ...allow, Principal: { Service: "sns.amazonaws.com" } }],
  ["another action", { ...allow, Action: "sqs:ReceiveMessage" }],
  ["another bucket", { ...allow, Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:s3:::other" } } }],
  ["another account", { ...allow, Condition: { StringEquals: { "aws:SourceAccount": "1" } } }],
  ["what is not known", { ...allow, Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }],
])("a policy that allows %s does not", (_, statement) => {
  expect(may(policy(statement))).toBe(false);
});

test("a denial wins, and a pattern of many stars takes no time", () => {
  expect(may(policy(allow, { ...allow, Effect: "Deny" }))).toBe(false);
  expect(may(undefined)).toBe(false);
  const Condition = { StringLike: { "aws:SourceArn": `${"*a".repeat(1000)}b` } };
  const long = { ...source, sourceArn: "a".repeat(2000) };
  expect(may(policy({ ...allow, Condition }), long)).toBe(false);
});

test.each([
  "{",
  "null",
  "[]",
  '"text"',
  '{"Statement":null}',
  '{"Statement":[null]}',
  '{"Statement":["Allow"]}',
  '{"Statement":[{"Effect":"Perhaps"}]}',
  '{"Statement":[{"Colour":"red"}]}',
  '{"Statement":[{"constructor":"x"}]}',
  '{"Statement":[{"Action":null}]}',
  '{"Statement":[{"Action":[["sqs:SendMessage"]]}]}',
  `{"Statement":[{"Resource":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`,
  '{"Statement":[{"Principal":{"AWS":{"a":"b"}}}]}',
  '{"Statement":[{"Condition":null}]}',
  '{"Statement":[{"Condition":{"StringEquals":null}}]}',
  '{"Statement":[{"Condition":{"StringEquals":{"aws:SourceArn":null}}}]}',
])("%.60s is no policy, and allows nothing", (text) => {
  expect(statementsIn(text)).toBeUndefined();
  expect(may(text)).toBe(false);
});

test("a policy has one statement, a list of them, or none yet", () => {
  expect(statementsIn(JSON.stringify({ Statement: allow }))).toEqual([allow]);
  expect(statementsIn(policy(allow, allow))).toEqual([allow, allow]);
  expect(statementsIn('{"Version":"2012-10-17"}')).toEqual([]);
});
