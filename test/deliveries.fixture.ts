// A platform with functions and queues to deliver to, and what its commands print.
import {
  CreateEventSourceMappingCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type NuageOptions, startNuage } from "nuage/testing";
import type { Command } from "../src/cli/command.ts";
import type { Store } from "../src/store/store.ts";
import { createFunction } from "./functions.fixture.ts";

let wrapStore: ((store: Store) => Store) | undefined;

/** Has every platform that is started from here on stand on a store wrapped like this. */
export function onStores(wrap: (store: Store) => Store): void {
  wrapStore = wrap;
}

export async function startDeliveries(options: NuageOptions = {}) {
  const nuage = await startNuage(wrapStore ? { ...options, parts: { wrapStore } } : options);
  const lambda = nuage.client(LambdaClient);
  const sqs = nuage.client(SQSClient);
  return {
    nuage,
    lambda,
    sqs,
    deploy(name: string, code: string, more?: Partial<CreateFunctionCommandInput>) {
      return createFunction(lambda, name, code, more);
    },
    async queue(QueueName: string, Attributes: Record<string, string> = {}) {
      const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
      const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] });
      return { url, arn: (await sqs.send(asked)).Attributes?.QueueArn ?? "" };
    },
    async connect(FunctionName: string, EventSourceArn: string) {
      const BatchSize = 1;
      await lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, BatchSize }));
      await nuage.idle();
    },
    /** Asks for an asynchronous run, as an application does, and waits until all that follows is done. */
    async start(FunctionName: string, event: unknown = {}) {
      const Payload = JSON.stringify(event);
      await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
      await nuage.idle();
    },
    /** What a command prints, and its exit status. */
    async run(command: Command, ...args: string[]) {
      let out = "";
      const terminal = {
        out(text: string) {
          out += text;
        },
        err: () => {},
        columns: 160,
        colour: false,
      };
      const status = await command([...args, "--endpoint", nuage.endpoint], terminal);
      return { status, out };
    },
    async ask<T>(path: string, init?: RequestInit): Promise<T> {
      return (await (await fetch(nuage.endpoint + path, init)).json()) as T;
    },
  };
}

export type Deliveries = Awaited<ReturnType<typeof startDeliveries>>;

/** A function that sends a message to a queue for each of its records, or for its event. */
export const SENDS = (url: string): string => `
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
const sqs = new SQSClient({});
export const handler = async ({ Records = [{}] }) => {
  for (const _ of Records) {
    await sqs.send(new SendMessageCommand({ QueueUrl: "${url}", MessageBody: "again" }));
  }
};`;
