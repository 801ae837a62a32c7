// Thousands of random histories, each held against a model so simple that it can be read: a list of
// messages, and what each of them is at this moment.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHostileStore } from "../../store/drivers/hostile.ts";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import type { Store } from "../../store/store.ts";
import { histories, patienceMs } from "../histories.fixture.ts";
import { type Direct, directSqs } from "./direct.fixture.ts";

interface Kept {
  readonly body: string;
  readonly group: string;
  readonly sentMs: number;
  visibleMs: number;
  receives: number;
  receivedMs: number;
  /** Of the latest receive. */
  handle?: string;
}

type Step =
  | { kind: "send"; group: number; delay: number; size: number }
  | { kind: "receive"; count: number; visibility: number; at: number }
  | { kind: "delete" | "show" | "prolong"; which: number }
  | { kind: "wait"; seconds: number }
  | { kind: "purge" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      group: fc.nat(2),
      delay: fc.constantFrom(0, 0, 0, 5, 60),
      size: fc.constantFrom(1, 1, 5000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("receive" as const),
      count: fc.integer({ min: 1, max: 10 }),
      visibility: fc.constantFrom(0, 10, 30),
      at: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("delete" as const, "show" as const, "prolong" as const),
      which: fc.nat(9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      seconds: fc.constantFrom(1, 5, 10, 30, 70, 4000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("purge" as const) }) },
);

const RETENTION_SECONDS = 3600;
const MOST_RECEIVES = 3;

/** The service and its model, side by side. */
class Trial {
  readonly #fifo: boolean;
  readonly #sqs: Direct;
  #url = "";
  #deadUrl = "";
  #kept: Kept[] = [];
  #dead: Kept[] = [];
  /** Every handle ever given out, and for which message. */
  readonly #handles: [string, Kept][] = [];
  #sent = 0;
  #purgedMs = 0;
  /** A message past its last chance may still be there: it goes when its turn comes. */
  #unsure = false;

  constructor(store: Store, fifo: boolean) {
    this.#fifo = fifo;
    this.#sqs = directSqs(store);
  }

  async open(): Promise<void> {
    const suffix = this.#fifo ? ".fifo" : "";
    const Attributes = this.#fifo ? { FifoQueue: "true" } : {};
    const { CreateQueue } = this.#sqs.call;
    const dead = await CreateQueue({ QueueName: `dead${suffix}`, Attributes });
    const policy = {
      deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:dead${suffix}`,
      maxReceiveCount: MOST_RECEIVES,
    };
    const made = await CreateQueue({
      QueueName: `queue${suffix}`,
      Attributes: {
        ...Attributes,
        RedrivePolicy: JSON.stringify(policy),
        MessageRetentionPeriod: String(RETENTION_SECONDS),
      },
    });
    this.#url = made.QueueUrl ?? "";
    this.#deadUrl = dead.QueueUrl ?? "";
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "send") await this.#send(step);
    else if (step.kind === "receive") await this.#receive(step);
    else if (step.kind === "wait") this.#sqs.nowMs += step.seconds * 1000;
    else if (step.kind === "purge") await this.#purge();
    else await this.#handle(step.kind, step.which);
    await this.#compareCounts();
  }

  async #send({ group, delay, size }: Step & { kind: "send" }): Promise<void> {
    const body = `${this.#sent++}:`.padEnd(size, "x");
    const own = this.#fifo ? { MessageGroupId: `${group}`, MessageDeduplicationId: body.slice(0, 100) } : {};
    const delaySeconds = this.#fifo ? 0 : delay;
    const { nowMs } = this.#sqs;
    await this.#sqs.call.SendMessage({
      QueueUrl: this.#url,
      MessageBody: body,
      DelaySeconds: delaySeconds,
      ...own,
    });
    const visibleMs = nowMs + delaySeconds * 1000;
    this.#kept.push({ body, group: `${group}`, sentMs: nowMs, visibleMs, receives: 0, receivedMs: 0 });
  }

  /** Several receives at once: together they may get what one may get. */
  async #receive({ count, visibility, at }: Step & { kind: "receive" }): Promise<void> {
    const { nowMs } = this.#sqs;
    this.#expire();
    const before = this.#available();
    this.#exhaust();
    const available = this.#available();
    const answers = await Promise.all(
      Array.from({ length: visibility === 0 ? 1 : at }, () =>
        this.#sqs.call.ReceiveMessage({
          QueueUrl: this.#url,
          MaxNumberOfMessages: count,
          VisibilityTimeout: visibility,
        }),
      ),
    );
    const got = answers.flatMap(({ Messages = [] }) => Messages);
    const taken = got.map(({ Body }) => this.#kept.find(({ body }) => body === Body));
    expect(new Set(taken).size).toBe(taken.length);
    if (this.#fifo) expectInOrder(taken as Kept[], available);
    for (const message of taken) expect(available).toContain(message);
    const most = count * answers.length;
    if (!this.#fifo || answers.length === 1) expect(taken.length).toBe(Math.min(most, available.length));
    else if (before.length > 0 && available.length > 0) expect(taken.length).toBeGreaterThan(0);
    for (const [index, message] of taken.entries()) {
      if (!message) continue;
      message.receives++;
      message.receivedMs = nowMs;
      message.visibleMs = nowMs + visibility * 1000;
      message.handle = got[index]?.ReceiptHandle ?? "";
      this.#handles.push([message.handle, message]);
    }
  }

  async #handle(kind: "delete" | "show" | "prolong", which: number): Promise<void> {
    const [handle, message] = this.#handles.at(-1 - which) ?? [];
    if (handle === undefined || message === undefined) return;
    const { nowMs } = this.#sqs;
    const there = this.#kept.includes(message);
    const current = there && message.handle === handle && message.visibleMs > nowMs;
    const request = { QueueUrl: this.#url, ReceiptHandle: handle };
    const seconds = kind === "show" ? 0 : 20;
    const done = await (kind === "delete"
      ? this.#sqs.call.DeleteMessage(request)
      : this.#sqs.call.ChangeMessageVisibility({ ...request, VisibilityTimeout: seconds })
    ).then(
      () => true,
      () => false,
    );
    if (kind === "delete") {
      const deletes = there && message.handle === handle && (current || !this.#fifo);
      expect(done).toBe(!(this.#fifo && there && !current));
      if (deletes) this.#kept.splice(this.#kept.indexOf(message), 1);
    } else if (current) {
      expect(done).toBe(true);
      message.visibleMs = nowMs + seconds * 1000;
    }
  }

  async #purge(): Promise<void> {
    const { nowMs } = this.#sqs;
    if (this.#purgedMs + 60_000 > nowMs) return;
    await this.#sqs.call.PurgeQueue({ QueueUrl: this.#url });
    this.#purgedMs = nowMs;
    this.#kept = [];
    this.#unsure = false;
  }

  /** What a receive may get: all that is visible, of a FIFO group what comes before the first hidden. */
  #available(): Kept[] {
    const blocked = new Set<string>();
    return this.#kept.filter(({ visibleMs, group }) => {
      const visible = visibleMs <= this.#sqs.nowMs;
      if (!visible) blocked.add(group);
      return visible && !(this.#fifo && blocked.has(group));
    });
  }

  #expire(): void {
    const live = ({ sentMs }: Kept) => sentMs + RETENTION_SECONDS * 1000 > this.#sqs.nowMs;
    // In FIFO order an expired message that is in flight still holds up its group.
    this.#kept = this.#kept.filter((one) => live(one) || one.visibleMs > this.#sqs.nowMs);
  }

  #exhaust(): void {
    const gone = this.#available().filter(({ receives }) => receives >= MOST_RECEIVES);
    this.#dead.push(...gone);
    if (gone.length > 0) this.#unsure = true;
    this.#kept = this.#kept.filter((one) => !gone.includes(one));
  }

  /** Exact, as long as nothing is past its retention and nothing waits to be moved away. */
  async #compareCounts(): Promise<void> {
    const { nowMs } = this.#sqs;
    const old = [...this.#kept].some(
      ({ sentMs, receives }) => sentMs + RETENTION_SECONDS * 1000 <= nowMs || receives >= MOST_RECEIVES,
    );
    if (old || this.#unsure) return;
    const { Attributes = {} } = await this.#sqs.call.GetQueueAttributes({
      QueueUrl: this.#url,
      AttributeNames: ["All"],
    });
    const hidden = this.#kept.filter(({ visibleMs }) => visibleMs > nowMs);
    expect({
      visible: Attributes.ApproximateNumberOfMessages,
      flight: Attributes.ApproximateNumberOfMessagesNotVisible,
      delayed: Attributes.ApproximateNumberOfMessagesDelayed,
    }).toEqual({
      visible: String(this.#kept.length - hidden.length),
      flight: String(hidden.filter(({ receives }) => receives > 0).length),
      delayed: String(hidden.filter(({ receives }) => receives === 0).length),
    });
  }

  /** In the end everything that was neither deleted nor too old is still there to be had. */
  async close(): Promise<void> {
    const drained: string[] = [];
    for (let round = 0; round < 12; round++) {
      this.#sqs.nowMs += 61_000;
      for (let more = true; more; ) {
        const request = { QueueUrl: this.#url, MaxNumberOfMessages: 10, VisibilityTimeout: 50 };
        const { Messages = [] } = await this.#sqs.call.ReceiveMessage(request);
        for (const { Body = "", ReceiptHandle } of Messages) {
          await this.#sqs.call.DeleteMessage({ QueueUrl: this.#url, ReceiptHandle });
          drained.push(Body);
        }
        more = Messages.length > 0;
      }
    }
    const { Messages = [] } = await this.#sqs.call.ReceiveMessage({
      QueueUrl: this.#deadUrl,
      MaxNumberOfMessages: 10,
    });
    const found = new Set([...drained, ...Messages.map(({ Body }) => Body)]);
    const lost = this.#kept.filter(
      ({ body, sentMs }) => !found.has(body) && sentMs + 2_000_000 > this.#sqs.nowMs,
    );
    expect(Messages.length < 10 ? lost : []).toEqual([]);
    expect(new Set(drained).size).toBe(drained.length);
  }
}

/** Of each group, those taken are the first available ones, in the order in which they were sent. */
function expectInOrder(taken: readonly Kept[], available: readonly Kept[]): void {
  for (const group of new Set(taken.map((one) => one.group))) {
    const mine = taken.filter((one) => one.group === group).map(({ body }) => body);
    const first = available.filter((one) => one.group === group).map(({ body }) => body);
    expect(mine).toEqual(first.slice(0, mine.length));
  }
}

async function run(store: Store, fifo: boolean, steps: readonly Step[]): Promise<void> {
  const trial = new Trial(store, fifo);
  await trial.open();
  for (const each of steps) await trial.take(each);
  await trial.close();
  await store.close();
}

/** The same chances for the same history: a linear congruence, as good as any here. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each([
  ["standard", false],
  ["FIFO", true],
] as const)("random histories of a %s queue", (_, fifo) => {
  const steps = fc.array(step, { minLength: 1, maxLength: 30 });

  test(
    "are as the model says",
    async () => {
      const property = fc.asyncProperty(steps, (all) => run(createMemoryStore(), fifo, all));
      await fc.assert(property, { numRuns: histories(1500) });
    },
    patienceMs(120_000),
  );

  test(
    "are so on a hostile store",
    async () => {
      const property = fc.asyncProperty(steps, fc.nat(), (all, seed) =>
        run(createHostileStore(createMemoryStore(), chances(seed)), fifo, all),
      );
      await fc.assert(property, { numRuns: histories(300) });
    },
    patienceMs(120_000),
  );
});
