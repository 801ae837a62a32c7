// Events put at random, read back in every way, and held against a plain list of them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import type { Store } from "../../store/store.ts";
import { type DirectLogs, directLogs } from "./direct.fixture.ts";

const logGroupName = "g";
const STREAMS = ["a", "b", "c"];

/** What is put: the stream, and how long before now, in order. */
const batches = fc.array(
  fc.record({
    stream: fc.constantFrom(...STREAMS),
    // Many in one moment, some in one bucket, some far apart.
    agesMs: fc.array(fc.oneof(fc.nat(3), fc.nat(30_000), fc.nat(80_000_000)), { minLength: 1, maxLength: 6 }),
  }),
  { maxLength: 12 },
);

interface Put {
  readonly stream: string;
  readonly timestamp: number;
  readonly message: string;
}

interface Page {
  readonly events?: readonly { readonly message?: string | undefined }[] | undefined;
}

const textsOf = ({ events = [] }: Page): string[] => events.map(({ message = "" }) => message);

async function fill(
  { call, clock }: DirectLogs,
  given: readonly { readonly stream: string; readonly agesMs: readonly number[] }[],
): Promise<Put[]> {
  await call.CreateLogGroup({ logGroupName });
  for (const logStreamName of STREAMS) await call.CreateLogStream({ logGroupName, logStreamName });
  const nowMs = Math.floor(clock.now());
  const put: Put[] = [];
  for (const [batch, { stream, agesMs }] of given.entries()) {
    const times = agesMs.map((ageMs) => nowMs - ageMs).sort((one, other) => one - other);
    const events = times.map((timestamp, at) => ({ timestamp, message: `${batch}-${at}` }));
    await call.PutLogEvents({ logGroupName, logStreamName: stream, logEvents: events });
    put.push(...events.map((event) => ({ stream, ...event })));
  }
  return put;
}

/** By time; of one moment by stream, and as they were put. */
function inOrder(put: readonly Put[]): string[] {
  const place = ({ stream }: Put) => STREAMS.indexOf(stream);
  const sorted = put
    .map((event, at) => ({ event, at }))
    .sort((one, other) => {
      const [left, right] = [one.event, other.event];
      return left.timestamp - right.timestamp || place(left) - place(right) || one.at - other.at;
    });
  return sorted.map(({ event }) => event.message);
}

async function readStream({ call }: DirectLogs, logStreamName: string, limit: number, isForward: boolean) {
  const found: string[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const page = await call.GetLogEvents({
      logGroupName,
      logStreamName,
      limit,
      startFromHead: isForward,
      nextToken,
    });
    if (isForward) found.push(...textsOf(page));
    else found.unshift(...textsOf(page));
    const next = isForward ? page.nextForwardToken : page.nextBackwardToken;
    if (next === nextToken) return found;
    nextToken = next;
  }
}

async function readGroup({ call }: DirectLogs, limit: number, logStreamNames?: string[]): Promise<string[]> {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await call.FilterLogEvents({ logGroupName, limit, nextToken, logStreamNames });
    found.push(...textsOf(page));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

/** The same chances every time: a linear congruence, as good as any here. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const STORES: Readonly<Record<string, () => Store>> = {
  memory: createMemoryStore,
  hostile: () => createHostileStore(createMemoryStore(), chances(37)),
};

test.each(Object.keys(STORES))(
  "every way to read gives all events in order: %s",
  async (name) => {
    const runs = name === "memory" ? 60 : 15;
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 5 }), async (given, limit) => {
        const direct = directLogs(STORES[name]?.() as Store);
        const put = await fill(direct, given);
        expect(await readGroup(direct, limit)).toEqual(inOrder(put));
        const two = put.filter(({ stream }) => stream !== "b");
        expect(await readGroup(direct, limit, ["a", "c"])).toEqual(inOrder(two));
        for (const stream of STREAMS) {
          const own = inOrder(put.filter((event) => event.stream === stream));
          expect(await readStream(direct, stream, limit, true)).toEqual(own);
          expect(await readStream(direct, stream, limit, false)).toEqual(own);
        }
      }),
      { numRuns: runs, seed: 7 },
    );
  },
  120_000,
);
