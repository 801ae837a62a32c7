import {
  AssociateKmsKeyCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteResourcePolicyCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DescribeResourcePoliciesCommand,
  DisassociateKmsKeyCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogGroupDeletionProtectionCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();
const arnOf = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;

async function namesOf(more: ConstructorParameters<typeof DescribeLogGroupsCommand>[0]) {
  const names: string[] = [];
  for await (const page of paginateDescribeLogGroups({ client: it.logs }, more ?? {})) {
    names.push(...(page.logGroups ?? []).map(({ logGroupName = "" }) => logGroupName));
  }
  return names;
}

describe("a log group", () => {
  test("is made, described and deleted", async () => {
    await it.create("/app/one", { tags: { stage: "dev" }, logGroupClass: "INFREQUENT_ACCESS" });
    const { logGroups } = await it.logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: "/app/one" }),
    );
    expect(logGroups).toEqual([
      {
        logGroupName: "/app/one",
        creationTime: expect.any(Number),
        metricFilterCount: 0,
        arn: `${arnOf("/app/one")}:*`,
        logGroupArn: arnOf("/app/one"),
        storedBytes: 0,
        logGroupClass: "INFREQUENT_ACCESS",
        deletionProtectionEnabled: false,
      },
    ]);
    await it.put("/app/one", "s", "hello");
    const again = await it.logs.send(new DescribeLogGroupsCommand({ logGroupIdentifiers: ["/app/one"] }));
    expect(again.logGroups?.[0]?.storedBytes).toBe(31);
    await it.logs.send(new DeleteLogGroupCommand({ logGroupName: "/app/one" }));
    await expect(it.get("/app/one", "s")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
    await it.create("/app/one");
    expect(await it.get("/app/one", "s")).toEqual([]);
  });

  test("is refused where AWS refuses it", async () => {
    await it.create("taken");
    const make = (logGroupName: string, more = {}) =>
      it.logs.send(new CreateLogGroupCommand({ logGroupName, ...more }));
    await expect(make("taken")).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log group already exists",
    });
    await expect(make("a b")).rejects.toMatchObject({
      name: "InvalidParameterException",
      message:
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
    });
    await expect(make("aws/mine")).rejects.toThrow("Log groups starting with AWS/ are reserved for AWS.");
    await expect(make("keyed", { kmsKeyId: "my-key" })).rejects.toThrow("KMS Key Id could not be found");
    await expect(make("tagged", { tags: { "aws:x": "y" } })).rejects.toThrow("reserved for system use");
    await expect(it.logs.send(new DeleteLogGroupCommand({ logGroupName: "none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("is listed by prefix, pattern and class, page by page", async () => {
    for (const name of ["list/a", "list/b/deep", "list/c", "other-list/a"]) await it.create(name);
    expect(await namesOf({ logGroupNamePrefix: "list/", limit: 2 })).toEqual([
      "list/a",
      "list/b/deep",
      "list/c",
    ]);
    expect(await namesOf({ logGroupNamePattern: "list/a", limit: 1 })).toEqual(["list/a", "other-list/a"]);
    expect(await namesOf({ logGroupNamePattern: "LIST" })).toEqual([]);
    expect(await namesOf({ logGroupNamePrefix: "list", logGroupClass: "INFREQUENT_ACCESS" })).toEqual([]);
    await expect(namesOf({ logGroupNamePrefix: "a", logGroupNamePattern: "b" })).rejects.toThrow(
      "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    );
    await expect(namesOf({ limit: 51 })).rejects.toThrow("less than or equal to 50");
    await expect(it.logs.send(new DescribeLogGroupsCommand({ nextToken: "nonsense" }))).rejects.toMatchObject(
      { name: "InvalidParameterException" },
    );
  });

  test("has a retention, a key, and protection from deletion", async () => {
    await it.create("set");
    const described = async () =>
      (await it.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "set" }))).logGroups?.[0];
    await it.logs.send(new PutRetentionPolicyCommand({ logGroupName: "set", retentionInDays: 7 }));
    const kmsKeyId = "arn:aws:kms:us-east-1:000000000000:key/1234";
    await it.logs.send(new AssociateKmsKeyCommand({ logGroupName: "set", kmsKeyId }));
    expect(await described()).toMatchObject({ retentionInDays: 7, kmsKeyId });
    await it.logs.send(new DeleteRetentionPolicyCommand({ logGroupName: "set" }));
    await it.logs.send(new DisassociateKmsKeyCommand({ resourceIdentifier: arnOf("set") }));
    expect(await described()).not.toHaveProperty("retentionInDays");
    expect(await described()).not.toHaveProperty("kmsKeyId");
    await expect(
      it.logs.send(new PutRetentionPolicyCommand({ logGroupName: "set", retentionInDays: 8 })),
    ).rejects.toThrow(/Value '8' at 'retentionInDays' failed to satisfy constraint: .*\[1, 3, 5, 7, 14/);
    const protect = (deletionProtectionEnabled: boolean) =>
      it.logs.send(
        new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: "set", deletionProtectionEnabled }),
      );
    await protect(true);
    await expect(it.logs.send(new DeleteLogGroupCommand({ logGroupName: "set" }))).rejects.toMatchObject({
      name: "ValidationException",
      message: "Cannot delete log group with deletion protection enabled. Disable deletion protection first.",
    });
    await protect(false);
    await it.logs.send(new DeleteLogGroupCommand({ logGroupName: "set" }));
  });

  test("has tags, in the old way and the new", async () => {
    await it.create("tags", { tags: { a: "1" } });
    await it.logs.send(new TagLogGroupCommand({ logGroupName: "tags", tags: { b: "2" } }));
    await it.logs.send(new TagResourceCommand({ resourceArn: arnOf("tags"), tags: { c: "3", a: "0" } }));
    await it.logs.send(new UntagLogGroupCommand({ logGroupName: "tags", tags: ["b"] }));
    const old = await it.logs.send(new ListTagsLogGroupCommand({ logGroupName: "tags" }));
    expect(old.tags).toEqual({ a: "0", c: "3" });
    await it.logs.send(new UntagResourceCommand({ resourceArn: arnOf("tags"), tagKeys: ["a"] }));
    const now = await it.logs.send(new ListTagsForResourceCommand({ resourceArn: arnOf("tags") }));
    expect(now.tags).toEqual({ c: "3" });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, "v"]));
    await expect(
      it.logs.send(new TagResourceCommand({ resourceArn: arnOf("tags"), tags: many })),
    ).rejects.toMatchObject({ name: "TooManyTagsException" });
    await expect(
      it.logs.send(new ListTagsForResourceCommand({ resourceArn: arnOf("none") })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("a log stream", () => {
  test("is made once, and deleted with its events", async () => {
    await it.create("streams");
    await expect(it.stream("streams", "s")).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log stream already exists",
    });
    await expect(it.stream("none", "s")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(it.stream("streams", "a:b")).rejects.toThrow("pattern: [^:*]*");
    await it.put("streams", "s", "gone");
    await it.logs.send(new DeleteLogStreamCommand({ logGroupName: "streams", logStreamName: "s" }));
    await expect(it.get("streams", "s")).rejects.toThrow("The specified log stream does not exist.");
    await it.stream("streams", "s");
    expect(await it.get("streams", "s")).toEqual([]);
    expect(await it.filter("streams")).toEqual([]);
    await it.nuage.idle();
    const { logGroups } = await it.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "streams" }));
    expect(logGroups?.[0]?.storedBytes).toBe(0);
  });

  test("takes all of many events with it", async () => {
    await it.create("deep");
    await it.stream("deep", "other");
    const time = it.nowMs() - 60_000;
    await it.put("deep", "other", "stays");
    const puts = Array.from({ length: 450 }, () => it.put("deep", "s", [time, "x"], [time + 20_000, "y"]));
    await Promise.all(puts);
    await it.logs.send(new DeleteLogStreamCommand({ logGroupName: "deep", logStreamName: "s" }));
    await it.nuage.idle();
    const sizeOf = async () =>
      (await it.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "deep" }))).logGroups?.[0];
    expect(await sizeOf()).toMatchObject({ storedBytes: 31 });
    expect(await it.filter("deep")).toEqual(["stays"]);
  });

  test("is listed by name and by the time of its last event", async () => {
    await it.create("order");
    await it.stream("order", "a1", "a2", "b", "empty");
    const now = it.nowMs();
    await it.put("order", "b", [now - 3_000, "x"]);
    await it.put("order", "a1", [now - 2_000, "x"], [now - 1_000, "y"]);
    await it.put("order", "a2", [now - 1_500, "x"]);
    const list = async (more: object) => {
      const found: string[] = [];
      const pages = paginateDescribeLogStreams({ client: it.logs }, { logGroupName: "order", ...more });
      for await (const page of pages) {
        found.push(...(page.logStreams ?? []).map(({ logStreamName = "" }) => logStreamName));
      }
      return found;
    };
    expect(await list({ limit: 2 })).toEqual(["a1", "a2", "b", "empty", "s"]);
    expect(await list({ descending: true, limit: 3 })).toEqual(["s", "empty", "b", "a2", "a1"]);
    expect(await list({ logStreamNamePrefix: "a" })).toEqual(["a1", "a2"]);
    const byTime = await list({ orderBy: "LastEventTime", descending: true, limit: 2 });
    expect(byTime.filter((name) => !["s", "empty"].includes(name))).toEqual(["a1", "a2", "b"]);
    await expect(list({ orderBy: "LastEventTime", logStreamNamePrefix: "a" })).rejects.toThrow(
      "Cannot order by LastEventTime with a logStreamNamePrefix.",
    );
    const { logStreams } = await it.logs.send(
      new DescribeLogStreamsCommand({ logGroupIdentifier: arnOf("order"), logStreamNamePrefix: "a1" }),
    );
    expect(logStreams).toEqual([
      {
        logStreamName: "a1",
        creationTime: expect.any(Number),
        firstEventTimestamp: now - 2_000,
        lastEventTimestamp: now - 1_000,
        lastIngestionTime: expect.any(Number),
        uploadSequenceToken: expect.stringMatching(/^\d{56}$/),
        arn: `${arnOf("order")}:log-stream:a1`,
        storedBytes: 0,
      },
    ]);
    await expect(it.logs.send(new DescribeLogStreamsCommand({ logGroupName: "none" }))).rejects.toMatchObject(
      { name: "ResourceNotFoundException" },
    );
    await expect(
      it.logs.send(new CreateLogStreamCommand({ logGroupName: "order", logStreamName: "" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("resource policies", () => {
  const policyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: arnOf("/aws/events/*:*"),
      },
    ],
  });
  const list = (more = {}) => it.logs.send(new DescribeResourcePoliciesCommand(more));

  test("are put, listed and deleted, ten of an account", async () => {
    for (let at = 0; at < 10; at++) {
      const policyName = `p${at}`;
      const { resourcePolicy } = await it.logs.send(
        new PutResourcePolicyCommand({ policyName, policyDocument }),
      );
      expect(resourcePolicy).toMatchObject({ policyName, policyDocument, policyScope: "ACCOUNT" });
    }
    const eleventh = it.logs.send(new PutResourcePolicyCommand({ policyName: "p10", policyDocument }));
    await expect(eleventh).rejects.toMatchObject({ name: "LimitExceededException" });
    const page = await list({ limit: 9 });
    const rest = await list({ nextToken: page.nextToken });
    expect(rest.resourcePolicies?.map(({ policyName }) => policyName)).toEqual(["p9"]);
    await it.logs.send(new DeleteResourcePolicyCommand({ policyName: "p3" }));
    await expect(it.logs.send(new DeleteResourcePolicyCommand({ policyName: "p3" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Policy with name [p3] does not exist.",
    });
    await expect(
      it.logs.send(new PutResourcePolicyCommand({ policyName: "p", policyDocument: "{" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  test("of a group are changed by who knows their revision", async () => {
    await it.create("owned");
    const resourceArn = arnOf("owned");
    const put = (expectedRevisionId?: string) =>
      it.logs.send(new PutResourcePolicyCommand({ resourceArn, policyDocument, expectedRevisionId }));
    const { revisionId = "" } = await put();
    await expect(put("another")).rejects.toMatchObject({ name: "OperationAbortedException" });
    expect((await put(revisionId)).revisionId).not.toBe(revisionId);
    const { resourcePolicies } = await list({ resourceArn });
    expect(resourcePolicies).toMatchObject([{ resourceArn, policyScope: "RESOURCE" }]);
    await it.logs.send(new DeleteLogGroupCommand({ logGroupName: "owned" }));
    expect((await list({ policyScope: "RESOURCE" })).resourcePolicies).toEqual([]);
  });
});
