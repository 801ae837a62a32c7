// What SNS costs through the whole platform, kept in a folder, each figure beside a bare Node HTTP server
// that reads the same form and gives the same answer to the same client:
//
//   npm run build && tsx bench/sns.ts
//
// prints one JSON line a figure.
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFloor } from "./floor.ts";
import { type LoadOptions, load } from "./load.ts";
import { alternate, middle, print, signedFor, startPlatform } from "./platform.ts";

const CLIENTS = 16;
const QUEUES = 100;
const GROUPS = 100;
const BODY = "x".repeat(256);

const agent = new Agent({ keepAlive: true, maxSockets: 256, noDelay: true });
const TOPICS = { ...signedFor("sns"), "content-type": "application/x-www-form-urlencoded" };
const queuesOf = (operation: string) => ({
  ...signedFor("sqs"),
  "content-type": "application/x-amz-json-1.0",
  "x-amz-target": `AmazonSQS.${operation}`,
});

/** One request over a kept connection. */
function send(base: string, headers: Record<string, string>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(base, { agent, method: "POST", headers }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => {
        if (incoming.statusCode === 200) resolve(text);
        else reject(new Error(`${incoming.statusCode}: ${text}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

const formOf = (Action: string, input: Record<string, string>) =>
  new URLSearchParams({ Action, Version: "2010-03-31", ...input }).toString();

const folder = await mkdtemp(join(tmpdir(), "nuage-bench-sns-"));
const platform = await startPlatform(["--data", folder]);

async function queue(operation: string, input: object) {
  return JSON.parse((await send(platform.url, queuesOf(operation), JSON.stringify(input))) || "{}");
}

async function topic(Name: string, attributes: Record<string, string> = {}): Promise<string> {
  const answer = await send(platform.url, TOPICS, formOf("CreateTopic", { Name, ...attributes }));
  return /<TopicArn>([^<]+)</.exec(answer)?.[1] ?? "";
}

/** Lets topics send to a queue. */
const Policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:SendMessage" }],
});

/** Gives the URL of a queue that hears the topic. */
async function listener(TopicArn: string, QueueName: string): Promise<string> {
  const { QueueUrl } = await queue("CreateQueue", { QueueName, Attributes: { Policy } });
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`;
  await send(platform.url, TOPICS, formOf("Subscribe", { TopicArn, Protocol: "sqs", Endpoint }));
  return QueueUrl;
}

/** The same requests of both, in turns, from the load generator. */
async function publishing(name: string, body: string, perRequest: number): Promise<void> {
  const answer = await send(platform.url, TOPICS, body);
  const floor = await startFloor({
    parse: "form",
    headers: { "content-type": "text/xml" },
    body: answer,
  });
  const options: Omit<LoadOptions, "url"> = {
    method: "POST",
    headers: TOPICS,
    body,
    connections: CLIENTS,
    seconds: 1.5,
    warmUpSeconds: 0.7,
  };
  const both = await alternate({ ...options, url: `${platform.url}/` }, { ...options, url: `${floor.url}/` });
  print(name, "messages/s", both.ours * perRequest, both.floor * perRequest);
  await floor.stop();
}

/** Resolves when so many messages lie in the queues together. */
async function drained(urls: readonly string[], expected: number): Promise<void> {
  for (let total = 0; total < expected; ) {
    const counts = await Promise.all(
      urls.map((QueueUrl) =>
        queue("GetQueueAttributes", { QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
      ),
    );
    total = counts.reduce((sum, { Attributes }) => sum + Number(Attributes.ApproximateNumberOfMessages), 0);
  }
}

/** From just before a publish until polls on all queues have the message, beside as many bare requests. */
async function fanOut(TopicArn: string, urls: readonly string[]): Promise<void> {
  const floor = await startFloor({ parse: "form", body: "{}" });
  const times: number[] = [];
  const bare: number[] = [];
  const publish = formOf("Publish", { TopicArn, Message: BODY });
  for (let round = 0; round < 20; round++) {
    const polls = urls.map((QueueUrl) => queue("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedMs = performance.now();
    await send(platform.url, TOPICS, publish);
    await Promise.all(polls);
    times.push(performance.now() - startedMs);
    const bareMs = performance.now();
    await Promise.all(urls.map(() => send(floor.url, TOPICS, publish)));
    bare.push(performance.now() - bareMs);
    for (const QueueUrl of urls) await queue("PurgeQueue", { QueueUrl }).catch(() => undefined);
  }
  print(
    `SNS publish to ${QUEUES} queues, until the last poll has it, median`,
    "ms",
    middle(times),
    middle(bare),
  );
  await floor.stop();
}

/** Deliveries a second with publishes as fast as they go, beside requests a second of a bare server. */
async function throughput(TopicArn: string, urls: readonly string[], messages: number): Promise<void> {
  const floor = await startFloor({ parse: "form", body: "{}" });
  const body = formOf("Publish", { TopicArn, Message: BODY });
  const rate = await load({
    url: `${floor.url}/`,
    method: "POST",
    headers: TOPICS,
    body,
    connections: CLIENTS,
    seconds: 1.5,
  });
  await floor.stop();
  const startedMs = performance.now();
  for (let n = 0; n < messages; n++) await send(platform.url, TOPICS, body);
  await drained(urls, messages * urls.length);
  const perSecond = (messages * urls.length * 1000) / (performance.now() - startedMs);
  print(`SNS deliveries of ${messages} messages to ${QUEUES} queues`, "deliveries/s", perSecond, rate.rps);
}

const alone = await topic("alone");
const message = (TopicArn: string) => formOf("Publish", { TopicArn, Message: BODY });
await publishing("SNS Publish, nobody listens", message(alone), 1);
const heard = await topic("heard");
await listener(heard, "heard");
await publishing("SNS Publish, one queue", message(heard), 1);
const entries: Record<string, string> = {};
for (let n = 1; n <= 10; n++) {
  entries[`PublishBatchRequestEntries.member.${n}.Id`] = `e${n}`;
  entries[`PublishBatchRequestEntries.member.${n}.Message`] = BODY;
}
await publishing("SNS PublishBatch of 10", formOf("PublishBatch", { TopicArn: alone, ...entries }), 10);

const many = await topic("many");
const urls: string[] = [];
for (let n = 0; n < QUEUES; n++) urls.push(await listener(many, `many-${n}`));
await fanOut(many, urls);
const crowd = await topic("crowd");
const crowdUrls: string[] = [];
for (let n = 0; n < QUEUES; n++) crowdUrls.push(await listener(crowd, `crowd-${n}`));
await throughput(crowd, crowdUrls, 50);

const fifo = await topic("groups.fifo", {
  "Attributes.entry.1.key": "FifoTopic",
  "Attributes.entry.1.value": "true",
});
let published = 0;
const startedMs = performance.now();
const client = async () => {
  while (performance.now() - startedMs < 2000) {
    const n = published++;
    const own = { MessageGroupId: `g${n % GROUPS}`, MessageDeduplicationId: `d${n}` };
    await send(platform.url, TOPICS, formOf("Publish", { TopicArn: fifo, Message: BODY, ...own }));
  }
};
await Promise.all(Array.from({ length: CLIENTS }, client));
console.log(
  JSON.stringify({
    name: `SNS FIFO publish, ${GROUPS} groups, nobody listens`,
    value: Math.round((published / (performance.now() - startedMs)) * 1000),
    unit: "messages/s",
  }),
);
await platform.stop();
agent.destroy();
await rm(folder, { recursive: true, force: true });
