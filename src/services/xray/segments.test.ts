import {
  BatchGetTracesCommand,
  GetServiceGraphCommand,
  GetTimeSeriesServiceStatisticsCommand,
  GetTraceSummariesCommand,
  PutTraceSegmentsCommand,
  XRayClient,
} from "@aws-sdk/client-xray";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let xray: XRayClient;
beforeAll(async () => {
  nuage = await startNuage();
  xray = nuage.client(XRayClient);
});
afterAll(() => nuage.stop());

const range = () => ({
  StartTime: new Date(nuage.clock.now() - 3_600_000),
  EndTime: new Date(nuage.clock.now() + 60_000),
});
const traceId = (digit: string) => `1-6b09dcb7-${digit.repeat(24)}`;
const id = (digit: string) => digit.repeat(16);

async function put(...documents: object[]) {
  const TraceSegmentDocuments = documents.map((each) => JSON.stringify(each));
  const answer = await xray.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments }));
  expect(answer.UnprocessedTraceSegments).toEqual([]);
}

async function documentsOf(trace: string) {
  const { Traces = [] } = await xray.send(new BatchGetTracesCommand({ TraceIds: [trace] }));
  return (Traces[0]?.Segments ?? []).map(({ Document = "" }) => JSON.parse(Document));
}

async function found(FilterExpression: string) {
  const { TraceSummaries = [] } = await xray.send(
    new GetTraceSummariesCommand({ ...range(), FilterExpression }),
  );
  return TraceSummaries.map(({ Id }) => Id);
}

const nowS = () => nuage.clock.now() / 1000;

test("what a segment tells of calls is inferred: a node of the graph, and found by filters", async () => {
  const [start, trace] = [nowS() - 5, traceId("a")];
  const times = { start_time: start, end_time: start + 1 };
  const table = { operation: "GetItem", table_name: "orders" };
  await put({
    ...times,
    id: id("1"),
    trace_id: trace,
    name: "web",
    origin: "AWS::EC2::Instance",
    aws: { ec2: { instance_id: "i-1", availability_zone: "us-east-1c" } },
    cause: { exceptions: [{ id: id("9"), type: "Oh", message: "it broke" }] },
    fault: true,
    subsegments: [
      { ...times, id: id("2"), name: "DynamoDB", namespace: "aws", aws: table, error: true, throttle: true },
      // As X-Ray's SDK for Python names it.
      { ...times, id: id("6"), name: "sqs", namespace: "aws", aws: { queue_url: "http://q/work" } },
      { ...times, id: id("3"), name: "api.example.com", namespace: "remote" },
      { ...times, id: id("4"), name: "answered.example.com", namespace: "remote" },
    ],
  });
  await put({ ...times, id: id("5"), trace_id: trace, parent_id: id("4"), name: "other" });

  const documents = await documentsOf(trace);
  expect(documents.map(({ name, inferred = false, origin }) => [name, inferred, origin])).toEqual([
    ["web", false, "AWS::EC2::Instance"],
    ["other", false, ""],
    ["DynamoDB", true, "AWS::DynamoDB::Table"],
    ["sqs", true, "AWS::SQS::Queue"],
    ["api.example.com", true, "remote"],
  ]);
  expect(documents[2]).toMatchObject({ parent_id: id("2"), aws: table, throttle: true });

  const { Services = [] } = await xray.send(new GetServiceGraphCommand(range()));
  const byId = new Map(Services.map((service) => [service.ReferenceId, service]));
  const edges = Services.flatMap(({ Name, Edges = [] }) =>
    Edges.map(({ ReferenceId }) => [Name, byId.get(ReferenceId)?.Type, byId.get(ReferenceId)?.Name]),
  );
  expect(edges).toEqual([
    ["web", "", "other"],
    ["web", "AWS::DynamoDB::Table", "orders"],
    ["web", "AWS::SQS::Queue", "http://q/work"],
    ["web", "remote", "api.example.com"],
  ]);
  // Neither this question nor those before it are part of what was asked.
  expect(Services.map(({ Name }) => Name)).not.toContain("xray");
  for (const expression of [
    'edge("web", "orders") { throttle }',
    'service(id(name: "orders", type: "AWS::DynamoDB::Table")) { inferred AND error }',
    'service("api.example.com") { remote }',
    'name = "other" AND type = "remote"',
    'message CONTAINS "broke"',
    'instance.id = "i-1" AND availabilityzone ENDSWITH "c"',
    "partial = false AND fault",
  ])
    expect([expression, await found(expression)]).toEqual([expression, [trace]]);
  for (const expression of ['service("web") { inferred }', 'edge("other", "web")', "partial"])
    expect([expression, await found(expression)]).toEqual([expression, []]);
});

test("numbers of one service, or of the calls between two, by the minute", async () => {
  const of = async (EntitySelectorExpression: string) => {
    const { TimeSeriesServiceStatistics = [] } = await xray.send(
      new GetTimeSeriesServiceStatisticsCommand({ ...range(), Period: 60, EntitySelectorExpression }),
    );
    return TimeSeriesServiceStatistics;
  };
  expect(await of('service("web")')).toMatchObject([{ ServiceSummaryStatistics: { TotalCount: 1 } }]);
  expect(await of('edge("web", "orders")')).toMatchObject([
    { EdgeSummaryStatistics: { ErrorStatistics: { ThrottleCount: 1 } } },
  ]);
});

test("subsegments that are sent by themselves lie in what they are part of", async () => {
  const [start, trace] = [nowS() - 5, traceId("b")];
  const times = { start_time: start, end_time: start + 1, trace_id: trace };
  const part = { ...times, type: "subsegment" };
  await put({ ...part, id: id("3"), parent_id: id("2"), name: "innermost" });
  await put({ ...part, id: id("2"), parent_id: id("1"), name: "inner" });
  await put({ ...times, id: id("1"), name: "whole" });
  // What belongs to nothing that is known, and two that belong to each other.
  await put({ ...part, id: id("6"), parent_id: id("7"), name: "lost" });
  await put({ ...part, id: id("4"), parent_id: id("5"), name: "round" });
  await put({ ...part, id: id("5"), parent_id: id("4"), name: "about" });
  const documents = await documentsOf(trace);
  expect(documents.map(({ name }) => name)).toEqual(["whole", "lost", "round", "about"]);
  expect(documents[0].subsegments).toMatchObject([{ name: "inner", subsegments: [{ name: "innermost" }] }]);
  const [summary] =
    (await xray.send(new GetTraceSummariesCommand({ ...range(), FilterExpression: 'service("whole")' })))
      .TraceSummaries ?? [];
  expect(summary?.ServiceIds?.map(({ Name }) => Name)).toEqual(["whole"]);
});

test("a segment in progress is there until the whole of it comes", async () => {
  const [start, trace] = [nowS() - 5, traceId("c")];
  const open = { start_time: start, trace_id: trace, id: id("1"), name: "slow", in_progress: true };
  await put(open);
  expect(await documentsOf(trace)).toMatchObject([open]);
  expect(await found('service("slow") AND partial')).toEqual([trace]);
  await put({ ...open, in_progress: undefined, end_time: start + 2 });
  const documents = await documentsOf(trace);
  expect(documents).toMatchObject([{ name: "slow", end_time: start + 2 }]);
  expect(documents[0]).not.toHaveProperty("in_progress");
  expect(await found('service("slow") { duration = 2 } AND partial = false')).toEqual([trace]);
});
