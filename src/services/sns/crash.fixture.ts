import { writeSync } from "node:fs";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directSns } from "./direct.fixture.ts";

/**
 * Publishes to a standard and a FIFO topic and delivers, without end until it is killed. Prints
 * `sent <message>` for every publish that was acknowledged, and `got <queue> <message>` when a queue has one.
 * Functions get theirs under the key `ran` of the store.
 */
const [folder = "", run = "0"] = process.argv.slice(2);
const store = await openLmdbStore({ folder, durability: "process" });
const { call, start } = directSns(
  store,
  async (queue, input) => void writeSync(1, `got ${queue} ${input.MessageBody}\n`),
  (tx, event) => {
    tx.append(["ran"], JSON.parse(new TextDecoder().decode(event.payload)).Records[0].Sns.Message);
  },
);
const Attributes = { RawMessageDelivery: "true" };
const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const { TopicArn: standard = "" } = await call.CreateTopic({ Name: "standard" });
const { TopicArn: ordered = "" } = await call.CreateTopic({
  Name: "ordered.fifo",
  Attributes: { FifoTopic: "true" },
});
await call.Subscribe({ TopicArn: standard, Protocol: "sqs", Endpoint: arn("one"), Attributes });
await call.Subscribe({ TopicArn: standard, Protocol: "sqs", Endpoint: arn("two"), Attributes });
const Endpoint = "arn:aws:lambda:us-east-1:000000000000:function:f";
await call.Subscribe({ TopicArn: standard, Protocol: "lambda", Endpoint });
await call.Subscribe({ TopicArn: ordered, Protocol: "sqs", Endpoint: arn("three.fifo"), Attributes });
start();

async function publish(worker: number): Promise<never> {
  for (let count = 0; ; count++) {
    const Message = `${run}-${worker}-${count}`;
    const own = { MessageGroupId: `g${worker}`, MessageDeduplicationId: Message };
    await call.Publish(
      worker % 2 === 0 ? { TopicArn: standard, Message } : { TopicArn: ordered, Message, ...own },
    );
    writeSync(1, `sent ${Message}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(publish));
