import { expect, test } from "vitest";
import type { Statement } from "./policy.ts";
import { conditionsHold } from "./policy-conditions.ts";
import { type Decision, decide, namesCaller } from "./policy-evaluation.ts";

const contextOf = (given: Record<string, string | string[]> = {}) =>
  new Map(Object.entries(given).map(([key, value]) => [key.toLowerCase(), [value].flat()]));

const ask = (
  statements: Statement | Statement[],
  action: string,
  resource = "*",
  context: Record<string, string | string[]> = {},
): Decision => decide([statements].flat(), { action, resource, context: contextOf(context) });

test.each([
  [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }, "s3:GetObject", "allowed"],
  [{ Effect: "Allow", Action: "S3:getobject", Resource: "*" }, "s3:GetObject", "allowed"],
  [{ Effect: "Allow", Action: ["sqs:*", "s3:Get*"], Resource: "*" }, "s3:GetObject", "allowed"],
  [{ Effect: "Allow", Action: "s3:?etObject", Resource: "*" }, "s3:GetObject", "allowed"],
  [{ Effect: "Allow", Action: "s3:Put*", Resource: "*" }, "s3:GetObject", "implicitDeny"],
  [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }, "s3:GetObject", "allowed"],
  [{ Effect: "Allow", NotAction: "s3:*", Resource: "*" }, "s3:GetObject", "implicitDeny"],
  [{ Effect: "Deny", Action: "*", Resource: "*" }, "s3:GetObject", "explicitDeny"],
])("%j of %s is %s", (statement, action, decision) => {
  expect(ask(statement, action)).toBe(decision);
});

test("a denial wins over what is allowed, in any order", () => {
  const allow = { Effect: "Allow", Action: "*", Resource: "*" };
  const deny = { Effect: "Deny", Action: "s3:DeleteObject", Resource: "*" };
  expect(ask([deny, allow], "s3:DeleteObject")).toBe("explicitDeny");
  expect(ask([allow, deny], "s3:DeleteObject")).toBe("explicitDeny");
  expect(ask([allow, deny], "s3:GetObject")).toBe("allowed");
});

test("resources by pattern, by exception and by variable", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
  const home = { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::home/${aws:username}/*" };
  const object = "arn:aws:s3:::home/jo/notes.txt";
  expect(ask(home, "s3:GetObject", object, { "aws:username": "jo" })).toBe("allowed");
  expect(ask(home, "s3:GetObject", object, { "aws:username": "al" })).toBe("implicitDeny");
  expect(ask(home, "s3:GetObject", object)).toBe("implicitDeny");
  // What comes in for a variable is no pattern.
  expect(ask(home, "s3:GetObject", object, { "aws:username": "*" })).toBe("implicitDeny");
  const others = { Effect: "Deny", Action: "s3:*", NotResource: "arn:aws:s3:::home/*" };
  expect(ask(others, "s3:GetObject", object)).toBe("implicitDeny");
  expect(ask(others, "s3:GetObject", "arn:aws:s3:::work/a")).toBe("explicitDeny");
});

const REQUEST = {
  "aws:SourceIp": "10.1.2.3",
  "aws:CurrentTime": "2026-05-01T12:00:00Z",
  "aws:MultiFactorAuthAge": "300",
  "aws:SecureTransport": "true",
  "aws:PrincipalArn": "arn:aws:iam::123456789012:role/team/worker",
  "aws:TagKeys": ["team", "cost"],
  "s3:prefix": "home/jo",
};

test.each([
  ["StringEquals", "s3:prefix", "home/jo", true],
  ["StringEquals", "s3:prefix", ["a", "home/jo"], true],
  ["StringNotEquals", "s3:prefix", ["a", "home/jo"], false],
  ["StringNotEquals", "s3:absent", "a", true],
  ["StringEquals", "s3:absent", "a", false],
  ["StringEqualsIfExists", "s3:absent", "a", true],
  ["StringEqualsIgnoreCase", "S3:PREFIX", "HOME/JO", true],
  ["StringLike", "s3:prefix", "home/*", true],
  ["StringNotLike", "s3:prefix", "home/*", false],
  ["NumericLessThan", "aws:MultiFactorAuthAge", "301", true],
  ["NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "301", false],
  ["NumericNotEquals", "aws:MultiFactorAuthAge", "300", false],
  ["DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", true],
  ["DateLessThan", "aws:CurrentTime", "1767225600", false],
  ["Bool", "aws:SecureTransport", "true", true],
  ["Bool", "aws:SecureTransport", "false", false],
  ["IpAddress", "aws:SourceIp", "10.0.0.0/8", true],
  ["IpAddress", "aws:SourceIp", "2001:db8::/32", false],
  ["NotIpAddress", "aws:SourceIp", "10.1.2.3", false],
  ["ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/team/*", true],
  ["ArnLike", "aws:PrincipalArn", "arn:aws:*:role/team/worker", false],
  ["ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/other", true],
  ["Null", "s3:absent", "true", true],
  ["Null", "s3:prefix", "true", false],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost", "more"], true],
  ["ForAllValues:StringEquals", "aws:TagKeys", ["team"], false],
  ["ForAllValues:StringEquals", "s3:absent", ["team"], true],
  ["ForAnyValue:StringEquals", "aws:TagKeys", ["team"], true],
  ["ForAnyValue:StringEquals", "s3:absent", ["team"], false],
  ["StringFoo", "s3:prefix", "home/jo", false],
])("%s of %s with %j is %s", (operator, key, wanted, holds) => {
  expect(conditionsHold({ [operator]: { [key]: wanted } }, contextOf(REQUEST))).toBe(holds);
});

test("principals by account, by ARN and by service", () => {
  const caller = {
    account: "123456789012",
    arns: ["arn:aws:sts::123456789012:assumed-role/worker/a", "arn:aws:iam::123456789012:role/worker"],
  };
  const names = (Principal: unknown) => namesCaller({ Principal }, caller);
  expect(names("*")).toBe(true);
  expect(names({ AWS: "123456789012" })).toBe(true);
  expect(names({ AWS: ["arn:aws:iam::123456789012:root"] })).toBe(true);
  expect(names({ AWS: "arn:aws:iam::123456789012:role/worker" })).toBe(true);
  expect(names({ AWS: "arn:aws:iam::123456789012:role/other" })).toBe(false);
  expect(names({ Service: "lambda.amazonaws.com" })).toBe(false);
  expect(namesCaller({ NotPrincipal: { AWS: "arn:aws:iam::123456789012:role/other" } }, caller)).toBe(true);
});
