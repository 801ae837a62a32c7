import { expect, test } from "vitest";
import { checkIdentityPolicy, checkTrustPolicy } from "./policy-document.ts";

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const policy = (more: object = {}, version: string | undefined = "2012-10-17") =>
  JSON.stringify({ Version: version, Statement: [{ ...statement, ...more }] });

const SYNTAX = "Syntax errors in policy.";

test.each([
  ["{", SYNTAX],
  ["[]", SYNTAX],
  ["{}", SYNTAX],
  [JSON.stringify({ Version: "2012-10-17", Statement: [] }), SYNTAX],
  [JSON.stringify({ Version: "2013-10-17", Statement: statement }), SYNTAX],
  [JSON.stringify({ Version: "2012-10-17", Statement: statement, Extra: 1 }), SYNTAX],
  [policy({ Effect: "allow" }), SYNTAX],
  [policy({ Effect: undefined }), SYNTAX],
  [policy({ Colour: "red" }), SYNTAX],
  [policy({ NotAction: "s3:*" }), SYNTAX],
  [policy({ NotResource: "*" }), SYNTAX],
  [policy({ Condition: { StringSame: { a: "b" } } }), SYNTAX],
  [policy({ Condition: "x" }), SYNTAX],
  [policy({ Principal: "*" }), "Policy document should not specify a principal."],
  [policy({ Action: undefined }), "Policy statement must contain actions."],
  [policy({ Action: [] }), "Policy statement must contain actions."],
  [policy({ Resource: undefined }), "Policy statement must contain resources."],
  [policy({ Resource: [] }), "Policy statement must contain resources."],
  [
    policy({ Action: "GetObject" }),
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
  ],
  [policy({ Action: "s3:Get:Object" }), "Actions/Condition can contain only one colon."],
  [policy({ Action: "s 3:GetObject" }), "Vendor s 3 is not valid"],
  [policy({ Resource: "bucket" }), 'Resource bucket must be in ARN format or "*".'],
  [
    policy({ Resource: "arn:nowhere:s3:::b" }),
    'Partition "nowhere" is not valid for resource "arn:nowhere:s3:::b".',
  ],
  [policy({ Resource: "arn:aws:s3" }), "The policy failed legacy parsing"],
  [
    policy({ Resource: "arn:aws:iam:eu-west-1:1:role/a" }),
    "IAM resource arn:aws:iam:eu-west-1:1:role/a cannot contain region information.",
  ],
  [policy({ Sid: "a-b" }), /^Statement IDs \(SID\) must be alpha-numeric/],
])("%s: %s", (text, message) => {
  expect(() => checkIdentityPolicy(text)).toThrow(message);
});

test("two statements do not share an id", () => {
  const one = { ...statement, Sid: "one" };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: [one, one] });
  expect(() => checkIdentityPolicy(text)).toThrow("Statement IDs (SID) in a single policy must be unique.");
});

test("a managed policy says its version; an inline one need not", () => {
  const old = JSON.stringify({ Statement: statement });
  checkIdentityPolicy(old);
  expect(() => checkIdentityPolicy(old, true)).toThrow(
    "Policy document must be version 2012-10-17 or greater.",
  );
});

test.each([
  policy(),
  policy({ Action: "*" }),
  policy({ Action: ["s3:*", "sqs:Send?essage"], Resource: ["arn:aws:s3:::b", "arn:aws:sqs:*:*:q-*"] }),
  policy({ Action: undefined, NotAction: "iam:*" }),
  policy({ Resource: undefined, NotResource: "arn:aws:s3:::b" }),
  policy({ Condition: { "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a", "b"] } } }),
  policy({ Condition: { Bool: { "aws:SecureTransport": true }, Null: { "aws:TokenIssueTime": "false" } } }),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
  policy({ Resource: "arn:aws:s3:::home/${aws:username}/*" }),
  policy({ Sid: "" }),
])("%s is a policy", (text) => {
  checkIdentityPolicy(text, true);
});

const trust = (more: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole", ...more },
    ],
  });

test.each([
  ["{", "This policy contains invalid Json"],
  [trust({ Resource: "*" }), "Has prohibited field Resource"],
  [trust({ Principal: undefined }), "Missing required field Principal"],
  [trust({ Action: undefined }), "Missing required field Action"],
  [trust({ Action: "s3:GetObject" }), "AssumeRole policy may only specify STS AssumeRole actions."],
  [trust({ Principal: { Service: "lambda" } }), 'Invalid principal in policy: "SERVICE":"lambda"'],
  [
    trust({ Principal: { AWS: "arn:aws:iam::123456789012:role/*" } }),
    'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/*"',
  ],
  [trust({ Principal: { Robot: "x" } }), SYNTAX],
])("trust %s: %s", (text, message) => {
  expect(() => checkTrustPolicy(text)).toThrow(message);
});

test.each([
  trust({}),
  trust({ Principal: "*" }),
  trust({ Principal: { AWS: ["123456789012", "arn:aws:iam::123456789012:root"] } }),
  trust({ Principal: { AWS: "arn:aws:sts::123456789012:assumed-role/worker/session" } }),
  trust({ Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/host/path" } }),
  trust({ Principal: { Federated: "cognito-identity.amazonaws.com" } }),
  trust({ Principal: { Service: ["ec2.amazonaws.com", "logs.eu-west-1.amazonaws.com"] } }),
  trust({ Action: ["sts:AssumeRole", "sts:TagSession"] }),
])("%s says who may", (text) => {
  checkTrustPolicy(text);
});
