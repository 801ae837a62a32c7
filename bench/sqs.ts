// What SQS costs through the whole platform, kept in a folder, each figure beside a bare Node HTTP server
// that reads the same JSON and gives the same answers to the same client:
//
//   npm run build && tsx bench/sqs.ts [messages waiting, 100000]
//
// prints one JSON line a figure.
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFloor } from "./floor.ts";
import { type LoadOptions, load } from "./load.ts";
import { alternate, middle, print, residentMib, signedFor, startPlatform } from "./platform.ts";

const WAITING = Number(process.argv[2] ?? 100_000);
const CLIENTS = 16;
const GROUPS = 1000;
const BODY = "x".repeat(256);

const agent = new Agent({ keepAlive: true, maxSockets: 64, noDelay: true });
const headersOf = (operation: string) => ({
  ...signedFor("sqs"),
  "content-type": "application/x-amz-json-1.0",
  "x-amz-target": `AmazonSQS.${operation}`,
});

interface Answer {
  readonly QueueUrl?: string;
  readonly Messages?: readonly { readonly ReceiptHandle: string }[];
}

/** One call over a kept connection. */
function call(base: string, operation: string, input: object): Promise<Answer> {
  const body = JSON.stringify(input);
  return new Promise((resolve, reject) => {
    const outgoing = request(base, { agent, method: "POST", headers: headersOf(operation) }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => {
        if (incoming.statusCode === 200) resolve(text === "" ? {} : JSON.parse(text));
        else reject(new Error(`${operation} was answered with ${incoming.statusCode}: ${text}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** How often a second `work` is done by so many clients, for a while. */
async function rate(seconds: number, work: (client: number) => Promise<number>): Promise<number> {
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  let done = 0;
  const client = async (_: unknown, index: number) => {
    while (performance.now() < endMs) {
      const more = await work(index);
      done += more;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (done / (performance.now() - startedMs)) * 1000;
}

const folder = await mkdtemp(join(tmpdir(), "nuage-bench-sqs-"));
const platform = await startPlatform(["--data", folder]);

async function create(QueueName: string): Promise<string> {
  const Attributes = QueueName.endsWith(".fifo") ? { FifoQueue: "true" } : {};
  return (await call(platform.url, "CreateQueue", { QueueName, Attributes })).QueueUrl ?? "";
}

let sent = 0;
function entries(count: number, own: (n: number) => object = () => ({})): object[] {
  return Array.from({ length: count }, () => {
    sent++;
    return { Id: `e${sent}`, MessageBody: BODY, ...own(sent) };
  });
}

async function fill(QueueUrl: string, count: number, own?: (n: number) => object): Promise<void> {
  let left = count;
  const client = async () => {
    while (left > 0) {
      left -= 10;
      await call(platform.url, "SendMessageBatch", { QueueUrl, Entries: entries(10, own) });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** The same requests of both, in turns, from the load generator. */
async function sending(name: string, operation: string, input: object, perRequest: number): Promise<void> {
  const body = JSON.stringify(input);
  const answer = JSON.stringify(await call(platform.url, operation, input));
  const floor = await startFloor({
    parse: "json",
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: answer,
  });
  const options: Omit<LoadOptions, "url"> = {
    method: "POST",
    headers: headersOf(operation),
    body,
    connections: CLIENTS,
    seconds: 1.5,
    warmUpSeconds: 0.7,
  };
  const both = await alternate({ ...options, url: `${platform.url}/` }, { ...options, url: `${floor.url}/` });
  print(name, "messages/s", both.ours * perRequest, both.floor * perRequest);
  await floor.stop();
}

/** Receives and deletes `count` at a time, beside two requests of a bare server with the same answers. */
async function consuming(name: string, QueueUrl: string, count: number): Promise<void> {
  const receive = { QueueUrl, MaxNumberOfMessages: count };
  const sample = await call(platform.url, "ReceiveMessage", receive);
  const take = (base: string) => async () => {
    const { Messages = [] } = await call(base, "ReceiveMessage", receive);
    if (count === 1) {
      await call(base, "DeleteMessage", { QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle });
    } else {
      const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: `${n}`, ReceiptHandle }));
      await call(base, "DeleteMessageBatch", { QueueUrl, Entries });
    }
    return Messages.length;
  };
  const floor = await startFloor({ parse: "json", body: JSON.stringify(sample) });
  const bare: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < 3; round++) {
    bare.push(await rate(0.8, take(floor.url)));
    ours.push(await rate(0.8, take(platform.url)));
  }
  print(name, "messages/s", middle(ours), middle(bare));
  await floor.stop();
}

/** From just before a send until the long poll that waits has the message, beside a bare round trip. */
async function wakeUp(): Promise<void> {
  const QueueUrl = await create("wake");
  const floor = await startFloor({ parse: "json", body: "{}" });
  const times: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 200; round++) {
    const waiting = call(platform.url, "ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 });
    await new Promise((resolve) => setTimeout(resolve, 3));
    const startedMs = performance.now();
    const sending = call(platform.url, "SendMessage", { QueueUrl, MessageBody: BODY });
    const { Messages } = await waiting;
    times.push(performance.now() - startedMs);
    await sending;
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await call(platform.url, "DeleteMessage", { QueueUrl, ReceiptHandle });
    const bareMs = performance.now();
    await call(floor.url, "SendMessage", { QueueUrl, MessageBody: BODY });
    bare.push(performance.now() - bareMs);
  }
  print("SQS long poll wake-up, median", "ms", middle(times), middle(bare));
  await floor.stop();
}

/** Medians of one caller who sends, receives and deletes one message after another. */
async function latencies(QueueUrl: string): Promise<{ send: number; receive: number }> {
  const times = { send: [] as number[], receive: [] as number[] };
  for (let round = 0; round < 300; round++) {
    const sentMs = performance.now();
    await call(platform.url, "SendMessage", { QueueUrl, MessageBody: BODY });
    const receivedMs = performance.now();
    times.send.push(receivedMs - sentMs);
    const { Messages = [] } = await call(platform.url, "ReceiveMessage", { QueueUrl });
    times.receive.push(performance.now() - receivedMs);
    await call(platform.url, "DeleteMessage", { QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle });
  }
  return { send: middle(times.send), receive: middle(times.receive) };
}

async function flatness(): Promise<void> {
  const QueueUrl = await create("crowded");
  const rates = async () => {
    const send = await load({
      url: `${platform.url}/`,
      method: "POST",
      headers: headersOf("SendMessage"),
      body: JSON.stringify({ QueueUrl, MessageBody: BODY }),
      connections: CLIENTS,
      seconds: 1.5,
    });
    const receive = await rate(1.5, async () => {
      const { Messages = [] } = await call(platform.url, "ReceiveMessage", { QueueUrl });
      const ReceiptHandle = Messages[0]?.ReceiptHandle;
      if (ReceiptHandle) await call(platform.url, "DeleteMessage", { QueueUrl, ReceiptHandle });
      return Messages.length;
    });
    return { send: send.rps, receive };
  };
  const few = await rates();
  const before = await latencies(QueueUrl);
  await fill(QueueUrl, WAITING);
  const many = await rates();
  const after = await latencies(QueueUrl);
  // The floor here is the same queue, nearly empty.
  print(`SQS send, one caller, ${WAITING} waiting, beside few`, "ms", after.send, before.send);
  print(`SQS receive, one caller, ${WAITING} waiting, beside few`, "ms", after.receive, before.receive);
  const held = { name: `SQS memory with ${WAITING} waiting, the mapped store in it` };
  console.log(JSON.stringify({ ...held, value: Math.round(residentMib(platform.pid)), unit: "MiB" }));
  print(`SQS send, ${WAITING} waiting, beside few`, "messages/s", many.send, few.send);
  print(`SQS receive and delete, ${WAITING} waiting, beside few`, "messages/s", many.receive, few.receive);
}

const single = await create("single");
await sending("SQS SendMessage", "SendMessage", { QueueUrl: single, MessageBody: BODY }, 1);
await sending(
  "SQS SendMessageBatch of 10",
  "SendMessageBatch",
  { QueueUrl: single, Entries: entries(10) },
  10,
);
await consuming("SQS receive and delete", single, 1);
await consuming("SQS receive and delete, batches of 10", single, 10);
await wakeUp();
const fifo = await create("groups.fifo");
const own = (n: number) => ({ MessageGroupId: `g${n % GROUPS}`, MessageDeduplicationId: `d${n}` });
const startedMs = performance.now();
const count = Math.min(30_000, WAITING);
await fill(fifo, count, own);
console.log(
  JSON.stringify({
    name: `SQS FIFO send in batches of 10, ${GROUPS} groups`,
    value: Math.round((count / (performance.now() - startedMs)) * 1000),
    unit: "messages/s",
  }),
);
await consuming(`SQS FIFO receive and delete in batches of 10, ${GROUPS} groups`, fifo, 10);
await flatness();
await platform.stop();
agent.destroy();
await rm(folder, { recursive: true, force: true });
