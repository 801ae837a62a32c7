// Events at AWS's pace: each path takes as long as AWS says that it does, and no longer.
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { AddPermissionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { beforeAll, describe, expect, it } from "vitest";
import type { Span } from "../src/kernel/telemetry.ts";
import { fidelity, type Probe, ROLE, type Source, useSources } from "./sources.fixture.ts";

fidelity();
const test = useSources();
const HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;

/** What a function was given, when, and how long that had waited: in milliseconds of the platform's clock. */
async function waits(probe: Probe): Promise<{ readonly atMs: number; readonly waitedMs: number }[]> {
  const ask = async (path: string) => (await fetch(`${test.nuage.endpoint}/_nuage/${path}`)).json();
  const { traces } = (await ask(`traces?function=${probe.name}&limit=100`)) as {
    traces: { traceId: string }[];
  };
  const details = await Promise.all(traces.map(({ traceId }) => ask(`traces/${traceId}`)));
  return (details as { spans: Span[] }[])
    .flatMap(({ spans }) => spans.filter(({ kind, name }) => kind === "queue" && name === probe.name))
    .map(({ startMs, durationMs }) => ({ atMs: startMs + durationMs, waitedMs: durationMs }))
    .sort((one, other) => one.atMs - other.atMs);
}

describe.each([
  ["kinesis", 1_000, () => test.stream() as Promise<Source>],
  ["dynamodb", 250, () => test.table() as Promise<Source>],
] as const)("a stream of %s", (_kind, everyMs, create) => {
  it(`is read every ${everyMs} ms, and at once where there is more than fits`, async () => {
    const probe = await test.probe();
    const source = await create();
    // A stream takes its time to be there.
    await test.turn(15_000);
    const uuid = await test.map(probe, source.arn, { ...HORIZON, BatchSize: 2 });
    for (let n = 1; n <= 4; n++) {
      await source.put("a", `${n}`);
      await test.turn(everyMs * 1.4);
      expect(probe.texts().flat()).toHaveLength(n);
    }
    // Whenever they came, they were read on the beat: whole numbers of it lie between them.
    const times = (await waits(probe)).map(({ atMs }) => atMs);
    const beats = times.slice(1).map((atMs, n) => (atMs - (times[n] ?? 0)) / everyMs);
    expect(beats).toHaveLength(3);
    for (const count of beats) expect(Math.abs(count - Math.round(count))).toBeLessThan(0.25);
    for (const text of ["5", "6", "7", "8", "9"]) await source.put("a", text);
    await test.turn(everyMs * 1.05);
    expect(probe.texts().flat().slice(4)).toEqual(["5", "6", "7", "8", "9"]);
    await test.unmap(uuid);
  });
});

describe("a queue", () => {
  it("is polled all the time: what comes is delivered at once", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    await test.map(probe, arn);
    await test.send(url, "1");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([["1"]]);
  });

  it("that has little traffic has a batch wait for the end of a long poll", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue({ VisibilityTimeout: "120" });
    await test.map(probe, arn, { MaximumBatchingWindowInSeconds: 5 });
    await test.send(url, "1");
    await test.turn(21_000);
    expect(probe.texts()).toEqual([["1"]]);
    expect((await waits(probe))[0]?.waitedMs).toBeGreaterThanOrEqual(20_000);
    // What comes when the window is over ends the poll.
    await test.send(url, "2");
    await test.turn(8_000);
    expect(probe.texts()).toHaveLength(1);
    await test.send(url, "3");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([["1"], ["2", "3"]]);
  });
});

describe("an event", () => {
  let probe: Probe;
  beforeAll(async () => {
    probe = await test.probe();
    for (const service of ["s3", "events"])
      await test.lambda.send(
        new AddPermissionCommand({
          FunctionName: probe.name,
          StatementId: service,
          Action: "lambda:InvokeFunction",
          Principal: `${service}.amazonaws.com`,
        }),
      );
  });
  const PAYLOAD = JSON.stringify({ Records: [{ body: "1" }] });

  /** Once so much time has passed the latest event has been delivered, and not before. */
  async function took(leastMs: number): Promise<void> {
    await test.turn(leastMs * 1.1);
    const latest = (await waits(probe)).at(-1);
    expect(latest?.waitedMs).toBeGreaterThanOrEqual(leastMs);
    expect(latest?.atMs).toBeGreaterThan(test.nuage.clock.now() - 10_000);
  }

  it("of a call waits in the queue for a moment", async () => {
    await test.lambda.send(
      new InvokeCommand({ FunctionName: probe.name, InvocationType: "Event", Payload: PAYLOAD }),
    );
    await took(50);
  });

  it("of S3 takes a second", async () => {
    const s3 = test.nuage.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "slow" }));
    const LambdaFunctionConfigurations = [
      { LambdaFunctionArn: probe.arn, Events: ["s3:ObjectCreated:*" as const] },
    ];
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: "slow",
        NotificationConfiguration: { LambdaFunctionConfigurations },
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket: "slow", Key: "k", Body: "x" }));
    await took(1_000);
  });

  it("of EventBridge takes half a second", async () => {
    const events = test.nuage.client(EventBridgeClient);
    const EventPattern = JSON.stringify({ source: ["pace"] });
    await events.send(new PutRuleCommand({ Name: "pace", EventPattern }));
    await events.send(
      new PutTargetsCommand({ Rule: "pace", Targets: [{ Id: "f", Arn: probe.arn, Input: PAYLOAD }] }),
    );
    await events.send(new PutEventsCommand({ Entries: [{ Source: "pace", DetailType: "t", Detail: "{}" }] }));
    await took(500);
  });

  it.each(["a rule", "a schedule"])(
    "of %s comes within its minute, not at the beginning of it",
    async (of) => {
      const before = probe.seen().length;
      const nowMs = test.nuage.clock.now();
      const target = { Arn: probe.arn, Input: PAYLOAD };
      if (of === "a rule") {
        const events = test.nuage.client(EventBridgeClient);
        await events.send(new PutRuleCommand({ Name: "minutely", ScheduleExpression: "cron(* * * * ? *)" }));
        await events.send(new PutTargetsCommand({ Rule: "minutely", Targets: [{ Id: "f", ...target }] }));
      } else {
        await test.nuage.client(SchedulerClient).send(
          new CreateScheduleCommand({
            Name: "minutely",
            ScheduleExpression: "cron(* * * * ? *)",
            FlexibleTimeWindow: { Mode: "OFF" },
            Target: { ...target, RoleArn: ROLE },
          }),
        );
      }
      const seconds: number[] = [];
      await test.nuage.advance(60_000 - (nowMs % 60_000));
      let ran = probe.seen().length;
      for (let second = 0; second < 5 * 60; second++) {
        await test.nuage.advance(1_000);
        if (probe.seen().length > ran) seconds.push(second % 60);
        ran = probe.seen().length;
      }
      expect(ran - before).toBeGreaterThanOrEqual(4);
      expect(Math.max(...seconds) - Math.min(...seconds)).toBeGreaterThan(3);
    },
  );
});
