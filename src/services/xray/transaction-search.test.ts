import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CancelTraceRetrievalCommand,
  GetIndexingRulesCommand,
  GetRetrievedTracesGraphCommand,
  GetServiceGraphCommand,
  GetTraceSegmentDestinationCommand,
  ListRetrievedTracesCommand,
  type ListRetrievedTracesCommandInput,
  PutTraceSegmentsCommand,
  StartTraceRetrievalCommand,
  UpdateIndexingRuleCommand,
  UpdateTraceSegmentDestinationCommand,
  type UpdateTraceSegmentDestinationCommandInput,
  XRayClient,
} from "@aws-sdk/client-xray";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Nuage, type NuageOptions, startNuage } from "../../testing/index.ts";
import { statusOf } from "./retrievals.ts";

let nuage: Nuage;
let xray: XRayClient;
let logs: CloudWatchLogsClient;

async function start(options: NuageOptions = {}) {
  nuage = await startNuage(options);
  xray = nuage.client(XRayClient);
  logs = nuage.client(CloudWatchLogsClient);
}
beforeEach(() => start());
afterEach(() => nuage.stop());

const update = (more: UpdateTraceSegmentDestinationCommandInput = { Destination: "CloudWatchLogs" }) =>
  xray.send(new UpdateTraceSegmentDestinationCommand(more));
const destination = async () => {
  const { Destination, Status } = await xray.send(new GetTraceSegmentDestinationCommand({}));
  return `${Destination} ${Status}`;
};
const hex = "abcdef0123456789abcdef01";
const trace = `1-6b09dcb7-${hex}`;

async function put(...documents: object[]) {
  const startS = nuage.clock.now() / 1000 - 5;
  const whole = documents.map((each) => ({
    trace_id: trace,
    start_time: startS,
    end_time: startS + 1.5,
    ...each,
  }));
  const TraceSegmentDocuments = whole.map((each) => JSON.stringify(each));
  return xray.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments }));
}

async function spans() {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: "aws/spans" }));
  return events.map(({ message = "" }) => JSON.parse(message));
}

async function retrieve(TraceIds = [trace]) {
  const [StartTime, EndTime] = [-3_600_000, 60_000].map((ms) => new Date(nuage.clock.now() + ms));
  const { RetrievalToken } = await xray.send(
    new StartTraceRetrievalCommand({ TraceIds, StartTime, EndTime }),
  );
  return RetrievalToken;
}

const list = (RetrievalToken: string | undefined, more: Partial<ListRetrievedTracesCommandInput> = {}) =>
  xray.send(new ListRetrievedTracesCommand({ RetrievalToken, ...more }));

test("the indexing rule, of which there is one", async () => {
  const rules = async () => (await xray.send(new GetIndexingRulesCommand({}))).IndexingRules;
  const Probabilistic = { DesiredSamplingPercentage: 1, ActualSamplingPercentage: 100 };
  expect(await rules()).toMatchObject([{ Name: "Default", Rule: { Probabilistic } }]);
  const set = (Name: string, DesiredSamplingPercentage: number) =>
    xray.send(
      new UpdateIndexingRuleCommand({ Name, Rule: { Probabilistic: { DesiredSamplingPercentage } } }),
    );
  await nuage.advance("1 hour");
  const { IndexingRule } = await set("Default", 25.5);
  expect(IndexingRule?.Rule).toEqual({
    Probabilistic: { ...Probabilistic, DesiredSamplingPercentage: 25.5 },
  });
  expect(await rules()).toEqual([IndexingRule]);
  await expect(set("Other", 5)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  for (const percent of [-1, 100.5]) {
    await expect(set("Default", percent)).rejects.toMatchObject({ name: "InvalidRequestException" });
  }
});

test("the destination changes in its time, and spans go to their log group then", async () => {
  expect(await destination()).toBe("XRay ACTIVE");
  expect(await update()).toMatchObject({ Destination: "CloudWatchLogs", Status: "PENDING" });
  await put({ id: "1".repeat(16), name: "early" });
  await nuage.advance("1 minute");
  expect(await destination()).toBe("CloudWatchLogs ACTIVE");
  expect(await update()).toMatchObject({ Status: "ACTIVE" });
  await put(
    {
      id: "2".repeat(16),
      name: "web",
      origin: "AWS::EC2::Instance",
      http: { request: { method: "GET", url: "http://shop/" }, response: { status: 500 } },
      annotations: { customer: "ada" },
      fault: true,
      cause: { exceptions: [{ id: "9".repeat(16), type: "Oh", message: "it broke" }] },
      subsegments: [
        {
          id: "3".repeat(16),
          name: "DynamoDB",
          namespace: "aws",
          start_time: nuage.clock.now() / 1000 - 5,
          end_time: nuage.clock.now() / 1000 - 4,
          aws: { operation: "GetItem", table_name: "orders" },
        },
      ],
    },
    { id: "4".repeat(16), name: "open", in_progress: true, end_time: undefined },
  );
  const found = await spans();
  expect(found.map(({ name, kind }) => [name, kind])).toEqual(
    expect.arrayContaining([
      ["web", "SERVER"],
      ["DynamoDB", "CLIENT"],
    ]),
  );
  expect(found).toHaveLength(2);
  expect(found.find(({ name }) => name === "web")).toMatchObject({
    traceId: `6b09dcb7${hex}`,
    spanId: "2".repeat(16),
    durationNano: 1_500_000_000,
    resource: { attributes: { "service.name": "web", "cloud.platform": "aws_ec2" } },
    attributes: { customer: "ada", "http.request.method": "GET", "http.response.status_code": 500 },
    status: { code: "ERROR", message: "it broke" },
    events: [{ name: "exception", attributes: { "exception.type": "Oh" } }],
  });
  expect(found.find(({ name }) => name === "DynamoDB")).toMatchObject({
    parentSpanId: "2".repeat(16),
    attributes: { "rpc.method": "GetItem", "aws.dynamodb.table_names": ["orders"] },
    status: { code: "UNSET" },
  });

  expect(await update({ Destination: "XRay" })).toMatchObject({ Destination: "XRay", Status: "PENDING" });
  await put({ id: "5".repeat(16), name: "still" });
  await nuage.advance("1 minute");
  await put({ id: "6".repeat(16), name: "no more" });
  expect((await spans()).map(({ name }) => name)).toContain("still");
  expect(await spans()).toHaveLength(3);

  // What X-Ray itself did for it is nobody's trace: the calls of logs are this test's own.
  const { Services = [] } = await xray.send(
    new GetServiceGraphCommand({
      StartTime: new Date(nuage.clock.now() - 600_000),
      EndTime: new Date(nuage.clock.now()),
    }),
  );
  const calls = Services.find(({ Name }) => Name === "logs")?.SummaryStatistics?.TotalCount;
  expect([Services.some(({ Name }) => Name === "web"), calls]).toEqual([true, 3]);
});

test("segments for a log group that is gone are refused", async () => {
  await update();
  await nuage.advance("1 minute");
  await logs.send(new DeleteLogGroupCommand({ logGroupName: "aws/spans" }));
  await expect(put({ id: "1".repeat(16), name: "web" })).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: expect.stringContaining("log group does not exist"),
  });
});

test("what a destination is refused for", async () => {
  const SpansLogGroupKmsKeyId = "arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012";
  const CloudWatchLogsConfiguration = { SpansLogGroupKmsKeyId };
  for (const given of [
    {},
    { Destination: "Disk" as "XRay" },
    { Destination: "XRay" as const, CloudWatchLogsConfiguration },
    {
      Destination: "CloudWatchLogs" as const,
      CloudWatchLogsConfiguration: { SpansLogGroupKmsKeyId: "alias/spans" },
    },
  ]) {
    await expect(update(given)).rejects.toMatchObject({ name: "InvalidRequestException" });
  }
  expect(await destination()).toBe("XRay ACTIVE");
  await update();
  await expect(update({ Destination: "CloudWatchLogs", CloudWatchLogsConfiguration })).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: expect.stringContaining("exists"),
  });
  await update();
});

test("where policies are enforced, X-Ray must be let into the log group", async () => {
  await nuage.stop();
  await start({ policies: "enforce" });
  await expect(update()).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: "XRay does not have permission to call PutLogEvents on the aws/spans Log Group",
  });
  const policyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "xray.amazonaws.com" },
        Action: "logs:PutLogEvents",
        Resource: ["arn:aws:logs:us-east-1:000000000000:log-group:aws/spans:*"],
        Condition: {
          ArnLike: { "aws:SourceArn": "arn:aws:xray:us-east-1:000000000000:*" },
          StringEquals: { "aws:SourceAccount": "000000000000" },
        },
      },
    ],
  });
  await logs.send(new PutResourcePolicyCommand({ policyName: "spans", policyDocument }));
  expect(await update()).toMatchObject({ Status: "PENDING" });
});

test("traces are retrieved in their time, in both formats and by pages", async () => {
  await expect(retrieve()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await update();
  await nuage.advance("1 minute");
  const startS = nuage.clock.now() / 1000 - 5;
  const subsegments = Array.from({ length: 120 }, (_, at) => ({
    id: at.toString(16).padStart(16, "a"),
    name: `step ${at}`,
    start_time: startS,
    end_time: startS + 0.1,
  }));
  await put({ id: "2".repeat(16), name: "web", subsegments });
  const RetrievalToken = await retrieve([`6b09dcb7${hex}`, `1-6b09dcb7-${"0".repeat(24)}`]);
  const graph = () => xray.send(new GetRetrievedTracesGraphCommand({ RetrievalToken }));
  const underWay = { RetrievalStatus: expect.stringMatching(/^(SCHEDULED|RUNNING)$/) };
  expect(await list(RetrievalToken)).toMatchObject({ ...underWay, Traces: [] });
  expect(await graph()).toMatchObject({ ...underWay, Services: [] });
  await nuage.advance("10 seconds");

  const { Traces = [], ...rest } = await list(RetrievalToken);
  expect(rest).toMatchObject({ RetrievalStatus: "COMPLETE", TraceFormat: "XRAY" });
  expect(rest.NextToken).toBeUndefined();
  expect(Traces).toMatchObject([
    { Id: trace, Duration: expect.closeTo(1.5, 2), Spans: [{ Id: "2".repeat(16) }] },
  ]);
  expect(JSON.parse(Traces[0]?.Spans?.[0]?.Document ?? "").subsegments).toHaveLength(120);

  const first = await list(RetrievalToken, { TraceFormat: "OTEL" });
  const second = await list(RetrievalToken, { TraceFormat: "OTEL", NextToken: first.NextToken });
  expect([first, second].map((page) => page.Traces?.[0]?.Spans?.length)).toEqual([100, 21]);
  expect(second.NextToken).toBeUndefined();
  const all = [first, second].flatMap((page) => page.Traces?.[0]?.Spans ?? []);
  expect(new Set(all.map(({ Id }) => Id)).size).toBe(121);
  expect(JSON.parse(all[1]?.Document ?? "")).toMatchObject({
    traceId: `6b09dcb7${hex}`,
    parentSpanId: "2".repeat(16),
    kind: "INTERNAL",
  });
  expect(await graph()).toMatchObject({
    RetrievalStatus: "COMPLETE",
    Services: [{ Service: { Name: "web" }, Links: [] }],
  });
});

test.each<[number, string]>([
  [0, "SCHEDULED"],
  [2_000, "RUNNING"],
  [10_000, "COMPLETE"],
])("%d ms after its start a retrieval is %s", (sinceMs, status) => {
  expect(statusOf({ startedMs: 1_000 }, 1_000 + sinceMs)).toBe(status);
  expect(statusOf({ startedMs: 1_000, cancelledMs: 1_000 }, 1_000 + sinceMs)).toBe("CANCELLED");
});

test("a retrieval can be called off until it is complete, and is forgotten after a day", async () => {
  await update();
  const cancel = (RetrievalToken: string | undefined) =>
    xray.send(new CancelTraceRetrievalCommand({ RetrievalToken }));
  const off = await retrieve();
  await cancel(off);
  await nuage.advance("10 seconds");
  expect(await list(off)).toMatchObject({ RetrievalStatus: "CANCELLED", Traces: [] });
  const whole = await retrieve();
  await nuage.advance("10 seconds");
  await cancel(whole);
  expect((await list(whole)).RetrievalStatus).toBe("COMPLETE");
  await nuage.advance("25 hours");
  const late = await retrieve();
  for (const token of [off, whole, "unknown"]) {
    for (const ask of [list, cancel])
      await expect(ask(token)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  }
  expect((await list(late)).RetrievalStatus).toBeDefined();
  await expect(list(late, { NextToken: "-1" })).rejects.toMatchObject({ name: "InvalidRequestException" });
  await expect(list(late, { TraceFormat: "ZIPKIN" as "OTEL" })).rejects.toMatchObject({
    name: "InvalidRequestException",
  });
});

test.each<[string, string[]]>([
  ["none", []],
  ["what is no trace", ["one"]],
  ["too many", Array.from({ length: 101 }, () => trace)],
])("a retrieval of %s is refused", async (_what, ids) => {
  await update();
  await expect(retrieve(ids)).rejects.toMatchObject({ name: "InvalidRequestException" });
});
