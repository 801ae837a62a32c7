// Whatever is changed while records are under way: none is lost, and those of a key are done in their order.
import {
  DeleteFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from "@aws-sdk/client-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHostileStore } from "../src/store/drivers/hostile.ts";
import { chances, onStores, useSources } from "./sources.fixture.ts";

type Change = Omit<UpdateEventSourceMappingCommandInput, "UUID">;
type Step =
  | { readonly do: "put"; readonly keys: readonly number[] }
  | { readonly do: "update"; readonly change: Change }
  | { readonly do: "switch"; readonly Enabled: boolean }
  | { readonly do: "poison"; readonly key: number | undefined }
  | { readonly do: "throttle"; readonly ReservedConcurrentExecutions: number | undefined }
  | { readonly do: "trouble"; readonly kind: "throttle" | "error" | "duplicate" | "crash" }
  | { readonly do: "wait"; readonly ms: number };

const CHANGES: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ BatchSize: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ MaximumBatchingWindowInSeconds: fc.constantFrom(0, 2) }),
  fc.record({ ParallelizationFactor: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ BisectBatchOnFunctionError: fc.boolean() }),
  fc.record({
    FunctionResponseTypes: fc.constantFrom<"ReportBatchItemFailures"[]>(["ReportBatchItemFailures"], []),
  }),
);

/** While it changes already, and while its source cannot be asked. */
const REFUSALS = ["ResourceInUseException", "InvalidParameterValueException", "ServiceException"];

/** Changes of streams mean nothing to queues. */
const OF_QUEUES = ["BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes"];

const STEPS: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("put" as const),
        keys: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("update" as const), change: CHANGES }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("switch" as const), Enabled: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("poison" as const),
        key: fc.option(fc.nat(3), { nil: undefined }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("throttle" as const),
        ReservedConcurrentExecutions: fc.constantFrom(0, 1, undefined),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("trouble" as const),
        kind: fc.constantFrom("throttle", "error", "duplicate", "crash"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 300, 3_000, 40_000) }),
    },
  ),
  { minLength: 4, maxLength: 14 },
);

function suite(runs: number, seed: number): void {
  const test = useSources();

  async function check(kind: "kinesis" | "dynamodb" | "sqs" | "fifo", steps: readonly Step[]): Promise<void> {
    const probe = await test.probe();
    const FunctionName = probe.name;
    const isQueue = kind === "sqs" || kind === "fifo";
    const queue = isQueue ? await test.queue({ VisibilityTimeout: "10" }, kind === "fifo") : undefined;
    const stream =
      kind === "kinesis" ? await test.stream(2) : kind === "dynamodb" ? await test.table() : undefined;
    const sent: string[] = [];
    const put = async (key: string) => {
      const text = `${key}${String(sent.length).padStart(4, "0")}`;
      sent.push(text);
      await stream?.put(key, text);
      if (!queue) return;
      const own = kind === "fifo" ? { MessageGroupId: key, MessageDeduplicationId: text } : {};
      await test.send(queue.url, text, own);
    };
    const UUID = await test.map(probe, queue?.arn ?? stream?.arn ?? "", {
      BatchSize: 3,
      ...(isQueue ? {} : { StartingPosition: "TRIM_HORIZON" as const }),
    });
    const update = async (change: Change) => {
      const wanted = Object.entries(change).filter(([name]) => !isQueue || OF_QUEUES.includes(name));
      // A FIFO queue's batches have no window, and one change at a time is taken.
      if (wanted.length === 0 || (kind === "fifo" && "MaximumBatchingWindowInSeconds" in change)) return;
      await test.lambda
        .send(new UpdateEventSourceMappingCommand({ UUID, ...Object.fromEntries(wanted) }))
        .catch((error: Error) => expect(REFUSALS).toContain(error.name));
    };
    const reserve = (count: number | undefined) =>
      count === undefined
        ? test.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
        : test.lambda.send(
            new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: count }),
          );
    const troubles: { stop(): void }[] = [];
    const trouble = (mishap: "throttle" | "error" | "duplicate" | "crash") => {
      const service = isQueue
        ? "sqs.ReceiveMessage"
        : kind === "kinesis"
          ? "kinesis.Get*"
          : "dynamodb-streams.*";
      const target = mishap === "crash" ? FunctionName : mishap === "duplicate" ? "*" : service;
      // A message that was deleted and comes again is no fault of order: FIFO queues do not do that.
      if (mishap === "duplicate" && kind === "fifo") return;
      troubles.push(test.nuage.chaos({ kind: mishap, target, rate: 0.5, times: 4 }));
    };
    for (const step of steps) {
      if (step.do === "put") for (const key of step.keys) await put(`key${key}/`);
      if (step.do === "update") await update(step.change);
      if (step.do === "switch")
        await test.lambda
          .send(new UpdateEventSourceMappingCommand({ UUID, Enabled: step.Enabled }))
          .catch((error: Error) => expect(REFUSALS).toContain(error.name));
      if (step.do === "poison") probe.plan(step.key === undefined ? {} : { poison: [`key${step.key}/`] });
      if (step.do === "throttle") await reserve(step.ReservedConcurrentExecutions);
      if (step.do === "trouble") trouble(step.kind);
      if (step.do === "wait") await test.turn(step.ms);
    }
    for (const { stop } of troubles) stop();
    probe.plan({});
    await reserve(undefined);
    await test.nuage.idle();
    await test.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await test.turn(240_000);
    const done = probe.seen().flatMap(({ texts, failed }) => (failed ? [] : texts));
    expect([...new Set(done)].sort()).toEqual([...sent].sort());
    if (kind !== "sqs") {
      // What was done twice, as by a crash after its work, may come again: not before what it is behind.
      for (let key = 0; key < 4; key++) {
        const firsts = [...new Set(done.filter((text) => text.startsWith(`key${key}/`)))];
        expect(firsts).toEqual([...firsts].sort());
      }
    }
    if (queue) expect(await test.counts(queue.url)).toEqual([0, 0]);
    await test.unmap(UUID);
  }

  it.each(["kinesis", "dynamodb", "sqs", "fifo"] as const)(
    "of %s",
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(STEPS, (steps) => check(kind, steps)),
        { numRuns: runs, seed, endOnFailure: true },
      );
    },
    120_000,
  );
}

describe("on a kind store", () => suite(8, 5));

describe("on a hostile store", () => {
  onStores((store) => createHostileStore(store, chances(13)));
  suite(4, 6);
});
