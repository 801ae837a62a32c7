import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lambda, refusal, STORES, startLambda } from "./lambda.fixture.ts";

/** Writes a part, waits for an object to appear, and writes the rest. */
const IN_TWO_PARTS = `
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
const look = (Key) => s3.send(new HeadObjectCommand({ Bucket: "signs", Key }));
const exists = (Key) => look(Key).then(() => true, () => false);
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  stream.write("first ");
  while (!(await exists(event.sign))) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log("seen");
  if (event.fail) throw new RangeError("no more");
  stream.end("second");
});`;

/** The SDK would try a throttled call again and again. */
class NoRetries extends LambdaClient {
  constructor(config: ConstructorParameters<typeof LambdaClient>[0]) {
    super({ ...config, maxAttempts: 1 });
  }
}

describe.each(STORES)("InvokeWithResponseStream on a %s store", (_kind, options) => {
  let world: Lambda;
  let s3: S3Client;
  beforeAll(async () => {
    world = await startLambda(options);
    s3 = world.nuage.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "signs" }));
    await world.create("parts", IN_TWO_PARTS, { Timeout: 20 });
    await world.create("plain", "export const handler = async (event) => ({ got: event });");
  });
  afterAll(() => world.nuage.stop());

  const stream = (
    FunctionName: string,
    event: unknown,
    more: Partial<InvokeWithResponseStreamCommandInput> = {},
  ) =>
    world.lambda.send(
      new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event), ...more }),
    );
  const sign = (Key: string) => s3.send(new PutObjectCommand({ Bucket: "signs", Key, Body: "" }));

  /** The events of an answer, with bytes as text; `seen` is called after each chunk. */
  async function collect(
    answer: Awaited<ReturnType<typeof stream>>,
    seen: (text: string) => Promise<unknown> = async () => {},
  ) {
    let text = "";
    let complete: unknown;
    for await (const event of answer.EventStream ?? []) {
      if (event.PayloadChunk?.Payload) {
        text += Buffer.from(event.PayloadChunk.Payload).toString();
        await seen(text);
      }
      if (event.InvokeComplete) complete = event.InvokeComplete;
    }
    return { text, complete };
  }

  it("gives chunks while the function still runs", async () => {
    const answer = await stream("parts", { sign: "one" }, { LogType: "Tail" });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    const { text, complete } = await collect(answer, async (soFar) => {
      if (soFar === "first ") await sign("one");
    });
    expect(text).toBe("first second");
    const { LogResult, ...rest } = complete as { LogResult: string };
    expect(rest).toEqual({});
    expect(Buffer.from(LogResult, "base64").toString()).toMatch(/INFO\tseen\nEND .*\nREPORT /);
  });

  it("says at its end what went wrong in the middle", async () => {
    const answer = await stream("parts", { sign: "two", fail: true });
    const { text, complete } = await collect(answer, () => sign("two"));
    expect(text).toBe("first ");
    const { ErrorCode, ErrorDetails } = complete as { ErrorCode: string; ErrorDetails: string };
    expect(ErrorCode).toBe("Unhandled");
    expect(JSON.parse(ErrorDetails)).toMatchObject({ errorType: "RangeError", errorMessage: "no more" });
  });

  it("gives the answer of a function that does not stream in one piece", async () => {
    expect(await collect(await stream("plain", { a: 1 }))).toEqual({ text: '{"got":{"a":1}}', complete: {} });
    await world.create("broken", "export const handler = async () => { throw new TypeError('no') };");
    const { text, complete } = await collect(await stream("broken", {}));
    expect(text).toBe("");
    expect(complete).toMatchObject({ ErrorCode: "Unhandled" });
  });

  it("checks without running", async () => {
    expect((await stream("plain", {}, { InvocationType: "DryRun" })).StatusCode).toBe(204);
    expect(await refusal(stream("missing", {}, { InvocationType: "DryRun" }))).toMatchObject({
      name: "ResourceNotFoundException",
      status: 404,
    });
  });

  it("is refused before it begins", async () => {
    expect(await refusal(stream("plain", {}, { Payload: "{" }))).toMatchObject({
      name: "InvalidRequestContentException",
    });
    expect(await refusal(stream("plain", {}, { Payload: `"${"x".repeat(6_291_456)}"` }))).toMatchObject({
      name: "RequestTooLargeException",
      status: 413,
    });
    await world.create("closed");
    await world.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "closed", ReservedConcurrentExecutions: 0 }),
    );
    const client = world.nuage.client(NoRetries);
    const throttled = client.send(new InvokeWithResponseStreamCommand({ FunctionName: "closed" }));
    expect(await refusal(throttled)).toMatchObject({ name: "TooManyRequestsException", status: 429 });
  });

  it("lets the function go on when the client leaves", async () => {
    const leaving = new AbortController();
    const answer = await world.lambda.send(
      new InvokeWithResponseStreamCommand({
        FunctionName: "parts",
        Payload: JSON.stringify({ sign: "three" }),
      }),
      { abortSignal: leaving.signal },
    );
    await expect(
      collect(answer, async () => {
        leaving.abort();
        await sign("three");
        throw new Error("left");
      }),
    ).rejects.toThrow();
    await world.nuage.idle();
    // The environment is free again: the same function answers at once.
    const next = await stream("parts", { sign: "three" });
    expect((await collect(next)).text).toBe("first second");
  });

  it("is what Invoke gives whole", async () => {
    await sign("four");
    const { Payload, FunctionError } = await world.lambda.send(
      new InvokeCommand({ FunctionName: "parts", Payload: JSON.stringify({ sign: "four" }) }),
    );
    expect(FunctionError).toBeUndefined();
    expect(Buffer.from(Payload ?? []).toString()).toBe("first second");
  });
});
