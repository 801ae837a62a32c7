// Each kind of target on its own: what it is sent, and what its refusals come to.
import { describe, expect, test } from "vitest";
import { Fault } from "../kernel/faults.ts";
import type { AsyncEvent } from "../kernel/functions.ts";
import type { Transaction } from "../store/store.ts";
import type { Context } from "./define.ts";
import { isRetryable, sendToTarget, type TargetRequest } from "./targets.ts";

interface Fake {
  readonly permits?: "allowed" | "denied" | "missing";
  readonly answer?: unknown;
}

const SENDER = {
  service: "events.amazonaws.com",
  sourceArn: "arn:aws:events:us-east-1:000000000000:rule/r",
  sourceAccount: "000000000000",
};
const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:eu-central-1:111111111111:${resource}`;

async function send(target: Pick<TargetRequest, "arn"> & Partial<TargetRequest>, fake: Fake = {}) {
  const calls: unknown[][] = [];
  const queued: AsyncEvent[] = [];
  const context = {
    endpoint: "http://localhost:4566",
    ids: { uuid: () => "an-id" },
    trace: { root: "1-00000000-000000000000000000000000", sampled: true, lineage: [] },
    functions: {
      permits: async () => fake.permits ?? "allowed",
      enqueue: (_: Transaction, event: AsyncEvent) => queued.push(event),
    },
    call: async (...call: unknown[]) => {
      calls.push(call);
      return fake.answer ?? {};
    },
  } as unknown as Context;
  const sent = await sendToTarget(context, { input: '{"a":1}', sender: SENDER, ...target });
  return { sent, calls, queued };
}

describe("what a target is sent", () => {
  test("a function gets its event in the caller's transaction", async () => {
    const arn = arnOf("lambda", "function:f");
    const { sent, queued, calls } = await send({ arn });
    expect(queued).toEqual([]);
    sent.write?.({} as Transaction);
    expect(calls).toEqual([]);
    expect(queued).toMatchObject([
      { functionArn: arn, source: "events", sourceArn: SENDER.sourceArn, requestId: "an-id" },
    ]);
    expect(new TextDecoder().decode(queued[0]?.payload)).toBe('{"a":1}');
  });

  test("a function that is waited for gives its answer", async () => {
    const answer = { Payload: new TextEncoder().encode('"hello"') };
    const { sent } = await send({ arn: arnOf("lambda", "function:f"), synchronous: true }, { answer });
    expect(new TextDecoder().decode(sent.answer)).toBe('"hello"');
  });

  test.each([
    [
      { arn: arnOf("sqs", "q.fifo"), messageGroupId: "g", messageDeduplicationId: "d" },
      "sqs",
      "SendMessage",
      {
        QueueUrl: "http://localhost:4566/queue/eu-central-1/111111111111/q.fifo",
        MessageBody: '{"a":1}',
        MessageGroupId: "g",
        MessageDeduplicationId: "d",
      },
    ],
    [{ arn: arnOf("sns", "t") }, "sns", "Publish", { TopicArn: arnOf("sns", "t"), Message: '{"a":1}' }],
    [
      { arn: arnOf("kinesis", "stream/s"), partitionKey: "k" },
      "kinesis",
      "PutRecord",
      {
        StreamARN: arnOf("kinesis", "stream/s"),
        PartitionKey: "k",
        Data: new TextEncoder().encode('{"a":1}'),
      },
    ],
    [
      { arn: arnOf("events", "event-bus/b"), event: { source: "s", detailType: "d" } },
      "events",
      "PutEvents",
      {
        Entries: [
          { EventBusName: arnOf("events", "event-bus/b"), Source: "s", DetailType: "d", Detail: '{"a":1}' },
        ],
      },
    ],
  ])("%o", async (target, service, operation, input) => {
    const { calls } = await send(target);
    expect(calls).toEqual([[service, operation, input]]);
  });
});

describe("what is refused", () => {
  const refusal = async (...given: Parameters<typeof send>): Promise<Fault> => {
    const error = await send(...given).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Fault);
    return error as Fault;
  };
  const lambda = { arn: arnOf("lambda", "function:f") };

  test.each([
    ["a function that is gone", lambda, { permits: "missing" }, "ResourceNotFoundException", "not found"],
    ["one without permission", lambda, { permits: "denied" }, "AccessDeniedException", "not authorized"],
    ["no ARN", { arn: "q" }, {}, "ValidationException", "correct format"],
    ["a service of AWS's", { arn: arnOf("states", "s") }, {}, "NotImplemented", "AWS Step Functions"],
    ["any other", { arn: arnOf("nothing", "s") }, {}, "NotImplemented", "nothing is not part"],
    ["a bus without a source", { arn: arnOf("events", "event-bus/b") }, {}, "ValidationException", "source"],
  ] as const)("%s, for good", async (_, target, fake, code, wording) => {
    const fault = await refusal(target, fake);
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(wording);
    expect(isRetryable(fault)).toBe(false);
  });

  test("a function's error, when it was waited for, may be tried again", async () => {
    const answer = { Payload: new TextEncoder().encode('{"errorMessage":"no"}'), FunctionError: "Unhandled" };
    const fault = await refusal({ ...lambda, synchronous: true }, { answer });
    expect(fault.message).toContain('{"errorMessage":"no"}');
    expect(isRetryable(fault)).toBe(true);
  });

  test("an entry that a bus refused is the bus's fault", async () => {
    const arn = arnOf("events", "event-bus/b");
    const answer = { Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "no" }] };
    const fault = await refusal({ arn, event: { source: "s", detailType: "d" } }, { answer });
    expect([fault.code, isRetryable(fault)]).toEqual(["InternalFailure", true]);
  });

  test("a role stands for a function's policy", async () => {
    await expect(send({ ...lambda, roleArn: "r" }, { permits: "denied" })).resolves.toBeDefined();
  });
});

test.each([
  ["ThrottlingException", 400, true],
  ["TooManyRequestsException", 429, true],
  ["ProvisionedThroughputExceededException", 400, true],
  ["InternalErrorException", 400, true],
  ["ServiceUnavailable", 503, true],
  ["Whatever", 500, true],
  ["QueueDoesNotExist", 400, false],
  ["NotFoundException", 404, false],
  ["AccessDeniedException", 403, false],
  ["NotImplemented", 501, false],
])("%s with status %i: another attempt may do better? %s", (code, status, retryable) => {
  expect(isRetryable(new Fault(code, "", { status }))).toBe(retryable);
});
