// One platform for a test file, and short words for what tests of logs do over and over.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  type CreateLogGroupCommandInput,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type Nuage, type NuageOptions, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect } from "vitest";
import { zip } from "../../../test/zip.ts";
import type { Store } from "../../store/store.ts";

let wrapStore: ((store: Store) => Store) | undefined;

/** Has every platform that is started from here on stand on a store wrapped like this. */
export function onStores(wrap: (store: Store) => Store): void {
  wrapStore = wrap;
}

export interface TestLogs {
  nuage: Nuage;
  logs: CloudWatchLogsClient;
  lambda: LambdaClient;
  /** Makes a group with a stream `s`. */
  create(group: string, more?: Partial<CreateLogGroupCommandInput>): Promise<void>;
  stream(group: string, ...streams: string[]): Promise<void>;
  /** Puts messages now, or each at a time. */
  put(group: string, stream: string, ...messages: (string | [number, string])[]): Promise<void>;
  get(group: string, stream: string, more?: Partial<GetLogEventsCommandInput>): Promise<string[]>;
  filter(group: string, more?: Partial<FilterLogEventsCommandInput>): Promise<string[]>;
  /** Makes a function of the handler's source text. */
  deploy(name: string, handler: string, more?: object): Promise<string>;
  invoke(name: string, payload?: unknown): Promise<unknown>;
  nowMs(): number;
}

export function useLogs(options: NuageOptions = {}): TestLogs {
  const test = {} as TestLogs;
  beforeAll(async () => {
    test.nuage = await startNuage(wrapStore ? { ...options, parts: { wrapStore } } : options);
    test.logs = test.nuage.client(CloudWatchLogsClient);
    test.lambda = test.nuage.client(LambdaClient);
  });
  afterAll(() => test.nuage.stop());
  test.nowMs = () => Math.floor(test.nuage.clock.now());
  test.create = async (logGroupName, more = {}) => {
    await test.logs.send(new CreateLogGroupCommand({ logGroupName, ...more }));
    await test.stream(logGroupName, "s");
  };
  test.stream = async (logGroupName, ...streams) => {
    for (const logStreamName of streams) {
      await test.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    }
  };
  test.put = async (logGroupName, logStreamName, ...messages) => {
    const now = test.nowMs();
    const logEvents = messages.map((one) => {
      const [timestamp, message] = typeof one === "string" ? [now, one] : one;
      return { timestamp, message };
    });
    await test.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  };
  test.get = async (logGroupName, logStreamName, more = {}) => {
    const { events = [] } = await test.logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true, ...more }),
    );
    return events.map(({ message = "" }) => message);
  };
  test.filter = async (logGroupName, more = {}) => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await test.logs.send(
        new FilterLogEventsCommand({ logGroupName, ...more, ...(nextToken ? { nextToken } : {}) }),
      );
      found.push(...(page.events ?? []).map(({ message = "" }) => message));
      nextToken = page.nextToken;
    } while (nextToken);
    return found;
  };
  test.deploy = async (FunctionName, handler, more = {}) => {
    const made = await test.lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: "arn:aws:iam::000000000000:role/r",
        Code: { ZipFile: zip({ "index.mjs": `export const handler = ${handler};` }) },
        ...more,
      }),
    );
    return made.FunctionArn ?? "";
  };
  test.invoke = async (FunctionName, payload = {}) => {
    const Payload = Buffer.from(JSON.stringify(payload));
    const answer = await test.lambda.send(new InvokeCommand({ FunctionName, Payload }));
    expect(answer.FunctionError).toBeUndefined();
    return JSON.parse(Buffer.from(answer.Payload ?? "null").toString());
  };
  return test;
}
