// Whatever fails: each record is done at least once, in the order of its key, or ends in one failure record.
import { PutRecordsCommand } from "@aws-sdk/client-kinesis";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHostileStore } from "../src/store/drivers/hostile.ts";
import { chances, onStores, type Probe, type Seen, useSources } from "./sources.fixture.ts";

interface Case {
  readonly records: readonly { readonly key: number; readonly isBad: boolean }[];
  readonly settings: {
    readonly BatchSize: number;
    readonly BisectBatchOnFunctionError: boolean;
    readonly MaximumRetryAttempts: number;
    readonly ParallelizationFactor: number;
  };
  readonly reports: boolean;
  /** Records that come while others are under way. */
  readonly late: number;
}

const CASES = fc.record<Case>({
  records: fc.array(fc.record({ key: fc.nat(3), isBad: fc.boolean().map((bad) => bad) }), {
    minLength: 1,
    maxLength: 14,
  }),
  settings: fc.record({
    BatchSize: fc.integer({ min: 1, max: 6 }),
    BisectBatchOnFunctionError: fc.boolean(),
    MaximumRetryAttempts: fc.nat(2),
    ParallelizationFactor: fc.integer({ min: 1, max: 3 }),
  }),
  reports: fc.boolean(),
  late: fc.nat(6),
});

/** What an invocation did: the records before the first that it reported as failed, or none. */
function doneIn({ texts, failed }: Seen, reports: boolean): readonly string[] {
  if (failed) return [];
  const at = reports ? texts.findIndex((text) => text.includes("bad")) : -1;
  return at < 0 ? texts : texts.slice(0, at);
}

const idOf = (record: Record<string, unknown>): string => {
  const { kinesis, dynamodb } = record as Record<
    string,
    { sequenceNumber?: string; SequenceNumber?: string }
  >;
  return kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber ?? "";
};

function suite(runs: number, seed: number): void {
  const test = useSources();

  const sources = {
    async kinesis() {
      const { arn, name: StreamName } = await test.stream(2);
      return {
        arn,
        put: async (entries: readonly (readonly [string, string])[]) => {
          const Records = entries.map(([PartitionKey, text]) => ({ PartitionKey, Data: Buffer.from(text) }));
          await test.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
        },
      };
    },
    async dynamodb() {
      const { arn, put } = await test.table();
      return {
        arn,
        put: async (entries: readonly (readonly [string, string])[]) => {
          for (const [key, text] of entries) await put(key, text);
        },
      };
    },
  };

  async function check(probe: Probe, kind: keyof typeof sources, { records, settings, reports, late }: Case) {
    const before = probe.seen().length;
    const source = await sources[kind]();
    const failures = await test.queue();
    probe.plan(reports ? { partial: ["bad"] } : { poison: ["bad"] });
    const entries = records.map(
      ({ key, isBad }, n) =>
        [`key${key}`, `key${key}/${String(n).padStart(3, "0")}${isBad ? "/bad" : ""}`] as const,
    );
    const first = entries.slice(0, Math.max(1, entries.length - late));
    await source.put(first);
    const uuid = await test.map(probe, source.arn, {
      StartingPosition: "TRIM_HORIZON",
      ...settings,
      ...(reports ? { FunctionResponseTypes: ["ReportBatchItemFailures"] } : {}),
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    });
    const rest = entries.slice(first.length);
    if (rest.length > 0) await source.put(rest);
    await test.turn(600_000);
    const seen = probe.seen().slice(before);
    const ids = new Map<string, string>();
    for (const { event, texts } of seen)
      for (const [n, record] of event.Records.entries()) ids.set(idOf(record), texts[n] ?? "");
    const done = seen.flatMap((each) => doneIn(each, reports));
    const given = (await test.drain(failures.url)).map((text) => JSON.parse(text));
    const givenUp: string[] = [];
    for (const { KinesisBatchInfo, DDBStreamBatchInfo } of given) {
      const info = KinesisBatchInfo ?? DDBStreamBatchInfo;
      const within = [...ids].filter(
        ([id]) => id >= info.startSequenceNumber && id <= info.endSequenceNumber,
      );
      // Lanes of one shard interleave: of a range only the records of its own keys count.
      const own =
        settings.ParallelizationFactor > 1 ? within.filter(([, text]) => !done.includes(text)) : within;
      if (settings.ParallelizationFactor === 1) expect(own).toHaveLength(info.batchSize);
      givenUp.push(...own.map(([, text]) => text));
    }
    const all = entries.map(([, text]) => text);
    expect([...new Set([...done, ...givenUp])].sort()).toEqual([...all].sort());
    if (settings.ParallelizationFactor === 1) {
      expect([...done, ...givenUp].sort()).toEqual([...all].sort());
      expect(new Set(givenUp).size).toBe(givenUp.length);
    }
    for (const text of all) if (text.includes("bad")) expect(done).not.toContain(text);
    for (let key = 0; key < 4; key++) {
      const own = done.filter((text) => text.startsWith(`key${key}/`));
      expect(own).toEqual([...own].sort());
    }
    await test.unmap(uuid);
  }

  it.each(["kinesis", "dynamodb"] as const)("records of %s", async (kind) => {
    const probe = await test.probe();
    await fc.assert(
      fc.asyncProperty(CASES, (each) => check(probe, kind, each)),
      { numRuns: runs, seed, endOnFailure: true },
    );
  });

  it("messages of a queue are deleted when done, and end as dead letters when they never are", async () => {
    const probe = await test.probe();
    const cases = fc.record({
      bad: fc.array(fc.boolean(), { minLength: 1, maxLength: 15 }),
      fifo: fc.boolean(),
      reports: fc.boolean(),
      BatchSize: fc.integer({ min: 1, max: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ bad, fifo, reports, BatchSize }) => {
        const before = probe.seen().length;
        const dead = await test.queue({}, fifo);
        const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 });
        const { arn, url } = await test.queue({ RedrivePolicy }, fifo);
        probe.plan(reports ? { partial: ["bad"] } : { poison: ["bad"] });
        const texts = bad.map((isBad, n) => `${n % 3}/${String(n).padStart(3, "0")}${isBad ? "/bad" : ""}`);
        for (const [n, text] of texts.entries()) {
          const own = fifo ? { MessageGroupId: text[0] ?? "", MessageDeduplicationId: String(n) } : {};
          await test.send(url, text, own);
        }
        const uuid = await test.map(probe, arn, {
          BatchSize,
          ...(reports ? { FunctionResponseTypes: ["ReportBatchItemFailures"] } : {}),
        });
        await test.turn(3_600_000);
        const seen = probe.seen().slice(before);
        const done = seen.flatMap(({ texts: own, failed }) =>
          failed ? [] : own.filter((text) => !text.includes("bad")),
        );
        const letters = await test.drain(dead.url);
        expect([...new Set([...done, ...letters])].sort()).toEqual([...texts].sort());
        expect(new Set(letters).size).toBe(letters.length);
        expect(new Set(done).size).toBe(done.length);
        for (const text of texts) if (text.includes("bad")) expect(letters).toContain(text);
        expect(await test.counts(url)).toEqual([0, 0]);
        await test.unmap(uuid);
      }),
      { numRuns: runs, seed, endOnFailure: true },
    );
  });
}

describe("on a kind store", () => suite(12, 1));

describe("on a hostile store", () => {
  onStores((store) => createHostileStore(store, chances(7)));
  suite(6, 2);
});
