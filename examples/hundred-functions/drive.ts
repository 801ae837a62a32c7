// Sends every function what the table says: npx tsx examples/hundred-functions/drive.ts
// To the platform at NUAGE_ENDPOINT, or at http://localhost:4566. Retries come as their time comes.
import { fileURLToPath } from "node:url";
import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { FUNCTIONS } from "./functions.ts";
import type { KnownFunction, Step } from "./known.ts";

const AT_ONCE = 4;

/** Resolves when all has been sent and every caller has been answered. */
export async function drive(endpoint: string): Promise<void> {
  const driver = new Driver(endpoint);
  // Those that take longest are the last in the table.
  const left = FUNCTIONS.toReversed().filter((each) => !isAtGate(each));
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) await driver.send(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  // There is one gate: those who wait there come one after the other.
  for (const each of FUNCTIONS.filter(isAtGate)) await driver.send(each);
  driver.close();
}

const isAtGate = ({ sends = [] }: KnownFunction) =>
  sends.some((step) => "callTogether" in step || "callMeanwhile" in step);

class Driver {
  readonly #endpoint: string;
  readonly #lambda: LambdaClient;
  readonly #sqs: SQSClient;
  readonly #kinesis: KinesisClient;
  readonly #dynamodb: DynamoDBClient;
  readonly #apis: ApiGatewayV2Client;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    // What is refused is to be counted once.
    const config = { endpoint, region: "us-east-1", credentials, maxAttempts: 1 };
    this.#lambda = new LambdaClient(config);
    this.#sqs = new SQSClient(config);
    this.#kinesis = new KinesisClient(config);
    this.#dynamodb = new DynamoDBClient(config);
    this.#apis = new ApiGatewayV2Client(config);
  }

  close(): void {
    for (const client of [this.#lambda, this.#sqs, this.#kinesis, this.#dynamodb, this.#apis])
      client.destroy();
  }

  async send(to: KnownFunction): Promise<void> {
    for (const step of to.sends ?? []) await this.#take(to, step);
  }

  async #take({ name, source }: KnownFunction, step: Step): Promise<void> {
    if ("call" in step) {
      for (let time = 0; time < (step.times ?? 1); time++) await this.#call(name, step.call, step.qualifier);
    } else if ("event" in step) {
      const Payload = JSON.stringify(step.event);
      await this.#lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload }));
    } else if ("callTogether" in step) {
      const calls = Array.from({ length: step.times }, () => this.#call(name, step.callTogether));
      await this.#arrived(step.times);
      await this.#go(step.times);
      await Promise.all(calls);
    } else if ("callMeanwhile" in step) {
      const held = this.#call(name, step.callMeanwhile);
      await this.#arrived(1);
      for (let time = 0; time < step.times; time++) await this.#call(name, step.callMeanwhile);
      await this.#go(1);
      await held;
    } else if ("messages" in step) {
      const Entries = step.messages.map((MessageBody, at) => ({ Id: `m${at}`, MessageBody }));
      await this.#sqs.send(new SendMessageBatchCommand({ QueueUrl: await this.#url(name), Entries }));
    } else if ("records" in step) {
      for (const record of step.records) {
        const Data = Buffer.from(record);
        await this.#kinesis.send(new PutRecordCommand({ StreamName: name, PartitionKey: "one", Data }));
      }
    } else if ("items" in step) {
      for (const id of step.items)
        await this.#dynamodb.send(new PutItemCommand({ TableName: name, Item: { id: { S: id } } }));
    } else if (source?.kind === "http") {
      const { path, method } = source;
      const { Items = [] } = await this.#apis.send(new GetApisCommand());
      const address = `${this.#endpoint}/_aws/execute-api/${Items[0]?.ApiId}${path}`;
      const body = method === "post" ? { body: step.request } : {};
      for (let time = 0; time < (step.times ?? 1); time++) await fetch(address, { method, ...body });
    }
  }

  /** A function that fails is the point; one that is refused too. */
  async #call(FunctionName: string, event: unknown, Qualifier?: string): Promise<void> {
    const Payload = JSON.stringify(event);
    try {
      await this.#lambda.send(new InvokeCommand({ FunctionName, Payload, Qualifier }));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "TooManyRequestsException") throw error;
    }
  }

  async #url(QueueName: string): Promise<string> {
    const { QueueUrl = "" } = await this.#sqs.send(new GetQueueUrlCommand({ QueueName }));
    return QueueUrl;
  }

  /** Resolves when so many functions wait at the gate. */
  async #arrived(count: number): Promise<void> {
    const QueueUrl = await this.#url("gate-here");
    for (let here = 0; here < count; ) {
      const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 });
      const { Messages = [] } = await this.#sqs.send(asked);
      for (const { ReceiptHandle } of Messages)
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      here += Messages.length;
    }
  }

  async #go(count: number): Promise<void> {
    const QueueUrl = await this.#url("gate-go");
    for (let one = 0; one < count; one++)
      await this.#sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "go" }));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await drive(process.env.NUAGE_ENDPOINT ?? "http://localhost:4566");
}
