import {
  CreatePipeCommand,
  DeletePipeCommand,
  DescribePipeCommand,
  ListPipesCommand,
  ListTagsForResourceCommand,
  StartPipeCommand,
  StopPipeCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePipeCommand,
} from "@aws-sdk/client-pipes";
import { describe, expect, test } from "vitest";
import { fresh, ROLE, usePipes } from "./pipes.fixture.ts";

const it = usePipes();
const QUEUE = "arn:aws:sqs:us-east-1:000000000000:nowhere";
const STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/nowhere";

const refused = async (sent: Promise<unknown>): Promise<string> => {
  const error = await sent.then(
    () => undefined,
    (problem: Error) => problem,
  );
  return `${error?.name}: ${error?.message}`;
};
const create = (more: object) =>
  it.pipes.send(
    new CreatePipeCommand({ Name: fresh("p"), Source: QUEUE, Target: QUEUE, RoleArn: ROLE, ...more }),
  );

test("a pipe is created, comes to run, is stopped, started, and deleted", async () => {
  const [source, target] = [await it.queue(), await it.queue()];
  const made = await it.pipes.send(
    new CreatePipeCommand({
      Name: "life",
      Source: source.arn,
      Target: target.arn,
      RoleArn: ROLE,
      Description: "d",
      Tags: { a: "1" },
      LogConfiguration: {
        Level: "ERROR",
        CloudwatchLogsLogDestination: { LogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:g" },
      },
    }),
  );
  expect(made).toMatchObject({ Name: "life", DesiredState: "RUNNING", CurrentState: "CREATING" });
  await it.nuage.idle();
  expect(await it.describe("life")).toMatchObject({
    Arn: "arn:aws:pipes:us-east-1:000000000000:pipe/life",
    CurrentState: "RUNNING",
    DesiredState: "RUNNING",
    Source: source.arn,
    Target: target.arn,
    RoleArn: ROLE,
    Description: "d",
    Tags: { a: "1" },
    SourceParameters: { SqsQueueParameters: { BatchSize: 10, MaximumBatchingWindowInSeconds: 0 } },
    LogConfiguration: {
      Level: "ERROR",
      CloudwatchLogsLogDestination: { LogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:g" },
    },
  });
  await it.send(source, "one");
  expect(JSON.parse((await it.bodies(target))[0] ?? "").body).toBe("one");

  const stopped = await it.pipes.send(new StopPipeCommand({ Name: "life" }));
  expect(stopped).toMatchObject({ DesiredState: "STOPPED", CurrentState: "STOPPING" });
  await it.nuage.idle();
  expect((await it.describe("life")).CurrentState).toBe("STOPPED");
  await it.send(source, "two");
  expect(await it.bodies(target)).toEqual([]);

  await it.pipes.send(new StartPipeCommand({ Name: "life" }));
  expect((await it.bodies(target)).map((body) => JSON.parse(body).body)).toEqual(["two"]);

  const deleted = await it.pipes.send(new DeletePipeCommand({ Name: "life" }));
  expect(deleted).toMatchObject({ DesiredState: "DELETED", CurrentState: "DELETING" });
  await it.send(source, "three");
  expect(await it.bodies(target)).toEqual([]);
  const gone = it.pipes.send(new DescribePipeCommand({ Name: "life" }));
  expect(await refused(gone)).toBe("NotFoundException: Pipe life does not exist.");
});

test("an update changes what it names, and nothing else", async () => {
  const [source, target, other] = [await it.queue(), await it.queue(), await it.queue()];
  const name = await it.pipe(source.arn, target.arn, {
    Description: "before",
    SourceParameters: { SqsQueueParameters: { BatchSize: 5 } },
  });
  await it.pipes.send(
    new UpdatePipeCommand({
      Name: name,
      RoleArn: ROLE,
      Target: other.arn,
      SourceParameters: { FilterCriteria: { Filters: [{ Pattern: '{"body":["yes"]}' }] } },
    }),
  );
  await it.nuage.idle();
  expect(await it.describe(name)).toMatchObject({
    CurrentState: "RUNNING",
    Description: "before",
    SourceParameters: {
      SqsQueueParameters: { BatchSize: 5 },
      FilterCriteria: { Filters: [{ Pattern: '{"body":["yes"]}' }] },
    },
  });
  await it.send(source, "yes", "no");
  expect((await it.bodies(other)).map((body) => JSON.parse(body).body)).toEqual(["yes"]);
  expect(await it.bodies(target)).toEqual([]);
});

test("a pipe that names what the platform does not have says so", async () => {
  const cases = [
    [
      { Target: "arn:aws:states:us-east-1:000000000000:stateMachine:m" },
      "AWS Step Functions cannot be sent to",
    ],
    [{ Source: "arn:aws:kafka:us-east-1:000000000000:cluster/c/1" }, "Amazon MSK cannot be read"],
    [{ Source: "smk://broker:9092" }, "Self-managed Apache Kafka cannot be read"],
    [
      { Enrichment: "arn:aws:states:us-east-1:000000000000:stateMachine:m" },
      "AWS Step Functions cannot be asked",
    ],
  ] as const;
  for (const [more, reason] of cases) {
    const Name = fresh("missing");
    await create({ Name, ...more });
    await it.nuage.idle();
    const { CurrentState, StateReason } = await it.describe(Name);
    expect(CurrentState).toBe("CREATE_FAILED");
    expect(StateReason).toContain(reason);
    await it.pipes.send(new DeletePipeCommand({ Name }));
  }
});

test("a source that is not there is the reason that a pipe shows, until it is", async () => {
  const target = await it.queue();
  const name = await it.pipe("arn:aws:sqs:us-east-1:000000000000:comes-later", target.arn);
  expect((await it.describe(name)).StateReason).toContain("queue");
});

describe("refuses", () => {
  const cases: readonly [what: string, more: object, message: string][] = [
    ["a bucket as target", { Target: "arn:aws:s3:::bucket" }, "s3 is not a supported service for a target."],
    [
      "a layer as target",
      { Target: "arn:aws:lambda:us-east-1:000000000000:layer:l:1" },
      "Provided Arn is not in correct format.",
    ],
    [
      "a topic as source",
      { Source: "arn:aws:sns:us-east-1:000000000000:t" },
      "sns is not a supported service for a source.",
    ],
    ["a queue as enrichment", { Enrichment: QUEUE }, "sqs is not a supported service for an enrichment."],
    ["a stream without a position", { Source: STREAM }, "StartingPosition must be specified"],
    [
      "a timestamp that is not told",
      {
        Source: STREAM,
        SourceParameters: { KinesisStreamParameters: { StartingPosition: "AT_TIMESTAMP" } },
      },
      "StartingPositionTimestamp must be specified",
    ],
    [
      "more than the target takes",
      { SourceParameters: { SqsQueueParameters: { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 } } },
      "BatchSize 11 exceeds the maximum batch size 10",
    ],
    [
      "a large batch without a window",
      {
        Target: "arn:aws:lambda:us-east-1:000000000000:function:f",
        SourceParameters: { SqsQueueParameters: { BatchSize: 11 } },
      },
      "MaximumBatchingWindowInSeconds must be at least 1",
    ],
    [
      "a wrong pattern",
      { SourceParameters: { FilterCriteria: { Filters: [{ Pattern: '{"body":[]}' }] } } },
      "Event pattern is not valid. Reason: Empty arrays are not allowed",
    ],
    [
      "an operator that pipes do not have",
      { SourceParameters: { FilterCriteria: { Filters: [{ Pattern: '{"body":[{"wildcard":"*"}]}' }] } } },
      "Unrecognized match type wildcard",
    ],
    ["a name", { Name: "a b" }, "Member must satisfy regular expression pattern"],
  ];
  for (const [what, more, message] of cases) {
    test(what, async () => {
      const answer = await refused(create(more));
      expect(answer).toMatch(/^ValidationException: /);
      expect(answer).toContain(message);
    });
  }
});

test("a name that is taken is a conflict, and nobody's is not found; a wrong target is refused", async () => {
  await create({ Name: "taken" });
  expect(await refused(create({ Name: "taken" }))).toBe("ConflictException: Pipe taken already exists.");
  const Target = "arn:aws:s3:::bucket";
  const bucket = "ValidationException: s3 is not a supported service for a target.";
  await it.nuage.idle();
  const turned = it.pipes.send(new UpdatePipeCommand({ Name: "taken", RoleArn: ROLE, Target }));
  expect(await refused(turned)).toBe(bucket);
  const missing = "NotFoundException: Pipe nobody does not exist.";
  const Name = "nobody";
  expect(await refused(it.pipes.send(new UpdatePipeCommand({ Name, RoleArn: ROLE })))).toBe(missing);
  expect(await refused(it.pipes.send(new StartPipeCommand({ Name })))).toBe(missing);
  expect(await refused(it.pipes.send(new StopPipeCommand({ Name })))).toBe(missing);
  expect(await refused(it.pipes.send(new DeletePipeCommand({ Name })))).toBe(missing);
});

test("lists are filtered, and come in pages", async () => {
  for (let n = 0; n < 5; n++) {
    await create({ Name: `list-${n}`, DesiredState: n % 2 ? "STOPPED" : "RUNNING" });
  }
  await it.nuage.idle();
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const answer = await it.pipes.send(new ListPipesCommand({ NamePrefix: "list-", Limit: 2, NextToken }));
    names.push(...(answer.Pipes ?? []).map(({ Name = "" }) => Name));
    NextToken = answer.NextToken;
  } while (NextToken);
  expect(names).toEqual(["list-0", "list-1", "list-2", "list-3", "list-4"]);
  const list = async (more: object) =>
    (await it.pipes.send(new ListPipesCommand({ NamePrefix: "list-", ...more }))).Pipes?.length;
  expect(await list({ CurrentState: "STOPPED" })).toBe(2);
  expect(await list({ DesiredState: "RUNNING" })).toBe(3);
  expect(await list({ SourcePrefix: QUEUE })).toBe(5);
  expect(await list({ TargetPrefix: STREAM })).toBe(0);
});

test("pipes are tagged", async () => {
  await create({ Name: "tagged", Tags: { a: "1" } });
  const resourceArn = "arn:aws:pipes:us-east-1:000000000000:pipe/tagged";
  await it.pipes.send(new TagResourceCommand({ resourceArn, tags: { b: "2" } }));
  await it.pipes.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
  expect((await it.pipes.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ b: "2" });
});
