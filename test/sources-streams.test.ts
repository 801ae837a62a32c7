import { UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { describe, expect, it } from "vitest";
import { type Source, useSources } from "./sources.fixture.ts";

const test = useSources();

const HOUR_MS = 3_600_000;

describe.each([
  ["dynamodb", () => test.table() as Promise<Source>],
  ["kinesis", () => test.stream() as Promise<Source>],
] as const)("a stream of %s", (_, create) => {
  it("gives what is in it, in order, and goes on with what comes", async () => {
    const probe = await test.probe();
    const source = await create();
    await source.put("a", "one");
    await source.put("a", "two");
    await test.map(probe, source.arn, { StartingPosition: "TRIM_HORIZON" });
    expect(probe.texts()).toEqual([["one", "two"]]);
    await source.put("a", "three");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([["one", "two"], ["three"]]);
  });

  it("passes over what came before with LATEST", async () => {
    const probe = await test.probe();
    const source = await create();
    await source.put("a", "before");
    await test.map(probe, source.arn, { StartingPosition: "LATEST" });
    await source.put("a", "after");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([["after"]]);
  });

  it("keeps what other lanes were gathering when their number changes", async () => {
    const probe = await test.probe();
    const source = await create();
    const uuid = await test.map(probe, source.arn, {
      StartingPosition: "TRIM_HORIZON",
      ParallelizationFactor: 10,
      BatchSize: 2,
      MaximumBatchingWindowInSeconds: 300,
    });
    for (const key of ["a", "b", "c", "d", "e", "f"]) await source.put(key, `${key}1`);
    for (const key of ["e", "f"]) await source.put(key, `${key}2`);
    await test.nuage.idle();
    expect(probe.texts().flat()).toContain("f2");
    expect(probe.texts().flat().length).toBeLessThan(8);
    await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, ParallelizationFactor: 1 }));
    for (let n = 0; n < 3; n++) await test.turn(301_000);
    const all = ["a1", "b1", "c1", "d1", "e1", "e2", "f1", "f2"];
    expect([...new Set(probe.texts().flat())].sort()).toEqual(all);
    await test.unmap(uuid);
  });

  it("is blocked by a record that fails until it expires", async () => {
    const probe = await test.probe();
    const source = await create();
    probe.plan({ poison: ["bad"] });
    const uuid = await test.map(probe, source.arn, { StartingPosition: "TRIM_HORIZON", BatchSize: 1 });
    await source.put("a", "bad");
    await source.put("a", "good");
    await test.turn(HOUR_MS);
    expect(probe.seen().length).toBeGreaterThan(50);
    expect(new Set(probe.texts().flat())).toEqual(new Set(["bad"]));
    expect((await test.mapping(uuid)).LastProcessingResult).toBe("PROBLEM: Function call failed");
    await test.turn(22.5 * HOUR_MS);
    await source.put("a", "late");
    await test.turn(HOUR_MS);
    expect(probe.texts().flat()).not.toContain("good");
    expect(
      probe
        .texts()
        .flat()
        .filter((text) => text === "late"),
    ).toEqual(["late"]);
    await test.unmap(uuid);
  }, 60_000);

  it("splits a batch until the record that fails is alone, and gives that up", async () => {
    const probe = await test.probe();
    const source = await create();
    const failures = await test.queue();
    for (const text of ["1", "2", "bad", "4", "5"]) await source.put("a", text);
    probe.plan({ poison: ["bad"] });
    await test.map(probe, source.arn, {
      StartingPosition: "TRIM_HORIZON",
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    });
    await test.turn(60_000);
    expect(probe.texts()).toEqual([
      ["1", "2", "bad", "4", "5"],
      ["1", "2", "bad"],
      ["1", "2"],
      ["bad"],
      ["bad"],
      ["4", "5"],
    ]);
    const [record, ...more] = await test.drain(failures.url);
    expect(more).toEqual([]);
    expect(JSON.parse(record ?? "")).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted", functionArn: probe.arn },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
    });
  });

  it("follows shards in the order of parents and children over days", async () => {
    const probe = await test.probe();
    const source = await create();
    await test.map(probe, source.arn, { StartingPosition: "TRIM_HORIZON" });
    const sent: string[] = [];
    for (let n = 0; n < 6; n++) {
      await source.put("a", `n${n}`);
      sent.push(`n${n}`);
      await test.turn(3 * HOUR_MS);
    }
    await test.turn(5 * HOUR_MS);
    expect(probe.texts().flat()).toEqual(sent);
  });
});
