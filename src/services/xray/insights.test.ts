import {
  CreateGroupCommand,
  GetInsightCommand,
  GetInsightEventsCommand,
  GetInsightImpactGraphCommand,
  GetInsightSummariesCommand,
  UpdateGroupCommand,
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

const HOUR_MS = 3_600_000;
const range = (hours = 1) => ({
  StartTime: new Date(nuage.clock.now() - hours * HOUR_MS),
  EndTime: new Date(nuage.clock.now()),
});
const summaries = (more: object) => xray.send(new GetInsightSummariesCommand({ ...range(), ...more }));
const refused = (message: RegExp) => ({
  name: "InvalidRequestException",
  message: expect.stringMatching(message),
});

test("a group without insights has none; one that has them enabled is told that nobody looks", async () => {
  expect((await summaries({ GroupName: "Default" })).InsightSummaries).toEqual([]);
  const { Group } = await xray.send(
    new CreateGroupCommand({ GroupName: "shop", InsightsConfiguration: { InsightsEnabled: true } }),
  );
  for (const named of [{ GroupName: "shop" }, { GroupARN: Group?.GroupARN }]) {
    await expect(summaries(named)).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining("group shop"),
      $metadata: { httpStatusCode: 501 },
    });
  }
  await xray.send(
    new UpdateGroupCommand({ GroupName: "shop", InsightsConfiguration: { InsightsEnabled: false } }),
  );
  expect((await summaries({ GroupName: "shop", States: ["ACTIVE"] })).InsightSummaries).toEqual([]);
});

test("notifications need insights", async () => {
  const InsightsConfiguration = { InsightsEnabled: false, NotificationsEnabled: true };
  await expect(
    xray.send(new CreateGroupCommand({ GroupName: "loud", InsightsConfiguration })),
  ).rejects.toMatchObject(refused(/insights enabled/));
});

test.each<[string, () => object, RegExp]>([
  ["no group", () => ({}), /GroupName or GroupARN/],
  ["an unknown group", () => ({ GroupName: "none" }), /Group not found/],
  ["times that are turned round", () => ({ GroupName: "Default", EndTime: new Date(0) }), /after start/],
  ["what is too old", () => ({ GroupName: "Default", ...range(31 * 24) }), /30 days/],
  ["two states", () => ({ GroupName: "Default", States: ["ACTIVE", "CLOSED"] }), /states/],
  ["too many results", () => ({ GroupName: "Default", MaxResults: 101 }), /maxResults/],
])("summaries are refused for %s", async (_what, more, message) => {
  await expect(summaries(more())).rejects.toMatchObject(refused(message));
});

test("no insight is known, whatever is asked of it", async () => {
  const InsightId = "12345678-1234-4234-8234-123456789012";
  const graph = (hours: number) =>
    xray.send(new GetInsightImpactGraphCommand({ InsightId, ...range(hours) }));
  await expect(xray.send(new GetInsightCommand({ InsightId }))).rejects.toMatchObject(refused(/not found/));
  await expect(xray.send(new GetInsightEventsCommand({ InsightId }))).rejects.toMatchObject(
    refused(/not found/),
  );
  await expect(graph(1)).rejects.toMatchObject(refused(/not found/));
  await expect(graph(7)).rejects.toMatchObject(refused(/6 hours/));
  await expect(xray.send(new GetInsightCommand({ InsightId: "one" }))).rejects.toMatchObject(
    refused(/insightId.*regular expression/),
  );
  await expect(xray.send(new GetInsightEventsCommand({ InsightId, MaxResults: 51 }))).rejects.toMatchObject(
    refused(/maxResults/),
  );
});
