import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();

const TALKS = `async ({ say }) => { console.log(say); return say; }`;

async function streamsOf(logGroupName: string) {
  const { logStreams = [] } = await it.logs.send(new DescribeLogStreamsCommand({ logGroupName }));
  return logStreams;
}

test("a function's lines are events of its log group", async () => {
  await it.deploy("talks", TALKS);
  await expect(streamsOf("/aws/lambda/talks")).rejects.toThrow("The specified log group does not exist.");
  await it.invoke("talks", { say: "hello" });
  const { logGroups } = await it.logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/talks" }),
  );
  expect(logGroups).toMatchObject([{ logGroupName: "/aws/lambda/talks", metricFilterCount: 0 }]);
  expect(logGroups?.[0]?.storedBytes).toBeGreaterThan(100);
  const [stream] = await streamsOf("/aws/lambda/talks");
  expect(stream?.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  expect(stream?.lastEventTimestamp).toBeGreaterThanOrEqual(stream?.firstEventTimestamp ?? Infinity);
  const messages = await it.get("/aws/lambda/talks", stream?.logStreamName ?? "");
  const words = messages.map((message) => message.split(/[ \t]/)[0]);
  expect(words).toEqual(["INIT_START", "START", expect.any(String), "END", "REPORT"]);
  expect(messages[2]).toMatch(/\tINFO\thello\n$/);
  expect(messages.every((message) => message.endsWith("\n"))).toBe(true);
  expect(await it.filter("/aws/lambda/talks", { filterPattern: "hello" })).toEqual([messages[2]]);
  await it.invoke("talks", { say: "again" });
  const both = await it.filter("/aws/lambda/talks", { limit: 2 });
  expect(both).toHaveLength(9);
  expect(both.slice(0, 5)).toEqual(messages);
  await expect(
    it.logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/talks" })),
  ).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
});

test("what is put into a function's group lies among its lines", async () => {
  await it.deploy("mixed", TALKS);
  await it.invoke("mixed", { say: "one" });
  await it.stream("/aws/lambda/mixed", "own");
  await it.put("/aws/lambda/mixed", "own", "between");
  await it.invoke("mixed", { say: "two" });
  const spoken = (messages: string[]) =>
    messages.map((message) => /one|between|two/.exec(message)?.[0]).filter((word) => word !== undefined);
  expect(spoken(await it.filter("/aws/lambda/mixed", { limit: 3 }))).toEqual(["one", "between", "two"]);
  expect(await it.get("/aws/lambda/mixed", "own")).toEqual(["between"]);
});

test("a group that was made before is used, with its retention", async () => {
  await it.create("/aws/lambda/early");
  await it.logs.send(
    new PutRetentionPolicyCommand({ logGroupName: "/aws/lambda/early", retentionInDays: 1 }),
  );
  await it.deploy("early", TALKS);
  await it.invoke("early", { say: "first" });
  expect(await it.filter("/aws/lambda/early", { filterPattern: "first" })).toHaveLength(1);
  await it.nuage.advance("25 hours");
  await it.invoke("early", { say: "second" });
  expect(await it.filter("/aws/lambda/early", { filterPattern: "first" })).toEqual([]);
  expect(await it.filter("/aws/lambda/early", { filterPattern: "second" })).toHaveLength(1);
});

test("functions that share a group of their own choice share it", async () => {
  const more = { LoggingConfig: { LogGroup: "/shared/app" } };
  await it.deploy("left", TALKS, more);
  await it.deploy("right", TALKS, more);
  await it.invoke("left", { say: "from left" });
  await it.invoke("right", { say: "from right" });
  expect(await streamsOf("/shared/app")).toHaveLength(2);
  expect(await it.filter("/shared/app", { filterPattern: "from" })).toHaveLength(2);
  await expect(streamsOf("/aws/lambda/left")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("what was deleted does not come back, and what is written later does show", async () => {
  await it.deploy("again", TALKS);
  await it.invoke("again", { say: "one" });
  const group = "/aws/lambda/again";
  await it.logs.send(new DeleteLogGroupCommand({ logGroupName: group }));
  await expect(it.filter(group)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await it.create(group);
  expect(await it.filter(group)).toEqual([]);
  await it.invoke("again", { say: "two" });
  expect(await it.filter(group, { filterPattern: "INFO" })).toEqual([expect.stringContaining("two")]);
  const written = (await streamsOf(group)).find(({ logStreamName }) => logStreamName !== "s");
  const logStreamName = written?.logStreamName ?? "";
  await it.logs.send(new DeleteLogStreamCommand({ logGroupName: group, logStreamName }));
  expect(await it.filter(group)).toEqual([]);
  await it.invoke("again", { say: "three" });
  expect(await it.get(group, logStreamName)).toHaveLength(4);
  expect(await it.filter(group, { filterPattern: "INFO" })).toEqual([expect.stringContaining("three")]);
});
