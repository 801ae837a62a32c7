// Filter expressions, and what traces' failures and slowness began with.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
import {
  CreateGroupCommand,
  GetTraceSummariesCommand,
  PutTraceSegmentsCommand,
  XRayClient,
} from "@aws-sdk/client-xray";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let xray: XRayClient;
const BROKEN = `1-6b09dcb7-${"a".repeat(24)}`;
const HANDLED = `1-6b09dcb7-${"b".repeat(24)}`;
const id = (digit: string) => digit.repeat(16);

beforeAll(async () => {
  nuage = await startNuage();
  xray = nuage.client(XRayClient);
  const start = nuage.clock.now() / 1000 - 10;
  const from = (after: number, lasts: number) => ({
    start_time: start + after,
    end_time: start + after + lasts,
  });
  const cause = { exceptions: [{ id: id("e"), type: "NoRoom", message: "the shelf is full" }] };
  const table = { operation: "PutItem", table_name: "shelf" };
  const documents = [
    {
      ...from(0, 4),
      trace_id: BROKEN,
      id: id("1"),
      name: "web",
      fault: true,
      user: "alice",
      http: { request: { url: "http://shop/v2/", method: "PUT" }, response: { status: 500 } },
      subsegments: [{ ...from(0, 3.6), id: id("2"), name: "store", namespace: "remote", fault: true }],
    },
    {
      ...from(0.1, 3.4),
      trace_id: BROKEN,
      id: id("3"),
      parent_id: id("2"),
      name: "store",
      origin: "AWS::ECS::Container",
      fault: true,
      subsegments: [
        {
          ...from(0.2, 3.2),
          id: id("4"),
          name: "put away",
          fault: true,
          cause,
          subsegments: [{ ...from(0.2, 0.3), id: id("5"), name: "DynamoDB", namespace: "aws", aws: table }],
        },
      ],
    },
    {
      ...from(0, 1),
      trace_id: HANDLED,
      id: id("6"),
      name: "web",
      http: { response: { status: 200 } },
      annotations: { tries: 2, is_new: true },
      subsegments: [
        { ...from(0, 0.2), id: id("7"), name: "DynamoDB", namespace: "aws", error: true, throttle: true },
      ],
    },
  ];
  const TraceSegmentDocuments = documents.map((each) => JSON.stringify(each));
  const answer = await xray.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments }));
  expect(answer.UnprocessedTraceSegments).toEqual([]);
  await xray.send(new CreateGroupCommand({ GroupName: "slow", FilterExpression: "duration > 3" }));
});
afterAll(() => nuage.stop());

async function summaries(FilterExpression: string) {
  const StartTime = new Date(nuage.clock.now() - 3_600_000);
  const EndTime = new Date(nuage.clock.now() + 60_000);
  const asked = new GetTraceSummariesCommand({ StartTime, EndTime, FilterExpression });
  return (await xray.send(asked)).TraceSummaries ?? [];
}

const BOTH = [BROKEN, HANDLED];

test.each<[string, readonly string[]]>([
  ["ok", [HANDLED]],
  ["!ok", [BROKEN]],
  ["ok = false", [BROKEN]],
  ["fault != true", [HANDLED]],
  // What was dealt with is no failure of the request, but of a service.
  ["error OR throttle", []],
  ["service() { error }", [HANDLED]],
  ['service(id(name: "DynamoDB", account.id: "000000000000")) { throttle }', [HANDLED]],
  ['service(id(account.id: "111111111111"))', []],
  ["ok !partial duration <3", [HANDLED]],
  ["http.url AND responseTime > 2", [BROKEN]],
  ["!http.url", [HANDLED]],
  ['user CONTAINS ""', [BROKEN]],
  ["annotation.tries > 1 AND annotation[is_new]", [HANDLED]],
  ["annotation.is_new = true", [HANDLED]],
  ['service("store") { root = true }', []],
  ['service("web") { root }', BOTH],
  ['group.name = "slow" AND user = "alice"', [BROKEN]],
  ['group.name != "slow"', [HANDLED]],
  ['rootcause.fault.service { name = "store" }', [BROKEN]],
  ['rootcause.fault.service { last and type = "AWS::ECS::Container" }', [BROKEN]],
  ["rootcause.fault.service { first and name = web }", [BROKEN]],
  ["rootcause.fault.service { index > 1 }", []],
  ['rootcause.fault.entity { last and name = "put away" }', [BROKEN]],
  ["rootcause.fault.entity { remote and name = store }", [BROKEN]],
  ['rootcause.fault.exception { last and name = "NoRoom" and message = "the shelf is full" }', [BROKEN]],
  ["rootcause.error.service { inferred }", [HANDLED]],
  ["rootcause.error.exception { first }", []],
  ['rootcause.responsetime.entity { last and coverage > 0.7 and name = "put away" }', [BROKEN]],
  ["rootcause.responsetime.entity { coverage = 1 }", BOTH],
  ['rootcause.json = #[{ "Services": [{ "Name": "web", "EntityPath": [{ "Name": "web" }] }] }]', [HANDLED]],
  ['rootcause.json != #[{ "Services": [{ "Name": "[web" }] }] AND annotation[is_new]', [HANDLED]],
  ['rootcause.json = #[{ "Services": null }, { "Services": [null, 3] }]', []],
  [
    `rootcause.json = #[{ "Services": [
      { "Name": "web", "EntityPath": [{ "Name": "web" }, { "Name": "store" }] },
      { "Name": "store", "EntityPath": [{ "Name": "store" }, { "Name": "put away" }] } ] }] AND fault`,
    [BROKEN],
  ],
])("%s", async (expression, expected) => {
  expect((await summaries(expression)).map(({ Id }) => Id ?? "").sort()).toEqual(expected);
});

test.each([
  'group.name = "nobody\'s"',
  "rootcause.fault.nothing { first }",
  "rootcause.json = #[1]",
  "rootcause.json = #[{]",
  "rootcause.json = #[",
  'user = "a\\q"',
  "duration >",
  "OR ok",
  "speed > 3",
])("%s is no expression", async (expression) => {
  await expect(summaries(expression)).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: expect.stringContaining("Invalid filter expression"),
  });
});

test.each(["(", "!"])("an expression of very many %s is refused", async (sign) => {
  await expect(summaries(`${sign.repeat(50_000)}ok`)).rejects.toMatchObject({
    name: "InvalidRequestException",
  });
});

test("summaries tell the ways to what failed and to what was slow", async () => {
  const [broken] = await summaries("fault");
  expect(broken).toMatchObject({ HasFault: true, HasError: false, ErrorRootCauses: [] });
  const store = { Type: "AWS::ECS::Container", AccountId: "000000000000", Inferred: false };
  expect(broken?.FaultRootCauses).toMatchObject([
    {
      ClientImpacting: true,
      Services: [
        {
          Name: "web",
          EntityPath: [
            { Name: "web", Remote: false },
            { Name: "store", Remote: true },
          ],
        },
        {
          ...store,
          EntityPath: [
            { Name: "store", Exceptions: [] },
            { Name: "put away", Exceptions: [{ Name: "NoRoom", Message: "the shelf is full" }] },
          ],
        },
      ],
    },
  ]);
  expect(broken?.ResponseTimeRootCauses).toMatchObject([
    {
      Services: [
        { EntityPath: [{ Coverage: 1 }, { Coverage: 0.9 }] },
        { EntityPath: [{ Coverage: 0.85 }, { Coverage: 0.8 }] },
      ],
    },
  ]);
  const [handled] = await summaries("ok");
  expect(handled).toMatchObject({ HasError: false, HasThrottle: false });
  expect(handled?.ErrorRootCauses).toMatchObject([
    { ClientImpacting: false, Services: [{ Name: "web" }, { Name: "DynamoDB", Inferred: true }] },
  ]);
});
