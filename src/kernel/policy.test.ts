import { expect, test } from "vitest";
import { policyAllows } from "./policy.ts";

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
