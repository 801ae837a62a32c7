// What changes while records are under way: the number of lanes, and the length of windows.
import { SplitShardCommand } from "@aws-sdk/client-kinesis";
import {
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import { describe, expect, it } from "vitest";
import { type Probe, type Source, useSources } from "./sources.fixture.ts";

const test = useSources();
const HORIZON = { StartingPosition: "TRIM_HORIZON" } as const;
const KEYS = Array.from({ length: 8 }, (_, n) => `key${n}/`);

async function change(UUID: string, more: Partial<UpdateEventSourceMappingCommandInput>): Promise<void> {
  await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...more }));
  await test.nuage.idle();
}

const doneBy = (probe: Probe) => probe.seen().flatMap(({ texts, failed }) => (failed ? [] : texts));

describe.each([
  ["dynamodb", () => test.table() as Promise<Source>],
  ["kinesis", () => test.stream() as Promise<Source>],
] as const)("a stream of %s", (_, create) => {
  it("gives nothing again that other lanes had done, in the order of each key", async () => {
    const probe = await test.probe();
    const source = await create();
    const sent: string[] = [];
    const put = async (round: number) => {
      for (const key of KEYS) {
        sent.push(`${key}${round}`);
        await source.put(key, `${key}${round}`);
      }
    };
    await put(1);
    await put(2);
    // The lane of this key is held up, and others go on.
    probe.plan({ poison: ["key0/"] });
    const uuid = await test.map(probe, source.arn, { ...HORIZON, ParallelizationFactor: 5, BatchSize: 1 });
    expect(doneBy(probe).length).toBeGreaterThan(6);
    await change(uuid, { ParallelizationFactor: 3 });
    await put(3);
    await test.nuage.idle();
    await change(uuid, { ParallelizationFactor: 10 });
    await put(4);
    await test.turn(1_000);
    await change(uuid, { ParallelizationFactor: 1 });
    probe.plan({});
    await test.turn(60_000);
    const done = doneBy(probe);
    expect([...done].sort()).toEqual([...sent].sort());
    for (const key of KEYS) {
      const own = done.filter((text) => text.startsWith(key));
      expect(own).toEqual([...own].sort());
    }
    await test.unmap(uuid);
  });

  /** What the last deliveries of windows were given, added up. */
  const counted = (probe: Probe) =>
    probe
      .seen()
      .filter(({ event }) => event.isFinalInvokeForWindow)
      .reduce((sum, { event }) => sum + (event.state as { count: number }).count, 0);

  it.each([
    ["fewer lanes", 4, { ParallelizationFactor: 2 }],
    ["more lanes", 2, { ParallelizationFactor: 7 }],
    ["longer windows", 1, { TumblingWindowInSeconds: 900 }],
    ["no windows", 3, { TumblingWindowInSeconds: 0 }],
  ])("loses nothing of what was counted in windows that are open, with %s", async (_to, lanes, to) => {
    const probe = await test.probe();
    const source = await create();
    probe.plan({ counts: true });
    const uuid = await test.map(probe, source.arn, {
      ...HORIZON,
      ParallelizationFactor: lanes,
      TumblingWindowInSeconds: 600,
      BatchSize: 1,
    });
    for (const key of KEYS) await source.put(key, "1");
    await test.nuage.idle();
    expect(doneBy(probe)).toHaveLength(8);
    await change(uuid, to);
    await test.turn(1_000);
    for (const key of KEYS) await source.put(key, "2");
    await test.turn(1_900_000);
    expect(doneBy(probe)).toHaveLength(16);
    expect(counted(probe)).toBe("TumblingWindowInSeconds" in to && to.TumblingWindowInSeconds === 0 ? 8 : 16);
    await test.unmap(uuid);
  });
});

it("reads the children of a shard that closed after windows were switched off", async () => {
  const probe = await test.probe();
  const source = await test.stream();
  probe.plan({ counts: true });
  const uuid = await test.map(probe, source.arn, { ...HORIZON, TumblingWindowInSeconds: 600 });
  await source.put("a", "1");
  await test.nuage.idle();
  await change(uuid, { TumblingWindowInSeconds: 0 });
  await test.kinesis.send(
    new SplitShardCommand({
      StreamName: source.name,
      ShardToSplit: "shardId-000000000000",
      NewStartingHashKey: (2n ** 127n).toString(),
    }),
  );
  await test.turn(30_000);
  await source.put("a", "2");
  await test.turn(5_000);
  expect(doneBy(probe)).toEqual(["1", "2"]);
  await test.unmap(uuid);
});
