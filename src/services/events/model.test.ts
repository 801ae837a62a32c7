// Random buses, rules, failures and deaths against a model that knows only what should match what.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Fault } from "../../kernel/faults.ts";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import type { Store } from "../../store/store.ts";
import { histories, patienceMs } from "../histories.fixture.ts";
import { type Direct, directEvents } from "./direct.fixture.ts";

const HOUR_MS = 3_600_000;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

/** The same chances every time: a linear congruence, as good as any here. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Rule {
  readonly sources: readonly string[];
  readonly least: number | undefined;
  readonly targets: number;
}

interface Event {
  readonly source: string;
  readonly n: number;
}

const SOURCES = ["a", "b", "c"];
const rules = fc.array(
  fc.record({
    sources: fc.subarray(SOURCES, { minLength: 1 }),
    least: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    targets: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);
const event = fc.record({ source: fc.constantFrom(...SOURCES), n: fc.integer({ min: 0, max: 3 }) });
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.array(event, { minLength: 1, maxLength: 5 }).map((put) => ({ put })) },
    { weight: 1, arbitrary: fc.constant({ kill: true }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 600 }).map((seconds) => ({ seconds })) },
  ),
  { minLength: 1, maxLength: 15 },
);

const matches = ({ sources, least }: Rule, { source, n }: Event) =>
  sources.includes(source) && (least === undefined || n >= least);

/** Remembers who got what; fails as often as chance says, before or after the target has it. */
class Targets {
  /** By queue, ids of the events. */
  readonly got = new Map<string, string[]>();
  readonly #chance: () => number;
  failing = true;

  constructor(chance: () => number) {
    this.#chance = chance;
  }

  readonly called = async (operation: string, input: Record<string, unknown>): Promise<void> => {
    expect(operation).toBe("sqs.SendMessage");
    const name = String(input.QueueUrl).split("/").at(-1) ?? "";
    const isDead = name.startsWith("dead");
    const chance = isDead || !this.failing ? 1 : this.#chance();
    if (chance < 0.2) throw new Fault("ThrottlingException", "too many");
    if (chance < 0.3) throw new Fault("QueueDoesNotExist", "gone");
    const ids = this.got.get(name) ?? [];
    this.got.set(name, [...ids, JSON.parse(String(input.MessageBody)).id]);
    if (chance < 0.4) throw new Fault("InternalFailure", "answered too late", { status: 500 });
  };
}

/** A store that is cut off from one moment on, as by the death of its process. */
function mortal(store: Store): Store & { die(): void } {
  let dead = false;
  const never = new Promise<never>(() => {});
  return {
    transact: (body) => (dead ? never : store.transact(body)),
    watch: (prefix, signal) => (dead ? never : store.watch(prefix, signal)),
    clear: () => store.clear(),
    close: () => store.close(),
    die() {
      dead = true;
    },
  };
}

async function setUp(direct: Direct, all: readonly Rule[]): Promise<void> {
  await direct.call.CreateEventBus({ Name: "bus" });
  for (const [at, { sources, least, targets }] of all.entries()) {
    const detail = least === undefined ? {} : { detail: { n: [{ numeric: [">=", least] }] } };
    const own = { EventBusName: "bus", EventPattern: JSON.stringify({ source: sources, ...detail }) };
    await direct.call.PutRule({ Name: `r${at}`, ...own });
    await direct.call.PutTargets({
      Rule: `r${at}`,
      EventBusName: "bus",
      Targets: Array.from({ length: targets }, (_, target) => ({
        Id: `t${target}`,
        Arn: queueArn(`live-${at}-${target}`),
        DeadLetterConfig: { Arn: queueArn(`dead-${at}-${target}`) },
      })),
    });
  }
}

async function put(direct: Direct, events: readonly Event[], told: Map<string, Event>): Promise<void> {
  const { Entries = [] } = await direct.call.PutEvents({
    Entries: events.map(({ source, n }) => ({
      EventBusName: "bus",
      Source: source,
      DetailType: "d",
      Detail: JSON.stringify({ n }),
    })),
  });
  for (const [at, { EventId = "" }] of Entries.entries()) {
    const event = events[at];
    if (event) told.set(EventId, event);
  }
}

test.each([
  ["a kind store", (store: Store) => store],
  ["a hostile store", (store: Store) => createHostileStore(store, chances(5))],
])(
  "every event reaches each matching target or its dead-letter queue, on %s",
  async (_, wrap) => {
    await fc.assert(
      fc.asyncProperty(rules, steps, fc.integer(), async (all, history, seed) => {
        const store = wrap(createMemoryStore());
        const targets = new Targets(chances(seed));
        const told = new Map<string, Event>();
        const live = () => {
          const own = mortal(store);
          const direct = directEvents(own, targets.called);
          return { own, direct, running: direct.start() };
        };
        let incarnation = live();
        await setUp(incarnation.direct, all);
        for (const step of history) {
          if ("put" in step) await put(incarnation.direct, step.put, told);
          else if ("seconds" in step) await incarnation.direct.clock.advance(step.seconds * 1000);
          else {
            incarnation.own.die();
            incarnation = live();
          }
        }
        targets.failing = false;
        // Whatever waits is tried again within ten minutes of each other.
        await incarnation.direct.clock.advance(2 * HOUR_MS);
        await incarnation.running.stop();
        for (const [at, rule] of all.entries()) {
          const wanted = [...told].filter(([, event]) => matches(rule, event)).map(([id]) => id);
          for (let target = 0; target < rule.targets; target++) {
            const got = targets.got.get(`live-${at}-${target}`) ?? [];
            const dead = targets.got.get(`dead-${at}-${target}`) ?? [];
            expect(wanted.filter((id) => !got.includes(id) && !dead.includes(id))).toEqual([]);
            expect([...got, ...dead].filter((id) => !wanted.includes(id))).toEqual([]);
          }
        }
      }),
      { numRuns: histories(60) },
    );
  },
  patienceMs(60_000),
);

test("a replay is cancelled between two of its pieces, and survives the death of its process", async () => {
  const store = createMemoryStore();
  const own = mortal(store);
  const targets = new Targets(() => 1);
  const direct = directEvents(own, targets.called);
  await direct.call.CreateEventBus({ Name: "bus" });
  const busArn = "arn:aws:events:us-east-1:000000000000:event-bus/bus";
  const archive = await direct.call.CreateArchive({ ArchiveName: "a", EventSourceArn: busArn });
  const told = new Map<string, Event>();
  for (let batch = 0; batch < 20; batch++) {
    await put(direct, Array(10).fill({ source: "a", n: batch }), told);
  }
  await setUp({ ...direct, call: { ...direct.call, CreateEventBus: async () => ({}) } }, [
    { sources: SOURCES, least: undefined, targets: 1 },
  ]);
  const start = (ReplayName: string) =>
    direct.call.StartReplay({
      ReplayName,
      EventSourceArn: archive.ArchiveArn ?? "",
      EventStartTime: new Date(0),
      EventEndTime: new Date(direct.clock.now() + HOUR_MS),
      Destination: { Arn: busArn },
    });
  await start("cancelled");
  expect(await direct.call.CancelReplay({ ReplayName: "cancelled" })).toMatchObject({ State: "CANCELLING" });
  await start("killed");
  const running = direct.start();
  while ((await direct.call.DescribeReplay({ ReplayName: "killed" })).EventLastReplayedTime === undefined) {
    await new Promise(setImmediate);
  }
  own.die();
  const next = directEvents(store, targets.called);
  const again = next.start();
  await next.idle();
  await again.stop();
  void running;
  const states = await next.call.ListReplays({});
  expect(states.Replays?.map(({ ReplayName, State }) => [ReplayName, State])).toEqual([
    ["cancelled", "CANCELLED"],
    ["killed", "COMPLETED"],
  ]);
  const got = targets.got.get("live-0-0") ?? [];
  expect(new Set(got)).toEqual(new Set(told.keys()));
});
