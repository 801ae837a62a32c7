import {
  CreateAliasCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arnOf, json, type Lambda, refusal, STORES, startLambda, zipOf } from "./lambda.fixture.ts";

/** The SDK would try a throttled call again and again. */
class NoRetries extends LambdaClient {
  constructor(config: ConstructorParameters<typeof LambdaClient>[0]) {
    super({ ...config, maxAttempts: 1 });
  }
}

describe.each(STORES)("on a %s store", (_kind, options) => {
  let world: Lambda;
  let s3: S3Client;
  beforeAll(async () => {
    world = await startLambda(options);
    s3 = world.nuage.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "seen" }));
  });
  afterAll(() => world.nuage.stop());

  const invoke = (FunctionName: string, more: Partial<InvokeCommandInput> = {}) =>
    world.lambda.send(new InvokeCommand({ FunctionName, ...more }));

  /** A function that leaves a mark in the bucket `seen` for every run, so that tests can count them. */
  const MARK = `
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
export const handler = async (event, context) => {
  const Key = context.functionName + "/" + Date.now() + "-" + Math.random();
  const Body = JSON.stringify({ event, id: context.awsRequestId });
  await s3.send(new PutObjectCommand({ Bucket: "seen", Key, Body }));
  if (event.fail) throw new Error("as told");
  return { done: true };
};`;

  async function marks(name: string): Promise<{ event: unknown; id: string }[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "seen", Prefix: `${name}/` }));
    return Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: "seen", Key }));
        return JSON.parse((await Body?.transformToString()) ?? "");
      }),
    );
  }

  describe("RequestResponse", () => {
    it("answers what the handler returns", async () => {
      await world.create("echo");
      const got = await invoke("echo", { Payload: JSON.stringify({ a: [1, "é"] }) });
      expect(json(got.Payload)).toEqual({ a: [1, "é"] });
      expect(got).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
      expect(got.FunctionError).toBeUndefined();
      expect(got.LogResult).toBeUndefined();
      expect(json((await invoke("echo")).Payload)).toEqual({});
    });

    it("gives the log's tail when asked", async () => {
      await world.create("logs", "export const handler = () => { console.log('hello log'); };");
      const { LogResult = "" } = await invoke("logs", { LogType: "Tail" });
      const log = Buffer.from(LogResult, "base64").toString();
      expect(log).toMatch(/START RequestId: .* Version: \$LATEST/);
      expect(log).toContain("hello log");
      expect(log).toMatch(/REPORT RequestId:/);
    });

    it("tells a handler's error apart from an answer", async () => {
      await world.create("throws", "export const handler = () => { throw new TypeError('broken'); };");
      const got = await invoke("throws");
      expect(got).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
      expect(json(got.Payload)).toMatchObject({ errorType: "TypeError", errorMessage: "broken" });
    });

    it("hands the client context and the named ARN on", async () => {
      await world.create(
        "context",
        "export const handler = (_, c) => Promise.resolve([c.clientContext, c.invokedFunctionArn]);",
      );
      const ClientContext = Buffer.from(JSON.stringify({ custom: { k: "v" } })).toString("base64");
      const got = await invoke(arnOf("context"), { ClientContext });
      expect(json(got.Payload)).toEqual([{ custom: { k: "v" } }, arnOf("context")]);
    });

    it("runs new code and configuration at once", async () => {
      await world.create(
        "changes",
        "export const handler = () => Promise.resolve(process.env.STAGE ?? 'one');",
      );
      expect(json((await invoke("changes")).Payload)).toBe("one");
      await world.lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: "changes",
          Environment: { Variables: { STAGE: "two" } },
        }),
      );
      expect(json((await invoke("changes")).Payload)).toBe("two");
      await world.lambda.send(
        new UpdateFunctionCodeCommand({
          FunctionName: "changes",
          ZipFile: zipOf("export const handler = () => Promise.resolve('three');"),
        }),
      );
      expect(json((await invoke("changes")).Payload)).toBe("three");
    });

    it("takes code from S3 and says what S3 says when it cannot", async () => {
      const Body = zipOf("export const handler = () => Promise.resolve('from S3');");
      await s3.send(new PutObjectCommand({ Bucket: "seen", Key: "code.zip", Body }));
      await world.create("from-s3", "", { Code: { S3Bucket: "seen", S3Key: "code.zip" } });
      expect(json((await invoke("from-s3")).Payload)).toBe("from S3");
      const create = (S3Bucket: string, S3Key: string) =>
        refusal(world.create("bad-s3", "", { Code: { S3Bucket, S3Key } }));
      expect(await create("seen", "no.zip")).toMatchObject({
        name: "InvalidParameterValueException",
        message:
          "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: " +
          "The specified key does not exist.",
      });
      expect(await create("nowhere-at-all", "no.zip")).toMatchObject({
        message:
          "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: " +
          "The specified bucket does not exist",
      });
    });

    it("refuses what is no JSON, too large, or of a function that is not there", async () => {
      await world.create("strict");
      expect(await refusal(invoke("strict", { Payload: "{no" }))).toMatchObject({
        name: "InvalidRequestContentException",
        message: expect.stringMatching(/^Could not parse request body into json: /),
        status: 400,
      });
      const Payload = new Uint8Array(6_291_457).fill(0x20);
      expect(await refusal(invoke("strict", { Payload }))).toEqual({
        name: "RequestTooLargeException",
        message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        status: 413,
      });
      expect(await refusal(invoke("strict", { ClientContext: "no base64!" }))).toMatchObject({
        message: "Client context must be a valid Base64-encoded JSON object.",
      });
      expect(await refusal(invoke("nobody"))).toEqual({
        name: "ResourceNotFoundException",
        message: `Function not found: ${arnOf("nobody")}`,
        status: 404,
      });
      expect(await refusal(invoke("strict", { Qualifier: "9" }))).toMatchObject({
        message: `Function not found: ${arnOf("strict")}:9`,
      });
    });

    it("runs nothing in a dry run", async () => {
      await world.create("dry", MARK);
      expect((await invoke("dry", { InvocationType: "DryRun" })).StatusCode).toBe(204);
      await world.nuage.idle();
      expect(await marks("dry")).toEqual([]);
    });
  });

  describe("versions and aliases", () => {
    it("run the code they were published with, shared by weight", async () => {
      await world.create("weighed", "export const handler = (_, c) => Promise.resolve(c.functionVersion);");
      const publish = () => world.lambda.send(new PublishVersionCommand({ FunctionName: "weighed" }));
      expect((await publish()).Version).toBe("1");
      await world.lambda.send(
        new UpdateFunctionConfigurationCommand({ FunctionName: "weighed", Description: "second" }),
      );
      expect((await publish()).Version).toBe("2");
      expect(json((await invoke("weighed")).Payload)).toBe("$LATEST");
      expect(json((await invoke("weighed:1")).Payload)).toBe("1");
      await world.lambda.send(
        new CreateAliasCommand({ FunctionName: "weighed", Name: "live", FunctionVersion: "1" }),
      );
      const alias = async () => {
        const got = await invoke("weighed", { Qualifier: "live" });
        expect(json(got.Payload)).toBe(got.ExecutedVersion);
        return got.ExecutedVersion;
      };
      const weigh = (weights: Record<string, number>) =>
        world.lambda.send(
          new UpdateAliasCommand({
            FunctionName: "weighed",
            Name: "live",
            RoutingConfig: { AdditionalVersionWeights: weights },
          }),
        );
      expect(await alias()).toBe("1");
      await weigh({ "2": 1 });
      expect(await alias()).toBe("2");
      await weigh({ "2": 0.5 });
      const versions = new Set<string | undefined>();
      for (let n = 0; n < 100 && versions.size < 2; n++) versions.add(await alias());
      expect([...versions].sort()).toEqual(["1", "2"]);
      await weigh({});
      expect(await alias()).toBe("1");
    });
  });

  describe("Event", () => {
    it("answers before the function runs, and runs it once", async () => {
      await world.create("later", MARK);
      const got = await invoke("later", { InvocationType: "Event", Payload: '{"n":1}' });
      expect(got.StatusCode).toBe(202);
      expect(got.Payload?.length ?? 0).toBe(0);
      await world.nuage.idle();
      expect(await marks("later")).toEqual([{ event: { n: 1 }, id: got.$metadata.requestId }]);
    });

    it("is retried twice when the function fails, under the same request id", async () => {
      await world.create("retried", MARK);
      const got = await invoke("retried", { InvocationType: "Event", Payload: '{"fail":true}' });
      await world.nuage.idle();
      expect(await marks("retried")).toHaveLength(1);
      await world.nuage.advance(59_000);
      expect(await marks("retried")).toHaveLength(1);
      await world.nuage.advance(2000);
      expect(await marks("retried")).toHaveLength(2);
      await world.nuage.advance(6 * 3_600_000);
      const runs = await marks("retried");
      expect(runs).toHaveLength(3);
      expect(new Set(runs.map((run) => run.id))).toEqual(new Set([got.$metadata.requestId]));
    });

    it("keeps to the function's event invoke configuration, and tells its destination", async () => {
      await world.create("once", MARK);
      await world.create("told", MARK);
      await world.lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: "once",
          MaximumRetryAttempts: 0,
          DestinationConfig: {
            OnFailure: { Destination: "arn:aws:s3:::seen" },
            OnSuccess: { Destination: arnOf("told") },
          },
        }),
      );
      await invoke("once", { InvocationType: "Event", Payload: '{"fail":true}' });
      await invoke("once", { InvocationType: "Event", Payload: '{"n":2}' });
      await world.nuage.idle();
      await world.nuage.advance(6 * 3_600_000);
      expect(await marks("once")).toHaveLength(2);
      expect(await marks("told")).toMatchObject([
        {
          event: {
            requestContext: { condition: "Success" },
            requestPayload: { n: 2 },
            responsePayload: { done: true },
          },
        },
      ]);
      expect(await marks("aws/lambda/async/once")).toMatchObject([
        {
          requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 1 },
          responsePayload: { errorMessage: "as told" },
        },
      ]);
    });

    it("is refused above 1 MB and for what is no JSON", async () => {
      const Payload = `"${"x".repeat(1_048_576)}"`;
      expect(await refusal(invoke("later", { InvocationType: "Event", Payload }))).toEqual({
        name: "RequestTooLargeException",
        message: "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
        status: 413,
      });
      expect((await refusal(invoke("later", { InvocationType: "Event", Payload: "no" }))).name).toBe(
        "InvalidRequestContentException",
      );
    });

    it("can be sent the old way", async () => {
      await world.create("old", MARK);
      const got = await world.lambda.send(
        new InvokeAsyncCommand({ FunctionName: "old", InvokeArgs: new TextEncoder().encode('{"old":1}') }),
      );
      expect(got.Status).toBe(202);
      await world.nuage.idle();
      expect(await marks("old")).toMatchObject([{ event: { old: 1 } }]);
    });
  });

  describe("reserved concurrency", () => {
    it("of nothing throttles, and is lifted again", async () => {
      await world.create("held");
      const reserve = (ReservedConcurrentExecutions: number) =>
        world.lambda.send(
          new PutFunctionConcurrencyCommand({ FunctionName: "held", ReservedConcurrentExecutions }),
        );
      await reserve(0);
      const throttled = world.nuage.client(NoRetries).send(new InvokeCommand({ FunctionName: "held" }));
      await expect(throttled).rejects.toMatchObject({
        name: "TooManyRequestsException",
        Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
        $metadata: { httpStatusCode: 429 },
      });
      expect(await refusal(reserve(901))).toMatchObject({
        name: "InvalidParameterValueException",
        message:
          "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrent" +
          "Execution " +
          "below its minimum value of [100].",
      });
      await world.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "held" }));
      expect(
        (await world.lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: "held" })))
          .ReservedConcurrentExecutions,
      ).toBeUndefined();
      expect((await invoke("held")).StatusCode).toBe(200);
    });
  });
});
