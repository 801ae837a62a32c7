import {
  DeleteAccountPolicyCommand,
  DescribeAccountPoliciesCommand,
  ListLogGroupsCommand,
  PutAccountPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();
const policyType = "SUBSCRIPTION_FILTER_POLICY";

test("one subscription holds for all groups of an account but some", async () => {
  const arn = await it.deploy("all", `async () => console.log("GOT it")`);
  await it.lambda.send(
    new AddPermissionCommand({
      FunctionName: "all",
      StatementId: "logs",
      Action: "lambda:InvokeFunction",
      Principal: "logs.amazonaws.com",
    }),
  );
  const put = (more: object = {}) =>
    it.logs.send(
      new PutAccountPolicyCommand({
        policyName: "p",
        policyType,
        policyDocument: JSON.stringify({ DestinationArn: arn, FilterPattern: "WANTED" }),
        selectionCriteria: 'LogGroupName NOT IN ["/app/quiet", "/aws/lambda/all"]',
        ...more,
      }),
    );
  const { accountPolicy } = await put();
  expect(accountPolicy).toMatchObject({
    policyName: "p",
    policyType,
    scope: "ALL",
    accountId: "000000000000",
  });
  for (const group of ["/app/quiet", "/app/loud"]) {
    await it.create(group);
    await it.put(group, "s", "WANTED", "other");
  }
  await it.deploy("talker", `async () => console.log("WANTED too")`);
  await it.invoke("talker");
  await it.nuage.idle();
  expect(await it.filter("/aws/lambda/all", { filterPattern: "GOT" })).toHaveLength(2);
  await expect(put({ policyName: "another" })).rejects.toMatchObject({ name: "LimitExceededException" });
  await expect(put({ policyDocument: "{}" })).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(put({ selectionCriteria: "x" })).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(put({ policyType: "DATA_PROTECTION_POLICY" })).rejects.toMatchObject({
    name: "NotImplemented",
    message: "Account policies of type DATA_PROTECTION_POLICY are not part of this platform.",
  });
  const list = () => it.logs.send(new DescribeAccountPoliciesCommand({ policyType }));
  expect((await list()).accountPolicies).toEqual([accountPolicy]);
  const remove = () => it.logs.send(new DeleteAccountPolicyCommand({ policyName: "p", policyType }));
  await remove();
  expect((await list()).accountPolicies).toEqual([]);
  await expect(remove()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("groups are listed by patterns and tags", async () => {
  await it.create("list/one", { tags: { stage: "Prod-1", team: "a" } });
  await it.create("list/two", { tags: { stage: "dev" } });
  await it.create("other/list", { logGroupClass: "INFREQUENT_ACCESS" });
  const list = async (more: object) =>
    (await it.logs.send(new ListLogGroupsCommand(more))).logGroups?.map(({ logGroupName }) => logGroupName);
  expect(await list({ logGroupNamePattern: "^list|other" })).toEqual(["list/one", "list/two", "other/list"]);
  expect(await list({ logGroupNamePattern: "list", logGroupClass: "INFREQUENT_ACCESS" })).toEqual([
    "other/list",
  ]);
  expect(await list({ logGroupTags: [{ key: "stage", values: ["prod*"] }] })).toEqual(["list/one"]);
  expect(await list({ logGroupTags: [{ key: "stage", values: ["!dev"] }] })).toEqual(["list/one"]);
  expect(await list({ logGroupTags: [{ key: "stage" }, { key: "team" }] })).toEqual(["list/one"]);
  await expect(list({ logGroupNamePattern: "a" })).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
});
