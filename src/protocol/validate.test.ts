import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import type { Constraints } from "../kernel/constraints.ts";
import { Fault } from "../kernel/faults.ts";
import { compileModel } from "./model.ts";
import type { ServiceModel } from "./protocol.ts";
import { validate } from "./validate.ts";

const models: Readonly<Record<string, () => ServiceModel>> = {
  lambda: () =>
    compileModel(
      "lambda",
      { protocols: ["restJson1"], version: "2015-03-31", signingName: "lambda" },
      lambda,
    ),
  s3: () => compileModel("s3", { protocols: ["restXml"], version: "2006-03-01", signingName: "s3" }, s3),
  sts: () =>
    compileModel(
      "sts",
      {
        protocols: ["awsQuery"],
        version: "2011-06-15",
        signingName: "sts",
        validationCode: "ValidationError",
      },
      sts,
    ),
};

function refusal(
  service: string,
  operation: string,
  input: Record<string, unknown>,
  constraints: Constraints = {},
): string | undefined {
  const model = models[service]?.().operations.get(operation);
  if (model === undefined) throw new TypeError(`${operation} is not modelled`);
  try {
    validate(model, constraints, input);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const DETECTED = "validation error detected: Value";

test("a missing member must not be null", () => {
  expect(refusal("lambda", "GetFunction", {})).toBe(
    `ValidationException: 1 ${DETECTED} null at 'functionName' failed to satisfy constraint: ` +
      "Member must not be null",
  );
  expect(refusal("lambda", "GetFunction", { FunctionName: "f" })).toBeUndefined();
});

test("everything wrong is told at once, in the model's order and with the service's code", () => {
  const constraints: Constraints = {
    "AssumeRoleRequest.RoleArn": { length: [20, 2048] },
    "AssumeRoleRequest.DurationSeconds": { range: [900, 43_200] },
  };
  expect(refusal("sts", "AssumeRole", { RoleArn: "short", DurationSeconds: 1 }, constraints)).toBe(
    "ValidationError: 3 validation errors detected: Value 'short' at 'roleArn' failed to satisfy " +
      "constraint: Member must have length greater than or equal to 20; " +
      "Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null; " +
      "Value '1' at 'durationSeconds' failed to satisfy constraint: " +
      "Member must have value greater than or equal to 900",
  );
});

test("members inside lists have their position in the path", () => {
  const input = { RoleArn: "r", RoleSessionName: "s", Tags: [{ Key: "a", Value: "b" }, { Key: "" }] };
  expect(refusal("sts", "AssumeRole", input, { "Tag.Key": { length: [1, 128] } })).toBe(
    "ValidationError: 2 validation errors detected: Value '' at 'tags.2.member.key' failed to satisfy " +
      "constraint: Member must have length greater than or equal to 1; " +
      "Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null",
  );
});

test("patterns match the whole value, and enums list their values", () => {
  const constraints: Constraints = {
    "GetFunctionRequest.FunctionName": { pattern: "[a-z-_]+" },
    "GetFunctionRequest.Qualifier": { enum: { a: "one", b: "two" } },
  };
  expect(refusal("lambda", "GetFunction", { FunctionName: "a b", Qualifier: "x" }, constraints)).toBe(
    `ValidationException: 2 validation errors detected: Value 'a b' at 'functionName' failed to satisfy ` +
      "constraint: Member must satisfy regular expression pattern: [a-z-_]+; Value 'x' at 'qualifier' " +
      "failed to satisfy constraint: Member must satisfy enum value set: [one, two]",
  );
});

test("constraints of a list's items are reported of the list, its length as its own", () => {
  const input = { FunctionName: "f", Role: "r", Code: {}, Architectures: ["x86_64", "mips"] };
  const constraints: Constraints = {
    "CreateFunctionRequest.Architectures": { length: [1, 1], enum: ["x86_64", "arm64"] },
  };
  expect(refusal("lambda", "CreateFunction", input, constraints)).toBe(
    "ValidationException: 2 validation errors detected: Value '[x86_64, mips]' at 'architectures' " +
      "failed to satisfy constraint: Member must have length less than or equal to 1; " +
      "Value '[x86_64, mips]' at 'architectures' failed to satisfy constraint: " +
      "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], " +
      "Member must not be null]",
  );
});

test("characters outside the basic plane count once", () => {
  const constraints: Constraints = { "GetFunctionRequest.FunctionName": { length: [1, 2] } };
  expect(refusal("lambda", "GetFunction", { FunctionName: "😹😹" }, constraints)).toBeUndefined();
  expect(refusal("lambda", "GetFunction", { FunctionName: "😹😹😹" }, constraints)).toBeDefined();
});

test("secrets are not repeated", () => {
  const input = { FunctionName: "f", Role: "r", Code: { ZipFile: new Uint8Array(3) } };
  expect(refusal("lambda", "CreateFunction", input, { "FunctionCode.ZipFile": { length: [0, 2] } })).toBe(
    `ValidationException: 1 ${DETECTED} at 'code.zipFile' failed to satisfy constraint: ` +
      "Member must have length less than or equal to 2",
  );
});

test("a list of ten thousand broken items is answered with a bounded message", () => {
  const Tags = Array.from({ length: 10_000 }, () => ({}));
  const message = refusal("sts", "AssumeRole", { RoleArn: "r", RoleSessionName: "s", Tags }) ?? "";
  expect(message).toMatch(/^ValidationError: 100 validation errors detected/);
});

test("S3 words it differently", () => {
  const bucket = { Bucket: "b" };
  expect(refusal("s3", "DeleteObjects", bucket)).toBe("MissingRequestBodyError: Request Body is empty");
  expect(refusal("s3", "DeleteObjects", { ...bucket, Delete: { Objects: [{}] } })).toMatch(/^MalformedXML: /);
  expect(refusal("s3", "UploadPart", { ...bucket, Key: "k", UploadId: "u" })).toBe(
    "InvalidRequest: Missing required parameter for this request: 'partNumber'",
  );
});
