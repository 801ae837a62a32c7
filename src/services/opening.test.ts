import { expect, test } from "vitest";
import { Lifecycle } from "../kernel/lifecycle.ts";
import { createMemoryStore } from "../store/drivers/memory.ts";
import type { Key } from "../store/store.ts";
import type { AnyService, Background, Service } from "./define.ts";
import { SERVICES } from "./index.ts";
import { Opening } from "./opening.ts";

const SILENT = { error() {}, warn() {}, info() {}, debug() {} };

/** Services of the test's own on a store, with what happened to them in order. */
function stage(services: Readonly<Record<string, Partial<Service>>>, loading = Promise.resolve()) {
  const store = createMemoryStore();
  const lifecycle = new Lifecycle();
  const events: string[] = [];
  const definitions = Object.entries(services).map(([id, parts]) => ({
    id,
    keys: id,
    async open() {
      events.push(`open ${id}`);
      await loading;
      return { service: { handlers: {}, ...parts } };
    },
  })) as unknown as AnyService[];
  const { signal } = lifecycle;
  const begin = () => lifecycle.begin();
  const opening = new Opening(
    definitions,
    { store, log: SILENT },
    {
      signal,
      begin,
      background: ({ id }) => ({ id, signal, begin }) as unknown as Background,
      opened: ({ id }) => void events.push(`opened ${id}`),
    },
  );
  const [first] = definitions;
  if (!first) throw new Error("no service");
  const write = (...key: Key) => store.transact(async (tx) => tx.set(key, null));
  return { first, store, lifecycle, events, opening, write };
}

/** Background work that goes on until the platform stops. */
const until = (events: string[]) => async (world: Background) => {
  events.push("background");
  await new Promise<void>((resolve) => world.signal.addEventListener("abort", () => resolve()));
  events.push("background ended");
};

test("a start opens the services that have records in the store, and no other", async () => {
  const { opening, events, write } = stage({ sqs: {}, sns: {}, events: {} });
  await opening.resume();
  expect(events).toEqual([]);
  await write("sqsBox", "1");
  await write("event", "not of any of them");
  await write("sns");
  await opening.resume();
  expect(events.filter((each) => each.startsWith("opened")).sort()).toEqual(["opened sns", "opened sqs"]);
});

test("is opened once, however many ask, and works between calls until the platform stops", async () => {
  const seen: string[] = [];
  const { first, opening, lifecycle, events } = stage({ sqs: { background: until(seen) } });
  const [one, other] = await Promise.all([opening.open(first), opening.open(first)]);
  expect(one).toBe(other);
  expect(events).toEqual(["open sqs", "opened sqs"]);
  expect(seen).toEqual(["background"]);
  await lifecycle.close(() => {});
  await opening.ended();
  expect(seen).toEqual(["background", "background ended"]);
});

test("what is being opened is work under way, until its own has begun", async () => {
  let load = () => {};
  const loading = new Promise<void>((resolve) => {
    load = resolve;
  });
  const counted: number[] = [];
  const background = async ({ begin }: Background) => void counted.push(begin() && lifecycle.inFlight);
  const { opening, lifecycle, write } = stage({ sqs: { background } }, loading);
  await write("sqs");
  const resumed = opening.resume();
  await write("another");
  expect(lifecycle.inFlight).toBeGreaterThan(0);
  load();
  await resumed;
  // Both: the opening, and what the background has begun.
  expect(counted[0]).toBeGreaterThan(1);
  expect(lifecycle.inFlight).toBe(1);
});

test("a platform that stops begins no work", async () => {
  const seen: string[] = [];
  const { first, opening, lifecycle } = stage({ sqs: { background: until(seen) } });
  await lifecycle.close(() => {});
  await opening.open(first);
  await opening.ended();
  expect(seen).toEqual([]);
});

test("a blob is held when a record of any service names it, opened by then or not", async () => {
  const holdsBlob: Service["holdsBlob"] = async (store, blob) =>
    store.transact(async (tx) => (await tx.get(["sqs", blob])) !== undefined);
  const { opening, write } = stage({ sns: {}, sqs: { holdsBlob } });
  expect(await opening.holdsBlob("a")).toBe(false);
  await write("sqs", "a");
  expect(await opening.holdsBlob("a")).toBe(true);
  expect(await opening.holdsBlob("b")).toBe(false);
});

test.each(SERVICES.map((definition) => [definition.id, definition] as const))(
  "%s says where its records are, if a start must go on with them",
  async (_, definition) => {
    const { service } = await definition.open();
    if (service.background || service.holdsBlob) expect(definition.keys).toMatch(/^[a-z][A-Za-z0-9]+$/);
  },
);
