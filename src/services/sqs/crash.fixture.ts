import { writeSync } from "node:fs";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directSqs } from "./direct.fixture.ts";

/**
 * Sends to a standard and a FIFO queue, receives and deletes, without end until it is killed. Prints
 * `sent <body>` for every message whose send was acknowledged, and `gone <body>` before each delete.
 */
const [folder = "", run = "0"] = process.argv.slice(2);
const { call } = directSqs(await openLmdbStore({ folder, durability: "process" }));
const fifo = { FifoQueue: "true" };
const standardUrl = (await call.CreateQueue({ QueueName: "standard" })).QueueUrl ?? "";
const fifoUrl = (await call.CreateQueue({ QueueName: "ordered.fifo", Attributes: fifo })).QueueUrl ?? "";

async function send(worker: number): Promise<never> {
  for (let count = 0; ; count++) {
    const body = `${run}-${worker}-${count}`;
    // Every seventh is large, so that it lies apart.
    const MessageBody = count % 7 === 0 ? body.padEnd(5000) : body;
    if (worker % 2 === 0) await call.SendMessage({ QueueUrl: standardUrl, MessageBody });
    else {
      const own = { MessageGroupId: `g${worker}`, MessageDeduplicationId: body };
      await call.SendMessage({ QueueUrl: fifoUrl, MessageBody, ...own });
    }
    writeSync(1, `sent ${body}\n`);
  }
}

async function consume(QueueUrl: string): Promise<never> {
  for (;;) {
    const { Messages = [] } = await call.ReceiveMessage({ QueueUrl, MaxNumberOfMessages: 2 });
    for (const { Body = "", ReceiptHandle } of Messages) {
      writeSync(1, `gone ${Body.trim()}\n`);
      await call.DeleteMessage({ QueueUrl, ReceiptHandle });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all([0, 1, 2, 3, 4, 5].map(send).concat([consume(standardUrl), consume(fifoUrl)]));
