import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arnOf, ECHO, type Lambda, refusal, STORES, startLambda } from "./lambda.fixture.ts";
import { policyAllows, writeStatement } from "./policy.ts";

const ACCOUNT = "111111111111";

describe("statements", () => {
  const base = {
    sid: "s",
    action: "lambda:InvokeFunction",
    principal: "s3.amazonaws.com",
    resource: arnOf("f"),
  };
  const request = {
    service: "s3.amazonaws.com",
    action: "lambda:InvokeFunction",
    resource: arnOf("f"),
    sourceArn: "arn:aws:s3:::photos",
    sourceAccount: ACCOUNT,
  };
  const allows = (
    more: Partial<Parameters<typeof writeStatement>[0]>,
    asked: Partial<typeof request> = {},
  ) => {
    const statement = writeStatement({ ...base, ...more });
    return statement ? policyAllows([statement], requestOf({ ...request, ...asked })) : undefined;
  };
  const requestOf = ({ service, action, resource, sourceArn, sourceAccount }: typeof request) => ({
    caller: { service },
    action,
    resource,
    keys: { "aws:sourcearn": sourceArn, "aws:sourceaccount": sourceAccount },
  });

  it.each([
    [{}, {}, true],
    [{}, { service: "sns.amazonaws.com" }, false],
    [{ principal: "*" }, {}, true],
    [{ principal: ACCOUNT }, {}, false],
    [{ action: "lambda:*" }, {}, true],
    [{ action: "*" }, {}, true],
    [{ action: "lambda:GetFunction" }, {}, false],
    [{ resource: `${arnOf("f")}:live` }, {}, false],
    [{ sourceArn: "arn:aws:s3:::photos" }, {}, true],
    [{ sourceArn: "arn:aws:s3:::pho*" }, {}, true],
    [{ sourceArn: "arn:aws:s3:::other" }, {}, false],
    [{ sourceArn: "arn:aws:s3:::p.otos" }, {}, false],
    [{ sourceAccount: ACCOUNT }, {}, true],
    [{ sourceAccount: "222222222222" }, {}, false],
    [{ sourceAccount: ACCOUNT, sourceArn: "arn:aws:s3:::other" }, {}, false],
    [{ principalOrgId: "o-1234567890" }, {}, false],
  ] as const)("%o asked %o: %s", (more, asked, expected) => {
    expect(allows(more, asked)).toBe(expected);
  });

  it("let nobody in when there is none, and nobody whom one denies", () => {
    const allow = writeStatement(base);
    if (!allow) throw new TypeError("a statement");
    expect(policyAllows([], requestOf(request))).toBe(false);
    expect(policyAllows([allow, { ...allow, Effect: "Deny" }], requestOf(request))).toBe(false);
  });
});

describe.each(STORES)("permissions on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda(options);
    await world.create("f", ECHO, { Publish: true });
    await world.lambda.send(
      new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }),
    );
  });
  afterAll(() => world.nuage.stop());

  const add = (more: Partial<AddPermissionCommandInput>) =>
    world.lambda.send(
      new AddPermissionCommand({
        FunctionName: "f",
        StatementId: "s3",
        Action: "lambda:InvokeFunction",
        Principal: "s3.amazonaws.com",
        ...more,
      }),
    );
  const policy = async (Qualifier?: string) => {
    const got = await world.lambda.send(new GetPolicyCommand({ FunctionName: "f", Qualifier }));
    return { document: JSON.parse(got.Policy ?? ""), RevisionId: got.RevisionId };
  };

  it("are stored as AWS writes them", async () => {
    const { Statement } = await add({ SourceArn: "arn:aws:s3:::photos", SourceAccount: ACCOUNT });
    const expected = {
      Sid: "s3",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "lambda:InvokeFunction",
      Resource: arnOf("f"),
      Condition: {
        StringEquals: { "AWS:SourceAccount": ACCOUNT },
        ArnLike: { "AWS:SourceArn": "arn:aws:s3:::photos" },
      },
    };
    expect(Statement).toBe(JSON.stringify(expected));
    await add({ StatementId: "account", Principal: ACCOUNT });
    await add({ StatementId: "anyone", Principal: "*" });
    const { document } = await policy();
    expect(document).toMatchObject({ Version: "2012-10-17", Id: "default" });
    expect(document.Statement.map((one: { Principal: unknown }) => one.Principal)).toEqual([
      { Service: "s3.amazonaws.com" },
      { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      "*",
    ]);
  });

  it("belong to a qualifier, and renew its revision", async () => {
    expect(await refusal(policy("live"))).toMatchObject({
      name: "ResourceNotFoundException",
      message: "The resource you requested does not exist.",
    });
    await add({ Qualifier: "live" });
    const before = await policy("live");
    expect(before.document.Statement[0].Resource).toBe(`${arnOf("f")}:live`);
    expect((await refusal(add({ Qualifier: "live", StatementId: "x", RevisionId: "old" }))).message).toBe(
      "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy " +
        "API to retrieve the latest Revision Id",
    );
    await add({ Qualifier: "live", StatementId: "x", RevisionId: before.RevisionId });
    expect((await policy("live")).RevisionId).not.toBe(before.RevisionId);
  });

  it("are removed one by one", async () => {
    await add({ Qualifier: "1", StatementId: "gone" });
    const remove = (StatementId: string, FunctionName = "f") =>
      world.lambda.send(new RemovePermissionCommand({ FunctionName, Qualifier: "1", StatementId }));
    expect((await refusal(remove("other"))).message).toBe("Statement other is not found in resource policy.");
    expect((await remove("gone")).$metadata.httpStatusCode).toBe(204);
    expect((await refusal(remove("gone"))).message).toBe("No policy is associated with the given resource.");
    expect((await refusal(remove("gone", "nobody"))).message).toBe(`No policy found for: ${arnOf("nobody")}`);
  });

  it.each([
    [
      { StatementId: "s3" },
      "ResourceConflictException",
      "The statement id (s3) provided already exists. Please provide a new statement " +
        "id, or remove the existing statement.",
    ],
    [
      { Principal: "nobody" },
      "InvalidParameterValueException",
      "The provided principal was invalid. Please check the principal and try again.",
    ],
    [
      { Qualifier: "$LATEST" },
      "InvalidParameterValueException",
      "We currently do not support adding policies for $LATEST.",
    ],
    [{ Qualifier: "missing" }, "ResourceNotFoundException", `Cannot find alias arn: ${arnOf("f")}:missing`],
    [{ Qualifier: "42" }, "ResourceNotFoundException", `Function not found: ${arnOf("f")}:42`],
    [
      { StatementId: "example.com" },
      "ValidationException",
      "1 validation error detected: Value 'example.com' at 'statementId' failed to " +
        "satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
    ],
    [{ FunctionName: "nobody" }, "ResourceNotFoundException", `Function not found: ${arnOf("nobody")}`],
  ] as const)("are refused: %o", async (input, name, message) => {
    expect(await refusal(add({ StatementId: "new", ...input }))).toMatchObject({ name, message });
  });

  it("end where the policy would be too long", async () => {
    const SourceArn = `arn:aws:s3:::${"x".repeat(8000)}`;
    await add({ StatementId: "long1", SourceArn });
    await add({ StatementId: "long2", SourceArn });
    expect((await refusal(add({ StatementId: "long3", SourceArn }))).name).toBe(
      "PolicyLengthExceededException",
    );
  });
});
