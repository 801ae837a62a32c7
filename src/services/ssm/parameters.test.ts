import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateKeyCommand, DecryptCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as sdk from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createIds } from "../../kernel/ids.ts";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { type Nuage, type NuageOptions, startNuage } from "../../testing/index.ts";

const STORES: readonly (readonly [string, NuageOptions])[] = [
  ["kind", {}],
  ["hostile", { parts: { wrapStore: (store) => createHostileStore(store, createIds().fraction) } }],
];

describe.each(STORES)("on a %s store", (_kind, options) => {
  let nuage: Nuage;
  let ssm: sdk.SSMClient;
  beforeAll(async () => {
    nuage = await startNuage(options);
    ssm = nuage.client(sdk.SSMClient);
  });
  afterAll(() => nuage.stop());

  const put = (Name: string, Value: string, more: Partial<sdk.PutParameterCommandInput> = {}) =>
    ssm.send(new sdk.PutParameterCommand({ Name, Value, Type: "String", ...more }));
  const get = async (Name: string, WithDecryption?: boolean) =>
    (await ssm.send(new sdk.GetParameterCommand({ Name, WithDecryption }))).Parameter;
  const refusal = (sent: Promise<unknown>) =>
    sent.then(
      () => "none",
      ({ name, message }: Error) => `${name}: ${message}`,
    );

  test("a parameter has versions, found by number, label and ARN", async () => {
    expect(await put("/shop/url", "one", { Description: "where" })).toMatchObject({
      Version: 1,
      Tier: "Standard",
    });
    expect(await refusal(put("/shop/url", "two"))).toBe(
      "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite " +
        "option in the request to true.",
    );
    expect((await put("/shop/url", "two", { Overwrite: true })).Version).toBe(2);
    expect(await get("/shop/url")).toMatchObject({
      Name: "/shop/url",
      Value: "two",
      Version: 2,
      Type: "String",
      DataType: "text",
      ARN: "arn:aws:ssm:us-east-1:000000000000:parameter/shop/url",
    });
    expect(await get("/shop/url:1")).toMatchObject({ Value: "one", Selector: ":1" });
    const label = new sdk.LabelParameterVersionCommand({
      Name: "/shop/url",
      ParameterVersion: 1,
      Labels: ["live", "1st"],
    });
    expect(await ssm.send(label)).toMatchObject({ InvalidLabels: ["1st"], ParameterVersion: 1 });
    expect(await get("arn:aws:ssm:us-east-1:000000000000:parameter/shop/url:live")).toMatchObject({
      Value: "one",
    });
    await ssm.send(new sdk.LabelParameterVersionCommand({ Name: "/shop/url", Labels: ["live"] }));
    expect((await get("/shop/url:live"))?.Value).toBe("two");
    const { Parameters } = await ssm.send(new sdk.GetParameterHistoryCommand({ Name: "/shop/url" }));
    expect(Parameters?.map(({ Version, Value, Labels }) => [Version, Value, Labels])).toEqual([
      [1, "one", []],
      [2, "two", ["live"]],
    ]);
    expect(await refusal(get("/shop/url:9"))).toBe(
      "ParameterVersionNotFound: Systems Manager could not find version 9 of /shop/url. Verify the version " +
        "and try again.",
    );
    expect(await refusal(get("/shop/none"))).toMatch(/^ParameterNotFound/);
  });

  test("secure strings are kept sealed", async () => {
    await put("secret", "s3cret", { Type: "SecureString" });
    expect((await get("secret"))?.Value).not.toContain("s3cret");
    expect((await get("secret", true))?.Value).toBe("s3cret");
    const { Parameters: [found] = [] } = await ssm.send(
      new sdk.DescribeParametersCommand({ ParameterFilters: [{ Key: "Type", Values: ["SecureString"] }] }),
    );
    expect(found).toMatchObject({ Name: "secret", KeyId: "alias/aws/ssm" });
  });

  test("secure strings are encrypted by a key of KMS, for their parameter alone", async () => {
    const kms = nuage.client(KMSClient);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? "";
    await put("own", "plain", { Type: "SecureString", KeyId });
    const CiphertextBlob = Buffer.from((await get("own"))?.Value ?? "", "base64");
    const decrypt = (name: string) =>
      kms.send(
        new DecryptCommand({
          CiphertextBlob,
          EncryptionContext: { PARAMETER_ARN: `arn:aws:ssm:us-east-1:000000000000:parameter/${name}` },
        }),
      );
    expect(Buffer.from((await decrypt("own")).Plaintext ?? []).toString()).toBe("plain");
    await expect(decrypt("other")).rejects.toMatchObject({ name: "InvalidCiphertextException" });
    // Longer ones than KMS encrypts itself are advanced.
    const long = "x".repeat(5000);
    await put("long", long, { Type: "SecureString", KeyId, Tier: "Advanced" });
    expect((await get("long", true))?.Value).toBe(long);
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect(await refusal(get("own", true))).toMatch(/^InvalidKeyId: .*Error Code: DisabledException\)$/);
    expect(await refusal(get("long", true))).toMatch(/^InvalidKeyId: /);
    expect(await refusal(put("none", "x", { Type: "SecureString", KeyId: "alias/none" }))).toMatch(
      /^InvalidKeyId: .*Error Code: NotFoundException\)$/,
    );
  });

  test("two at once become two versions", async () => {
    await put("raced", "0", { Type: "SecureString" });
    const versions = await Promise.all(
      ["1", "2", "3"].map((value) => put("raced", value, { Type: "SecureString", Overwrite: true })),
    );
    expect(versions.map(({ Version }) => Version).sort()).toEqual([2, 3, 4]);
  });

  test("several are read at once, by path and by filter", async () => {
    for (const name of ["/tree/a", "/tree/b", "/tree/c/d", "/treeless"]) await put(name, name);
    await ssm.send(
      new sdk.AddTagsToResourceCommand({
        ResourceType: "Parameter",
        ResourceId: "/tree/b",
        Tags: [{ Key: "kind", Value: "x" }],
      }),
    );
    const below = async (more: Partial<sdk.GetParametersByPathCommandInput>) => {
      const names: (string | undefined)[] = [];
      for (let NextToken: string | undefined; ; ) {
        const page = await ssm.send(
          new sdk.GetParametersByPathCommand({ Path: "/tree", MaxResults: 2, NextToken, ...more }),
        );
        names.push(...(page.Parameters ?? []).map(({ Name }) => Name));
        NextToken = page.NextToken;
        if (NextToken === undefined) return names;
      }
    };
    expect(await below({})).toEqual(["/tree/a", "/tree/b"]);
    expect(await below({ Recursive: true })).toEqual(["/tree/a", "/tree/b", "/tree/c/d"]);
    const several = await ssm.send(
      new sdk.GetParametersCommand({ Names: ["/tree/a", "/none", "/tree/c/d"] }),
    );
    expect(several.Parameters?.map(({ Name }) => Name)).toEqual(["/tree/a", "/tree/c/d"]);
    expect(several.InvalidParameters).toEqual(["/none"]);
    const tagged = await ssm.send(
      new sdk.DescribeParametersCommand({ ParameterFilters: [{ Key: "tag:kind", Values: ["x"] }] }),
    );
    expect(tagged.Parameters?.map(({ Name }) => Name)).toEqual(["/tree/b"]);
    const begins = await ssm.send(
      new sdk.DescribeParametersCommand({
        ParameterFilters: [{ Key: "Name", Option: "BeginsWith", Values: ["/tree"] }],
      }),
    );
    expect(begins.Parameters).toHaveLength(4);
    const gone = await ssm.send(new sdk.DeleteParametersCommand({ Names: ["/tree/a", "/none"] }));
    expect(gone).toMatchObject({ DeletedParameters: ["/tree/a"], InvalidParameters: ["/none"] });
  });

  test("what a parameter may not be is refused", async () => {
    expect(await refusal(put("aws-like", "x"))).toMatch(
      /^ValidationException: Parameter name: can't be prefixed/,
    );
    expect(await refusal(put("a/b", "x"))).toMatch(/must be a fully qualified name/);
    expect(await refusal(put(`/${"a/".repeat(15)}b`, "x"))).toMatch(/^HierarchyLevelLimitExceededException/);
    expect(await refusal(put("large", "x".repeat(4097)))).toMatch(
      /^ValidationException: Standard tier parameters/,
    );
    expect(await put("large", "x".repeat(4097), { Tier: "Intelligent-Tiering" })).toMatchObject({
      Tier: "Advanced",
    });
    expect(await refusal(put("fits", "abc", { AllowedPattern: "^\\d+$" }))).toBe(
      "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: " +
        "^\\d+$",
    );
    expect(await refusal(put("image", "abc", { DataType: "aws:ec2:image" }))).toMatch(/^ValidationException/);
    expect(await refusal(put("policies", "abc", { Policies: "[", Tier: "Advanced" }))).toMatch(
      /^InvalidPolicy/,
    );
  });

  test("a hundred versions are kept, and one with a label stays", async () => {
    await put("many", "0");
    for (let value = 1; value < 100; value++) await put("many", `${value}`, { Overwrite: true });
    expect((await put("many", "100", { Overwrite: true })).Version).toBe(101);
    expect(await refusal(get("many:1"))).toMatch(/^ParameterVersionNotFound/);
    await ssm.send(
      new sdk.LabelParameterVersionCommand({ Name: "many", ParameterVersion: 2, Labels: ["old"] }),
    );
    expect(await refusal(put("many", "x", { Overwrite: true }))).toMatch(/^ParameterMaxVersionLimitExceeded/);
  });

  test("it expires by the clock, and the event bus is told", async () => {
    const sqs = nuage.client(SQSClient);
    const events = nuage.client(EventBridgeClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "news" }));
    await events.send(new PutRuleCommand({ Name: "news", EventPattern: '{"source":["aws.ssm"]}' }));
    const Arn = "arn:aws:sqs:us-east-1:000000000000:news";
    await events.send(new PutTargetsCommand({ Rule: "news", Targets: [{ Id: "q", Arn }] }));
    const Timestamp = new Date(nuage.clock.now() + 3_600_000).toISOString();
    const Policies = JSON.stringify([
      { Type: "Expiration", Version: "1.0", Attributes: { Timestamp } },
      { Type: "ExpirationNotification", Version: "1.0", Attributes: { Before: "30", Unit: "Minutes" } },
    ]);
    await put("brief", "x", { Tier: "Advanced", Policies });
    await nuage.advance("59 minutes");
    expect((await get("brief"))?.Value).toBe("x");
    await nuage.advance("1 minute");
    expect(await refusal(get("brief"))).toMatch(/^ParameterNotFound/);
    const told: string[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) break;
      for (const { Body = "" } of Messages) {
        const { detail } = JSON.parse(Body);
        told.push(detail.operation ?? detail["policy-type"]);
      }
    }
    expect(told.sort()).toEqual(["Create", "Delete", "Expiration", "ExpirationNotification"]);
  });
});
