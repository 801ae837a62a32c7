// What stacks cost: one of 50 resources is made, updated without a change, changed in one place, and deleted.
// Beside making and deleting, what the resources take by themselves: as many calls, all at once. Beside
// updates, one call that only looks at the stack. All by the same SDK:
//
//   npm run build && tsx bench/cloudformation.ts
//
// prints one JSON line a figure.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { middle, print, startPlatform } from "./platform.ts";

const ROUNDS = 7;
const COUNT = 50;

const folder = await mkdtemp(join(tmpdir(), "nuage-bench-stacks-"));
const platform = await startPlatform(["--data", folder]);
const access = {
  endpoint: platform.url,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const client = new CloudFormationClient(access);
const sqs = new SQSClient(access);

/** Half of the queues need the one before them. */
function template(delay: number): string {
  const Resources: Record<string, object> = {};
  for (let index = 0; index < COUNT; index++) {
    const before = index % 2 === 1 ? { DependsOn: `Queue${index - 1}` } : {};
    const Properties = index === 0 ? { DelaySeconds: delay } : {};
    Resources[`Queue${index}`] = { Type: "AWS::SQS::Queue", Properties, ...before };
  }
  return JSON.stringify({ Resources });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Asks as tools do, but without their pauses, until the stack is under way no more. */
async function settled(StackName: string): Promise<void> {
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    if (!stack?.StackStatus?.endsWith("_IN_PROGRESS")) return;
  }
}

const figures = { create: [], same: [], change: [], remove: [], make: [], end: [], look: [] } as {
  [name: string]: number[];
};
const note = (name: string, ms: number) => figures[name]?.push(ms);

for (let round = 0; round < ROUNDS; round++) {
  const StackName = `bench${round}`;
  const { StackId = "" } = await client.send(
    new CreateStackCommand({ StackName: `warm${round}`, TemplateBody: template(0) }),
  );
  await settled(StackId);
  note(
    "create",
    await timed(async () => {
      await client.send(new CreateStackCommand({ StackName, TemplateBody: template(1) }));
      await settled(StackName);
    }),
  );
  note("look", await timed(() => client.send(new DescribeStacksCommand({ StackName }))));
  const update = (delay: number) =>
    client.send(new UpdateStackCommand({ StackName, TemplateBody: template(delay) }));
  note("same", await timed(() => update(1).catch((error: Error) => expectSame(error))));
  note(
    "change",
    await timed(async () => {
      await update(2);
      await settled(StackName);
    }),
  );
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  note(
    "remove",
    await timed(async () => {
      await client.send(new DeleteStackCommand({ StackName }));
      await settled(stack?.StackId ?? "");
    }),
  );
  const names = Array.from({ length: COUNT }, (_, index) => `alone${round}-${index}`);
  const urls: (string | undefined)[] = [];
  const make = async (QueueName: string) => {
    urls.push((await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl);
  };
  note("make", await timed(() => Promise.all(names.map(make))));
  const end = (QueueUrl: string | undefined) => sqs.send(new DeleteQueueCommand({ QueueUrl }));
  note("end", await timed(() => Promise.all(urls.map(end))));
}

function expectSame(error: Error): void {
  if (!error.message.includes("No updates are to be performed")) throw error;
}

const of = (name: string) => middle(figures[name] ?? []);
print(`cloudformation: create a stack of ${COUNT} resources`, "ms", of("create"), of("make"));
print("cloudformation: update it without a change", "ms", of("same"), of("look"));
print("cloudformation: update it in one place", "ms", of("change"), of("look"));
print("cloudformation: delete it", "ms", of("remove"), of("end"));
client.destroy();
sqs.destroy();
await platform.stop();
await rm(folder, { recursive: true, force: true });
