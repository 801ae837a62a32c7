import { gunzipSync } from "node:zlib";
import {
  CancelExportTaskCommand,
  CreateExportTaskCommand,
  DescribeExportTasksCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();

const s3 = () => it.nuage.client(S3Client);
const create = (more: object = {}) =>
  it.logs.send(
    new CreateExportTaskCommand({
      logGroupName: "/app/x",
      from: 0,
      to: it.nowMs() + 1,
      destination: "archive",
      destinationPrefix: "logs",
      ...more,
    }),
  );
const described = async (taskId: string | undefined) =>
  (await it.logs.send(new DescribeExportTasksCommand({ taskId }))).exportTasks?.[0];

test("a group is written into a bucket, stream by stream", async () => {
  await s3().send(new CreateBucketCommand({ Bucket: "archive" }));
  await it.create("/app/x");
  await it.stream("/app/x", "2026/01/[x]1");
  const now = it.nowMs();
  await it.put("/app/x", "s", [now - 10, "one"], [now - 5, "two\n"]);
  await it.put("/app/x", "2026/01/[x]1", [now - 7, "three"]);
  const { taskId } = await create({ taskName: "t" });
  await it.nuage.idle();
  expect(await described(taskId)).toMatchObject({
    taskId,
    taskName: "t",
    logGroupName: "/app/x",
    destination: "archive",
    destinationPrefix: "logs",
    status: { code: "COMPLETED" },
    executionInfo: { creationTime: expect.any(Number), completionTime: expect.any(Number) },
  });
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: "archive" }));
  const keys = Contents.map(({ Key = "" }) => Key);
  const stored = `logs/${taskId}/s/000000.gz`;
  const expected = ["logs/aws-logs-write-test", `logs/${taskId}/2026-01-[x]1/000000.gz`, stored];
  expect(keys.sort()).toEqual(expected.sort());
  const object = await s3().send(new GetObjectCommand({ Bucket: "archive", Key: stored }));
  const text = gunzipSync((await object.Body?.transformToByteArray()) ?? new Uint8Array()).toString();
  const iso = (ms: number) => new Date(ms).toISOString();
  expect(text).toBe(`${iso(now - 10)} one\n${iso(now - 5)} two\n`);
  const after = it.logs.send(new CancelExportTaskCommand({ taskId }));
  await expect(after).rejects.toMatchObject({ name: "InvalidOperationException" });
});

test("what AWS refuses is refused", async () => {
  await expect(create({ logGroupName: "/app/none" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await expect(create({ destination: "none" })).rejects.toMatchObject({
    name: "InvalidParameterException",
    message:
      "GetBucketAcl call on the given bucket failed. " +
      "Please check if CloudWatch Logs has been granted permission to perform this operation.",
  });
  await expect(create({ from: 5, to: 5 })).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(it.logs.send(new CancelExportTaskCommand({ taskId: "x" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("a bucket that takes nothing now is refused now", async () => {
  const chaos = it.nuage.chaos({ kind: "throttle", target: "s3.PutObject", rate: 1 });
  await expect(create()).rejects.toThrow("PutObject call on the given bucket failed.");
  chaos.stop();
  const { taskId } = await create({ logStreamNamePrefix: "s" });
  await it.nuage.idle();
  expect((await described(taskId))?.status?.code).toBe("COMPLETED");
});
