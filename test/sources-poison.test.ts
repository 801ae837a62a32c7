import { DeleteFunctionCommand, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { describe, expect, it } from "vitest";
import { drawMappings } from "../src/cli/streams.ts";
import { palette } from "../src/cli/terminal.ts";
import type { MappingReport } from "../src/sources/streams-report.ts";
import { useSources } from "./sources.fixture.ts";

const test = useSources();

async function asked(
  path: string,
  method = "GET",
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await fetch(`${test.nuage.endpoint}/_nuage/${path}`, { method });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

async function reported(mapping: string): Promise<MappingReport> {
  const { json } = await asked(`streams?mapping=${mapping}`);
  const [report] = json.mappings as MappingReport[];
  if (!report) throw new TypeError("no report");
  return report;
}

async function blocked(more = {}) {
  const probe = await test.probe();
  const source = await test.stream();
  probe.plan({ poison: ["bad"] });
  await source.putAll([
    ["a", "1"],
    ["a", "bad"],
    ["a", "3"],
  ]);
  const uuid = await test.map(probe, source.arn, { StartingPosition: "TRIM_HORIZON", ...more });
  return { probe, source, uuid };
}

describe("a record that blocks its shard", () => {
  it("is shown with how often it failed, when it expires, and what would help", async () => {
    const { uuid, probe } = await blocked();
    await test.turn(4_000);
    const report = await reported(uuid);
    const lane = report.shards?.[0]?.lanes[0];
    expect(lane).toMatchObject({ behind: 3, isMore: false });
    expect(lane?.blocked).toMatchObject({ count: 3, failures: 3, latest: { errorType: "TypeError" } });
    const days = ((lane?.blocked?.expiresMs ?? 0) - test.nuage.clock.now()) / 86_400_000;
    expect(days).toBeGreaterThan(0.99);
    expect(days).toBeLessThan(1);
    expect(report.advice.join(" ")).toMatch(/BisectBatch.*MaximumRetryAttempts.*OnFailure/);
    const lines = drawMappings([report], 120, palette(false)).join("\n");
    expect(lines).toContain("is blocked by 3 records");
    expect(lines).toContain("failed 3 times");
    expect(lines).toContain("TypeError: poisoned by 1 bad 3");
    const { json } = await asked(`logs?function=${probe.name}`);
    expect(JSON.stringify(json)).toContain(`nuage streams quarantine ${uuid}`);
    await test.unmap(uuid);
  });

  it("is told from a function that is throttled or gone, which no setting for failures helps", async () => {
    const probe = await test.probe();
    const { name: FunctionName, arn } = probe;
    const source = await test.stream();
    const ReservedConcurrentExecutions = 0;
    await test.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    const uuid = await test.map(probe, source.arn, { StartingPosition: "TRIM_HORIZON" });
    await source.put("a", "1");
    await test.turn(4_000);
    expect((await reported(uuid)).advice).toEqual([expect.stringContaining("nuage throttles")]);
    await test.lambda.send(new DeleteFunctionCommand({ FunctionName }));
    await test.turn(60_000);
    expect((await reported(uuid)).advice).toEqual([expect.stringContaining(`Create ${arn} again`)]);
    await test.unmap(uuid);
  });

  it("says how often it is tried where that is limited", async () => {
    const { uuid } = await blocked({ MaximumRetryAttempts: 5 });
    await test.turn(4_000);
    const report = await reported(uuid);
    expect(report.shards?.[0]?.lanes[0]?.blocked).toMatchObject({ failures: 3, triesLeft: 3 });
    const lines = drawMappings([report], 200, palette(false)).join("\n");
    expect(lines).toContain("failed 3 times");
    expect(lines).toContain("given up after 3 more");
    await test.unmap(uuid);
  });

  it("is set aside alone, kept, and delivered again", async () => {
    const { uuid, probe } = await blocked();
    expect((await asked(`streams?mapping=${uuid}&decision=quarantine`, "POST")).json).toEqual({ decided: 1 });
    await test.nuage.idle();
    expect(probe.texts().at(-1)).toEqual(["3"]);
    const { json } = await asked(`quarantine?mapping=${uuid}`);
    expect(json.records).toHaveLength(1);
    expect((json.records as Record<string, unknown>[])[0]).toMatchObject({
      mapping: uuid,
      errorType: "TypeError",
      event: { kinesis: { data: Buffer.from("bad").toString("base64") } },
    });
    expect((await reported(uuid)).quarantined).toBe(1);
    const again = await asked(`quarantine?mapping=${uuid}`, "POST");
    expect(again.json.replayed).toMatchObject([{ isDone: false, errorType: "TypeError" }]);
    probe.plan({});
    const mended = await asked(`quarantine?mapping=${uuid}`, "POST");
    expect(mended.json.replayed).toMatchObject([{ isDone: true }]);
    expect(probe.texts().at(-1)).toEqual(["bad"]);
    expect((await asked(`quarantine?mapping=${uuid}`)).json).toEqual({ records: [] });
    expect((await asked(`quarantine?mapping=${uuid}`, "POST")).status).toBe(404);
  });

  it("is dropped when that is decided", async () => {
    const { uuid, probe } = await blocked();
    await asked(`streams?mapping=${uuid}&decision=skip`, "POST");
    await test.nuage.idle();
    expect(probe.texts().at(-1)).toEqual(["3"]);
    expect((await asked(`quarantine?mapping=${uuid}`)).json).toEqual({ records: [] });
  });

  it("is tried at once when that is decided", async () => {
    const { uuid, probe } = await blocked({ BatchSize: 1 });
    await test.turn(100_000);
    const before = probe.seen().length;
    probe.plan({});
    expect((await asked(`streams?mapping=${uuid.slice(0, 13)}&decision=retry`, "POST")).status).toBe(200);
    await test.nuage.idle();
    expect(probe.texts().slice(before)).toEqual([["bad"], ["3"]]);
  });

  it("is no other mapping's: what is not blocked, unknown or senseless is refused", async () => {
    const probe = await test.probe();
    const source = await test.stream();
    const uuid = await test.map(probe, source.arn, { StartingPosition: "LATEST" });
    expect((await asked(`streams?mapping=${uuid}&decision=skip`, "POST")).status).toBe(409);
    expect((await asked("streams?mapping=nobody&decision=skip", "POST")).status).toBe(404);
    expect((await asked("streams?mapping=nobody")).status).toBe(404);
    expect((await asked(`streams?mapping=${uuid}&decision=eat`, "POST")).status).toBe(400);
    expect((await asked("streams?decision=skip", "POST")).status).toBe(400);
    expect((await asked(`streams?mapping=${uuid}&shards=1`)).status).toBe(400);
    expect((await reported(probe.name)).shards).toMatchObject([{ state: "reading", lanes: [{ behind: 0 }] }]);
    expect(drawMappings([], 80, palette(false))).toEqual(["There is no event source mapping."]);
  });

  it("does not concern queues", async () => {
    const probe = await test.probe();
    const { arn, url } = await test.queue();
    const uuid = await test.map(probe, arn);
    probe.plan({ poison: ["bad"] });
    await test.send(url, "bad");
    await test.nuage.idle();
    expect((await reported(uuid)).queue).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    expect((await asked(`streams?mapping=${uuid}&decision=skip`, "POST")).status).toBe(409);
  });
});

describe("the request id of a stream's batch", () => {
  it("stays the same for all attempts; a half is an event of its own", async () => {
    const { uuid, probe } = await blocked({ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 2 });
    for (let n = 0; n < 3; n++) await test.turn(60_000);
    await test.nuage.idle();
    expect(probe.texts()).toEqual([["1", "bad", "3"], ["1", "bad"], ["1"], ["bad"], ["bad"], ["bad"], ["3"]]);
    const ids = probe.seen().map(({ request }) => request);
    const [whole, half, one, bad, , , three] = ids;
    expect(ids).toEqual([whole, half, one, bad, bad, bad, three]);
    expect(new Set(ids).size).toBe(5);
    await test.unmap(uuid);
  });

  it("is one event to a replay, with its last attempt", async () => {
    const { uuid, probe } = await blocked();
    for (let n = 0; n < 3; n++) await test.turn(10_000);
    const tried = probe.seen().length;
    expect(tried).toBeGreaterThan(3);
    const response = await fetch(
      `${test.nuage.endpoint}/_nuage/replay?function=${probe.name}&failed=1&dry=1`,
      { method: "POST" },
    );
    const [event, end] = (await response.text()).trim().split("\n");
    expect(JSON.parse(event ?? "")).toMatchObject({ kind: "event", attempt: tried });
    expect(JSON.parse(end ?? "")).toMatchObject({ kind: "end", found: 1 });
    await test.unmap(uuid);
  });

  it("changes where the batch goes on behind what was done", async () => {
    const probe = await test.probe();
    const source = await test.stream();
    probe.plan({ partial: ["bad"] });
    await source.putAll(["1", "bad", "3"].map((text) => ["a", text]));
    const uuid = await test.map(probe, source.arn, {
      StartingPosition: "TRIM_HORIZON",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumRetryAttempts: 2,
    });
    for (let n = 0; n < 3; n++) await test.turn(60_000);
    expect(probe.texts()).toEqual([
      ["1", "bad", "3"],
      ["bad", "3"],
      ["bad", "3"],
    ]);
    const [first, rest, again] = probe.seen().map(({ request }) => request);
    expect(rest).not.toBe(first);
    expect(again).toBe(rest);
    await test.unmap(uuid);
  });
});
