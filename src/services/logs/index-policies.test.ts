import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import {
  DeleteIndexPolicyCommand,
  DescribeFieldIndexesCommand,
  DescribeIndexPoliciesCommand,
  GetQueryResultsCommand,
  ListLogGroupsCommand,
  PutIndexPolicyCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();
const arn = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;

const put = (logGroupIdentifier: string, document: object | string) =>
  it.logs.send(
    new PutIndexPolicyCommand({
      logGroupIdentifier,
      policyDocument: typeof document === "string" ? document : JSON.stringify(document),
    }),
  );

async function ask(queryString: string, ...logGroupNames: string[]) {
  const range = { startTime: 0, endTime: Math.floor(it.nowMs() / 1000) + 1 };
  const { queryId } = await it.logs.send(new StartQueryCommand({ queryString, ...range, logGroupNames }));
  for (;;) {
    const { status, results = [], statistics } = await it.logs.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Running") continue;
    const values = results.map((row) => row.find(({ field }) => field === "user")?.value);
    return { values, scanned: statistics?.recordsScanned, groups: statistics?.logGroupsScanned };
  }
}

test("groups are indexed by fields, and filterIndex looks at those groups only", async () => {
  for (const group of ["/app/indexed", "/app/plain"]) {
    await it.create(group);
    if (group === "/app/indexed")
      await put(group, { Fields: ["user"], FieldsV2: { path: { type: "FACET" } } });
    await it.put(group, "s", '{"user":"u1"}', '{"user":"u2"}', '{"other":1}');
  }
  const groups = ["/app/indexed", "/app/plain"];
  expect(await ask("filterIndex user in ['u1'] | display user", ...groups)).toEqual({
    values: ["u1"],
    scanned: 3,
    groups: 1,
  });
  expect(await ask("filter user = 'u1' | display user", ...groups)).toMatchObject({ values: ["u1", "u1"] });
  expect(await ask("filterIndex other = 1", ...groups)).toEqual({ values: [], scanned: 0, groups: 0 });
  const { logGroups } = await it.logs.send(new ListLogGroupsCommand({ fieldIndexNames: ["user", "path"] }));
  expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["/app/indexed"]);
  expect((await ask("filterIndex @logStream = 's'", ...groups)).values).toHaveLength(6);
});

test("a stack's group has the policy of its template", async () => {
  const stacks = it.nuage.client(CloudFormationClient);
  const template = (policies: object) =>
    JSON.stringify({
      Resources: {
        Group: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/app/stack", ...policies } },
      },
    });
  const policyOf = async () => {
    await it.nuage.idle();
    const { indexPolicies } = await it.logs.send(
      new DescribeIndexPoliciesCommand({ logGroupIdentifiers: ["/app/stack"] }),
    );
    return indexPolicies?.map(({ policyDocument }) => policyDocument);
  };
  const StackName = "indexed";
  const TemplateBody = template({ FieldIndexPolicies: [{ Fields: ["user"] }] });
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody }));
  expect(await policyOf()).toEqual(['{"Fields":["user"]}']);
  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: template({}) }));
  expect(await policyOf()).toEqual([]);
});

test("policies are shown, changed and deleted, and what they indexed is listed", async () => {
  await it.create("/app/policy");
  const before = it.nowMs();
  const { indexPolicy } = await put("/app/policy", { Fields: ["user", "gone"] });
  expect(indexPolicy).toEqual({
    logGroupIdentifier: arn("/app/policy"),
    policyDocument: '{"Fields":["user","gone"]}',
    lastUpdateTime: expect.any(Number),
    source: "LOG_GROUP",
  });
  expect(indexPolicy?.lastUpdateTime).toBeGreaterThanOrEqual(before);
  await it.nuage.advance("1 minute");
  await put(arn("/app/policy"), { FieldsV2: { user: { type: "FACET" } } });
  await it.put("/app/policy", "s", '{"user":"u1"}');
  const list = async () =>
    (await it.logs.send(new DescribeIndexPoliciesCommand({ logGroupIdentifiers: ["/app/policy"] })))
      .indexPolicies;
  expect(await list()).toMatchObject([{ policyDocument: '{"FieldsV2":{"user":{"type":"FACET"}}}' }]);

  const { fieldIndexes = [] } = await it.logs.send(
    new DescribeFieldIndexesCommand({ logGroupIdentifiers: ["/app/policy"] }),
  );
  const named = (name: string) => fieldIndexes.find(({ fieldIndexName }) => fieldIndexName === name);
  expect(named("user")).toEqual({
    logGroupIdentifier: arn("/app/policy"),
    fieldIndexName: "user",
    type: "FACET",
    indexCategory: "CUSTOM",
    firstEventTime: expect.any(Number),
    lastEventTime: expect.any(Number),
    lastScanTime: expect.any(Number),
  });
  expect(named("gone")).toEqual({
    logGroupIdentifier: arn("/app/policy"),
    fieldIndexName: "gone",
    type: "FIELD_INDEX",
    indexCategory: "INACTIVE",
  });
  expect(named("@logStream")).toMatchObject({ indexCategory: "DEFAULT" });
  const custom = await it.logs.send(
    new DescribeFieldIndexesCommand({ logGroupIdentifiers: ["/app/policy"], indexCategories: ["CUSTOM"] }),
  );
  expect(custom.fieldIndexes).toHaveLength(1);

  const remove = () => it.logs.send(new DeleteIndexPolicyCommand({ logGroupIdentifier: "/app/policy" }));
  await remove();
  expect(await list()).toEqual([]);
  await expect(remove()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test.each<[string, object | string, string]>([
  ["/app/rules", "{", "The policy document is not valid JSON."],
  ["/app/rules", {}, "at least one field"],
  ["/app/rules", { Fields: "user" }, "a list of field names"],
  ["/app/rules", { Fields: Array.from({ length: 21 }, (_, at) => `f${at}`) }, "at most 20 fields"],
  ["/app/rules", { Fields: ["a"], FieldsV2: { a: { type: "FACET" } } }, "named once"],
  ["/app/rules", { FieldsV2: { a: { type: "TREE" } } }, "FIELD_INDEX, FACET"],
  ["/app/rules", { Fields: ["@message"] }, "The field @message cannot be indexed."],
  ["/app/rules", { Fields: ["x".repeat(101)] }, "1 to 100 characters"],
  ["/app/rare", { Fields: ["a"] }, "Only log groups in the Standard log class"],
])("%s takes no policy %j", async (group, document, message) => {
  await it.create(group, group === "/app/rare" ? { logGroupClass: "INFREQUENT_ACCESS" } : {}).catch(() => {});
  await expect(put(group, document)).rejects.toThrow(message);
});
