// Random topics, messages, failures and deaths against models that know only who should hear what, and in
// which order.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Fault } from "../../kernel/faults.ts";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import type { Store } from "../../store/store.ts";
import { histories, patienceMs } from "../histories.fixture.ts";
import { chances, type Direct, directSns, mortal } from "./direct.fixture.ts";

const HOUR_MS = 3_600_000;
const DEDUPLICATION_MS = 300_000;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

/** Remembers which queue got what, in order; fails as often as chance says, before or after it has it. */
class Queues {
  /** By queue: bodies, as often as they came. */
  readonly got = new Map<string, string[]>();
  readonly #chance: () => number;
  /** Whether a queue may also be gone for one message, so that this goes to the dead letters. */
  readonly #mayRefuse: boolean;
  failing = true;

  constructor(chance: () => number, mayRefuse: boolean) {
    this.#chance = chance;
    this.#mayRefuse = mayRefuse;
  }

  readonly send = async (queue: string, input: Record<string, unknown>): Promise<void> => {
    const chance = this.failing ? this.#chance() : 1;
    if (chance < 0.2) throw new Fault("RequestThrottled", "too many", { status: 429 });
    if (this.#mayRefuse && chance < 0.25 && !queue.startsWith("dead")) {
      throw new Fault("QueueDoesNotExist", "gone");
    }
    this.got.set(queue, [...(this.got.get(queue) ?? []), String(input.MessageBody)]);
    if (chance < 0.4) throw new Fault("InternalError", "answered too late", { status: 500 });
  };

  /** Each body once, where it came first. */
  firstsIn(queue: string): string[] {
    return [...new Set(this.got.get(queue))];
  }
}

/** A service that may die: what it knew is then what its store holds. */
class Incarnations {
  readonly #store: Store;
  readonly #queues: Queues;
  #own: ReturnType<typeof mortal> | undefined;
  #running: { stop(): Promise<void> } | undefined;
  #direct: Direct | undefined;

  constructor(store: Store, queues: Queues) {
    this.#store = store;
    this.#queues = queues;
  }

  get direct(): Direct {
    if (!this.#direct) expect.unreachable("nothing has begun");
    return this.#direct;
  }

  /** Ends a life that has begun, and begins another: time goes on from where it was. */
  async begin(): Promise<void> {
    this.#own?.die();
    const nowMs = this.#direct?.clock.now() ?? 0;
    this.#own = mortal(this.#store);
    this.#direct = directSns(this.#own, this.#queues.send);
    await this.direct.clock.advance(Math.max(0, nowMs - this.direct.clock.now()));
    this.#running = this.direct.start();
  }

  async end(): Promise<void> {
    this.#queues.failing = false;
    // Whatever waits is tried again within seconds.
    await this.direct.clock.advance(HOUR_MS);
    await this.#running?.stop();
  }
}

interface Listener {
  readonly colours: readonly string[] | undefined;
  readonly least: number | undefined;
}

const COLOURS = ["red", "green", "blue"];
const listeners = fc.array(
  fc.record({
    colours: fc.option(fc.subarray(COLOURS, { minLength: 1 }), { nil: undefined }),
    least: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 5 },
);
const told = fc.record({ colour: fc.constantFrom(...COLOURS), n: fc.integer({ min: 0, max: 3 }) });
const standardSteps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.array(told, { minLength: 1, maxLength: 4 }).map((tell) => ({ tell })) },
    { weight: 1, arbitrary: fc.constant({ kill: true }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }).map((seconds) => ({ seconds })) },
  ),
  { minLength: 1, maxLength: 12 },
);

const hears = ({ colours, least }: Listener, { colour, n }: { colour: string; n: number }) =>
  (!colours || colours.includes(colour)) && (least === undefined || n >= least);

async function listen(direct: Direct, TopicArn: string, all: readonly Listener[]): Promise<void> {
  for (const [at, { colours, least }] of all.entries()) {
    const policy = {
      ...(colours ? { colour: colours } : {}),
      ...(least === undefined ? {} : { n: [{ numeric: [">=", least] }] }),
    };
    await direct.call.Subscribe({
      TopicArn,
      Protocol: "sqs",
      Endpoint: queueArn(`live-${at}`),
      Attributes: {
        RawMessageDelivery: "true",
        FilterPolicy: JSON.stringify(policy),
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(`dead-${at}`) }),
      },
    });
  }
}

const STORES: [string, (store: Store) => Store][] = [
  ["a kind store", (store) => store],
  ["a hostile store", (store) => createHostileStore(store, chances(5))],
];

test.each(STORES)(
  "a message reaches all subscriptions whose filters let it through, or their dead letters, on %s",
  async (_, wrap) => {
    await fc.assert(
      fc.asyncProperty(listeners, standardSteps, fc.integer(), async (all, history, seed) => {
        const queues = new Queues(chances(seed), true);
        const lives = new Incarnations(wrap(createMemoryStore()), queues);
        await lives.begin();
        const { TopicArn = "" } = await lives.direct.call.CreateTopic({ Name: "topic" });
        await listen(lives.direct, TopicArn, all);
        const sent: { body: string; colour: string; n: number }[] = [];
        for (const step of history) {
          if ("kill" in step) await lives.begin();
          else if ("seconds" in step) await lives.direct.clock.advance(step.seconds * 1000);
          else {
            for (const { colour, n } of step.tell) {
              const body = `m${sent.length}`;
              sent.push({ body, colour, n });
              await lives.direct.call.Publish({
                TopicArn,
                Message: body,
                MessageAttributes: {
                  colour: { DataType: "String", StringValue: colour },
                  n: { DataType: "Number", StringValue: String(n) },
                },
              });
            }
          }
        }
        await lives.end();
        for (const [at, listener] of all.entries()) {
          const expected = sent.filter((one) => hears(listener, one)).map(({ body }) => body);
          const arrived = new Set([...queues.firstsIn(`live-${at}`), ...queues.firstsIn(`dead-${at}`)]);
          expect([...arrived].sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: histories(60) },
    );
  },
  patienceMs(60_000),
);

const fifoSteps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ group: fc.constantFrom("a", "b", "c"), id: fc.integer({ min: 0, max: 5 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ kill: true }) },
    // No sum of these comes near five minutes: what a few real milliseconds add decides nothing.
    { weight: 2, arbitrary: fc.constantFrom(9, 170, 400).map((seconds) => ({ seconds })) },
  ),
  { minLength: 5, maxLength: 25 },
);

/** What a FIFO topic takes: a list, and when each id was taken last. */
class Taken {
  readonly bodies: { group: string; body: string }[] = [];
  readonly #scoped: boolean;
  readonly #seen = new Map<string, { body: string; ms: number }>();

  constructor(scoped: boolean) {
    this.#scoped = scoped;
  }

  /** The body under which the message is known: that of an earlier one when it is a duplicate. */
  take(group: string, id: string, body: string, nowMs: number): string {
    const name = this.#scoped ? `${group} ${id}` : id;
    const seen = this.#seen.get(name);
    if (seen && seen.ms + DEDUPLICATION_MS > nowMs) return seen.body;
    this.#seen.set(name, { body, ms: nowMs });
    this.bodies.push({ group, body });
    return body;
  }
}

test.each(STORES.flatMap(([name, wrap]) => [false, true].map((scoped) => [name, scoped, wrap] as const)))(
  "each group of a FIFO topic stays in order and without duplicates, on %s, by group: %s",
  async (_, scoped, wrap) => {
    await fc.assert(
      fc.asyncProperty(fifoSteps, fc.integer(), async (history, seed) => {
        const queues = new Queues(chances(seed), false);
        const lives = new Incarnations(wrap(createMemoryStore()), queues);
        await lives.begin();
        const { TopicArn = "" } = await lives.direct.call.CreateTopic({
          Name: "topic.fifo",
          Attributes: { FifoTopic: "true", FifoThroughputScope: scoped ? "MessageGroup" : "Topic" },
        });
        const names = ["ordered.fifo", "plain"];
        for (const name of names) {
          const Attributes = { RawMessageDelivery: "true" };
          await lives.direct.call.Subscribe({
            TopicArn,
            Protocol: "sqs",
            Endpoint: queueArn(name),
            Attributes,
          });
        }
        const taken = new Taken(scoped);
        const answers = new Map<
          string,
          { MessageId?: string | undefined; SequenceNumber?: string | undefined }
        >();
        const numbers = new Map<string, string[]>();
        for (const [at, step] of history.entries()) {
          if ("kill" in step) await lives.begin();
          else if ("seconds" in step) await lives.direct.clock.advance(step.seconds * 1000);
          else {
            const [body, id] = [`${at}`, `id-${step.id}`];
            const known = taken.take(step.group, id, body, lives.direct.clock.now());
            const answer = await lives.direct.call.Publish({
              TopicArn,
              Message: body,
              MessageGroupId: step.group,
              MessageDeduplicationId: id,
            });
            expect(answer.SequenceNumber).toMatch(/^\d{20}$/);
            if (known !== body) expect(answer).toEqual(answers.get(known));
            else numbers.set(step.group, [...(numbers.get(step.group) ?? []), answer.SequenceNumber ?? ""]);
            answers.set(body, answer);
          }
        }
        await lives.end();
        for (const all of numbers.values()) expect(all).toEqual([...new Set(all)].sort());
        for (const name of names) {
          const arrived = queues.firstsIn(name);
          expect(arrived).toHaveLength(taken.bodies.length);
          for (const group of ["a", "b", "c"]) {
            const mine = taken.bodies.filter((one) => one.group === group).map(({ body }) => body);
            expect(arrived.filter((body) => mine.includes(body))).toEqual(mine);
          }
        }
      }),
      { numRuns: histories(50) },
    );
  },
  patienceMs(60_000),
);
