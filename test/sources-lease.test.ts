// Two platforms on one store: one of them reads a source at a time, and the other takes over when it dies.
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createVirtualClock, type VirtualClock } from "../src/kernel/clock.ts";
import type { Store } from "../src/store/store.ts";
import { fill, type Probe, type TestSources } from "./sources.fixture.ts";

/** A platform as its fellow sees it: it can stop to do anything, at once and in the middle of everything. */
interface Member {
  readonly nuage: Nuage;
  readonly words: TestSources;
  die(): void;
  /** It comes back from a long sleep, and believes that nothing has happened. */
  wake(): void;
}

let folder: string;
let clock: VirtualClock;
let shared: Store | undefined;
/** Those that are awake: whose rest the clock waits for. */
const awake = new Set<Nuage>();
let members: Member[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-lease-"));
  clock = createVirtualClock(async () => {
    for (const nuage of awake) await nuage.idle();
  });
});
afterEach(async () => {
  for (const { wake } of members) wake();
  // The store is the first one's: it goes last.
  for (const { nuage } of members.reverse()) await nuage.stop();
  members = [];
  shared = undefined;
  awake.clear();
  await rm(folder, { recursive: true, force: true });
});

/** Each has a folder of its own; the first one's store and blobs are everybody's. */
async function joinStore(holder: string): Promise<Member> {
  const data = join(folder, holder);
  await mkdir(data);
  const first = members[0] ? join(folder, "one", "blobs") : undefined;
  if (first) await symlink(first, join(data, "blobs"));
  let sleeping: Promise<void> | undefined;
  let wake = () => {};
  const wrapStore = (own: Store): Store => {
    const store = shared ?? own;
    shared = store;
    return {
      transact: async (body) => {
        await sleeping;
        return store.transact(async (tx) => {
          await sleeping;
          return body(tx);
        });
      },
      watch: async (prefix, signal) => {
        await store.watch(prefix, signal);
        await sleeping;
      },
      clear: () => store.clear(),
      close: async () => {
        if (store !== own) await own.close();
        else await store.close();
      },
    };
  };
  const nuage = await startNuage({ data, parts: { clock, holder, wrapStore } });
  const words = { nuage } as TestSources;
  fill(words, folder);
  awake.add(nuage);
  const member: Member = {
    nuage,
    words,
    die() {
      awake.delete(nuage);
      sleeping = new Promise((resolve) => {
        wake = resolve;
      });
    },
    wake() {
      sleeping = undefined;
      wake();
      awake.add(nuage);
    },
  };
  members.push(member);
  return member;
}

const runsBy = async ({ nuage }: Member, probe: Probe): Promise<number> => {
  const answer = await fetch(`${nuage.endpoint}/_nuage/traces?function=${probe.name}&limit=100`);
  return ((await answer.json()) as { traces: unknown[] }).traces.length;
};

const settle = async () => {
  for (const nuage of awake) await nuage.idle();
};

it.each(["a stream", "a queue"])(
  "%s is read by one at a time, and by the other after a death",
  async (kind) => {
    const one = await joinStore("one");
    const probe = await one.words.probe();
    const queue = kind === "a queue" ? await one.words.queue({ VisibilityTimeout: "20" }) : undefined;
    const stream = kind === "a stream" ? await one.words.stream() : undefined;
    const put = (text: string) => (queue ? other.words.send(queueUrl(other), text) : otherPut(text));
    const arn = queue?.arn ?? stream?.arn ?? "";
    await one.words.map(probe, arn, {
      BatchSize: 1,
      ...(stream ? { StartingPosition: "TRIM_HORIZON" as const } : {}),
    });
    const other = await joinStore("other");
    const queueUrl = ({ nuage }: Member) => (queue?.url ?? "").replace(/^http:\/\/[^/]+/, nuage.endpoint);
    const otherPut = async (text: string) => {
      const { PutRecordsCommand } = await import("@aws-sdk/client-kinesis");
      const Records = [{ PartitionKey: "k", Data: Buffer.from(text) }];
      await other.words.kinesis.send(new PutRecordsCommand({ StreamName: stream?.name ?? "", Records }));
    };
    // A queue promises no order.
    const told = (texts: readonly string[]) => (kind === "a stream" ? texts : texts.toSorted());
    for (const text of ["1", "2"]) await put(text);
    await settle();
    expect(told(probe.texts().flat())).toEqual(["1", "2"]);
    expect([await runsBy(one, probe), await runsBy(other, probe)]).toEqual([2, 0]);

    // It dies in the middle of a delivery: its function goes on, and nobody notes what becomes of that.
    probe.plan({ waitMs: 200 });
    await put("3");
    await expect.poll(() => probe.texts().length, { interval: 1 }).toBe(3);
    one.die();
    probe.plan({});
    await put("4");
    await clock.advance(10_000);
    expect(told(probe.texts().flat())).toEqual(["1", "2", "3"]);
    await clock.advance(30_000);
    // Another reads now, from what is written down. What was under way comes again: a stream's in its order.
    expect(told(probe.texts().flat().slice(3))).toEqual(["3", "4"]);
    expect(await runsBy(other, probe)).toBe(2);

    // The first one wakes, with an outcome that counts no more, and leaves the source to the other.
    one.wake();
    await settle();
    for (const text of ["5", "6"]) await put(text);
    await settle();
    await clock.advance(5_000);
    expect(told(probe.texts().flat().slice(5))).toEqual(["5", "6"]);
    expect(await runsBy(other, probe)).toBe(4);
  },
);
