import {
  DeleteResourcePolicyCommand,
  DescribeContributorInsightsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetResourcePolicyCommand,
  ListContributorInsightsCommand,
  PutResourcePolicyCommand,
  UpdateContributorInsightsCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const TableName = "orders";
let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  await makeTable(db, TableName, ["id"], {
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byUser", KeySchema: keySchema(["user"]), Projection: { ProjectionType: "ALL" } },
    ],
  });
});

describe("a resource policy", () => {
  const policy = (Sid: string) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid }] });
  const arns = async () => {
    const { Table } = await db.send(new DescribeTableCommand({ TableName }));
    return { table: Table?.TableArn ?? "", stream: Table?.LatestStreamArn ?? "" };
  };
  const put = (ResourceArn: string, Policy: string, ExpectedRevisionId?: string) =>
    db.send(new PutResourcePolicyCommand({ ResourceArn, Policy, ExpectedRevisionId }));
  const get = (ResourceArn: string) => db.send(new GetResourcePolicyCommand({ ResourceArn }));
  const remove = (ResourceArn: string, ExpectedRevisionId?: string) =>
    db.send(new DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId }));
  const MISSING = { name: "PolicyNotFoundException" };

  test("is the table's or the stream's, each its own", async () => {
    const { table, stream } = await arns();
    await put(table, policy("table"));
    await expect(get(stream)).rejects.toMatchObject({
      ...MISSING,
      message: `Resource-based policy not found for the provided ResourceArn: ${stream}`,
    });
    await put(stream, policy("stream"));
    expect((await get(table)).Policy).toBe(policy("table"));
    expect((await get(stream)).Policy).toBe(policy("stream"));
    await remove(table);
    await expect(get(table)).rejects.toMatchObject(MISSING);
    expect((await get(stream)).Policy).toBe(policy("stream"));
    await remove(stream);
    expect(await remove(stream)).not.toHaveProperty("RevisionId");
  });

  test("may come with its table", async () => {
    await makeTable(db, "guarded", ["id"], { ResourcePolicy: policy("made") });
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "guarded" }));
    expect(await get(Table?.TableArn ?? "")).toMatchObject({ Policy: policy("made") });
    await expect(makeTable(db, "other", ["id"], { ResourcePolicy: "{" })).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("changes only from the revision that is expected", async () => {
    const { table } = await arns();
    const first = await put(table, policy("a"), "NO_POLICY");
    expect((await put(table, policy("a"))).RevisionId).toBe(first.RevisionId);
    await expect(put(table, policy("b"), "NO_POLICY")).rejects.toMatchObject(MISSING);
    const second = await put(table, policy("b"), first.RevisionId);
    expect(second.RevisionId).not.toBe(first.RevisionId);
    await expect(remove(table, first.RevisionId)).rejects.toMatchObject(MISSING);
    expect((await remove(table, second.RevisionId)).RevisionId).toBe(second.RevisionId);
  });

  test("is a document of some size, of something that is there", async () => {
    const { table, stream } = await arns();
    await expect(put(table, "no JSON")).rejects.toMatchObject({ name: "ValidationException" });
    await expect(put(table, policy("x".repeat(21_000)))).rejects.toMatchObject({
      name: "LimitExceededException",
    });
    for (const arn of [table.replace(TableName, "nothing"), `${stream}x`]) {
      await expect(get(arn)).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: `Requested resource not found: ResourcArn: ${arn} not found`,
      });
    }
  });
});

describe("contributor insights", () => {
  const change = (ContributorInsightsAction: "ENABLE" | "DISABLE", IndexName?: string) =>
    db.send(new UpdateContributorInsightsCommand({ TableName, IndexName, ContributorInsightsAction }));
  const describeThem = (IndexName?: string) =>
    db.send(new DescribeContributorInsightsCommand({ TableName, IndexName }));

  test("are switched on and off for a table and its indexes", async () => {
    expect(await change("ENABLE")).toMatchObject({ ContributorInsightsStatus: "ENABLING" });
    await change("ENABLE", "byUser");
    expect(await describeThem("byUser")).toMatchObject({
      ContributorInsightsStatus: "ENABLED",
      ContributorInsightsMode: "ACCESSED_AND_THROTTLED_KEYS",
      ContributorInsightsRuleList: expect.arrayContaining([
        `DynamoDBContributorInsights-PKC-${TableName}-byUser`,
      ]),
    });
    const list = () => db.send(new ListContributorInsightsCommand({ TableName }));
    expect((await list()).ContributorInsightsSummaries).toHaveLength(2);
    expect(await change("DISABLE")).toMatchObject({ ContributorInsightsStatus: "DISABLING" });
    expect((await describeThem()).ContributorInsightsStatus).toBe("DISABLED");
    expect((await list()).ContributorInsightsSummaries).toMatchObject([{ IndexName: "byUser" }]);
  });

  test("are of what there is", async () => {
    await expect(change("ENABLE", "nothing")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const missing = new DescribeContributorInsightsCommand({ TableName: "nothing" });
    await expect(db.send(missing)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
