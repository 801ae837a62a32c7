// What one subscription among many means for the others.
import { expect, test } from "vitest";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import type { Transaction } from "../../store/store.ts";
import { directSns } from "./direct.fixture.ts";

const MANY = 1230;
const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

test("more than a thousand queues hear a message, each once, and those who came later do not", async () => {
  const got: string[] = [];
  const { call, start, idle, clock } = directSns(createMemoryStore(), async (queue, { MessageBody }) => {
    got.push(`${queue} ${MessageBody}`);
  });
  const { TopicArn = "" } = await call.CreateTopic({ Name: "crowd" });
  const subscribe = (name: string, Attributes: Record<string, string> = {}) =>
    call.Subscribe({
      TopicArn,
      Protocol: "sqs",
      Endpoint: arn(name),
      Attributes: { RawMessageDelivery: "true", ...Attributes },
    });
  for (let n = 0; n < MANY; n++) {
    // Every tenth wants something else.
    await subscribe(`q${n}`, n % 10 === 0 ? { FilterPolicy: '{"kind":["other"]}' } : {});
  }
  await call.Publish({ TopicArn, Message: "all" });
  await clock.advance(5);
  await subscribe("late");
  const service = start();
  await idle();
  await service.stop();
  const expected = Array.from({ length: MANY }, (_, n) => n).filter((n) => n % 10 !== 0);
  expect(got).toHaveLength(expected.length);
  expect(new Set(got)).toEqual(new Set(expected.map((n) => `q${n} all`)));
});

test("a bug on the way to one queue brings the others nothing twice", async () => {
  const store = createMemoryStore();
  let bugs = 3;
  const service = directSns(store, async (queue, { MessageBody }, tx) => {
    if (queue === "q1" && bugs-- > 0) throw new TypeError("nobody foresaw this");
    const keep = async (tx: Transaction) => void tx.append(["got"], `${queue} ${MessageBody}`);
    await (tx ? keep(tx) : store.transact(keep));
  });
  const got = () =>
    store.transact(async (tx) => {
      const all: unknown[] = [];
      for await (const [, body] of tx.range({ prefix: ["got"] })) all.push(body);
      return all.sort();
    });
  const { TopicArn = "" } = await service.call.CreateTopic({ Name: "small" });
  const Attributes = { RawMessageDelivery: "true" };
  for (const name of ["q0", "q1", "q2"]) {
    await service.call.Subscribe({ TopicArn, Protocol: "sqs", Endpoint: arn(name), Attributes });
  }
  const running = service.start();
  await service.call.Publish({ TopicArn, Message: "m" });
  await service.clock.advance(1_500);
  expect(await got()).toEqual(["q0 m", "q2 m"]);
  await service.clock.advance(10_000);
  await running.stop();
  expect(await got()).toEqual(["q0 m", "q1 m", "q2 m"]);
});
