// What EventBridge costs through the whole platform, kept in a folder, each figure beside a bare Node HTTP
// server that reads the same JSON and gives the same answers to the same client:
//
//   npm run build && tsx bench/events.ts
//
// prints two JSON lines a figure: events a second, and what an event takes of a processor, which hardly
// depends on what else the machine does.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Running, startFloor } from "./floor.ts";
import { type LoadOptions, load } from "./load.ts";
import { alternate, print, processorMs, signedFor, startPlatform } from "./platform.ts";

const CLIENTS = 16;
const MANY = 1000;
const ENTRIES = 10;
const TYPE = "application/x-amz-json-1.1";

const headersOf = (operation: string, service = "events", target = "AWSEvents", type = TYPE) => ({
  ...signedFor(service),
  "content-type": type,
  "x-amz-target": `${target}.${operation}`,
});

const folder = await mkdtemp(join(tmpdir(), "nuage-bench-events-"));
const platform = await startPlatform(["--data", folder]);

async function post(headers: Record<string, string>, input: object): Promise<string> {
  const response = await fetch(platform.url, { method: "POST", headers, body: JSON.stringify(input) });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${headers["x-amz-target"]} was answered with ${response.status}: ${text}`);
  return text;
}

const call = (operation: string, input: object) => post(headersOf(operation), input);

/** A bus with so many rules, each for a type of its own: orders of customers and amounts, as rules go. */
async function bus(name: string, rules: number, targetArn?: string): Promise<void> {
  await call("CreateEventBus", { Name: name });
  for (let n = 0; n < rules; n++) {
    const EventPattern = JSON.stringify({
      source: ["shop.orders"],
      "detail-type": ["Order Placed"],
      detail: { type: [`type-${n}`], amount: [{ numeric: [">", n] }], country: [{ "anything-but": "XX" }] },
    });
    await call("PutRule", { Name: `rule-${n}`, EventBusName: name, EventPattern });
    if (targetArn === undefined) continue;
    const Targets = [{ Id: "q", Arn: targetArn }];
    await call("PutTargets", { Rule: `rule-${n}`, EventBusName: name, Targets });
  }
}

const detail = (type: string) => JSON.stringify({ type, amount: 5000, country: "DE", note: "x".repeat(180) });

/** What an event takes of a server's processor, in microseconds. */
async function costUs(server: Running, options: LoadOptions): Promise<number> {
  const beforeMs = processorMs(server.pid);
  const { requests } = await load({ ...options, warmUpSeconds: 0 });
  return ((processorMs(server.pid) - beforeMs) * 1000) / requests / ENTRIES;
}

/** The same requests of both, in turns, from the load generator. */
async function putting(name: string, EventBusName: string, type: string): Promise<void> {
  const entry = { EventBusName, Source: "shop.orders", DetailType: "Order Placed", Detail: detail(type) };
  const input = { Entries: Array.from({ length: ENTRIES }, () => entry) };
  const answer = await call("PutEvents", input);
  const floor = await startFloor({ parse: "json", headers: { "content-type": TYPE }, body: answer });
  const options = {
    method: "POST",
    headers: headersOf("PutEvents"),
    body: JSON.stringify(input),
    connections: CLIENTS,
    seconds: 1.5,
    warmUpSeconds: 0.7,
  };
  const both = await alternate({ ...options, url: `${platform.url}/` }, { ...options, url: `${floor.url}/` });
  print(name, "events/s", both.ours * ENTRIES, both.floor * ENTRIES);
  const us = await costUs(platform, { ...options, url: `${platform.url}/` });
  print(`${name}, of a processor`, "us/event", us, await costUs(floor, { ...options, url: `${floor.url}/` }));
  await floor.stop();
}

await post(headersOf("CreateQueue", "sqs", "AmazonSQS", "application/x-amz-json-1.0"), { QueueName: "all" });
await bus("one", 1);
await bus("many", MANY);
await bus("led", 1, "arn:aws:sqs:us-east-1:000000000000:all");
await putting("EventBridge PutEvents of 10, 1 rule, none matches", "one", "none");
await putting(`EventBridge PutEvents of 10, ${MANY} rules, none matches`, "many", "none");
await putting(`EventBridge PutEvents of 10, ${MANY} rules, each event matches one`, "many", "type-500");
await putting("EventBridge PutEvents of 10, each to a queue", "led", "type-0");
await platform.stop();
await rm(folder, { recursive: true, force: true });
