import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lambda, STORES, startLambda } from "../lambda.fixture.ts";
import { serve } from "./urls.fixture.ts";

const STREAM = { InvokeMode: "RESPONSE_STREAM" } as const;

describe.each(STORES)("streams at function URLs on a %s store", (_kind, options) => {
  let world: Lambda;
  let s3: S3Client;
  beforeAll(async () => {
    world = await startLambda(options);
    s3 = world.nuage.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "signs" }));
  });
  afterAll(() => world.nuage.stop());

  /** Writes a part, waits for an object to appear, and goes on. */
  const parts = (first: string, then: string) => `
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client({ forcePathStyle: true });
const look = (Key) => s3.send(new HeadObjectCommand({ Bucket: "signs", Key }));
const exists = (Key) => look(Key).then(() => true, () => false);
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const sign = event.rawPath.slice(1);
  ${first}
  while (!(await exists(sign))) await new Promise((resolve) => setTimeout(resolve, 5));
  ${then}
});`;
  const sign = (Key: string) => s3.send(new PutObjectCommand({ Bucket: "signs", Key, Body: "" }));

  /** The body's text; `seen` is called after each part of it. */
  async function read(response: Response, seen: (text: string) => Promise<unknown>): Promise<string> {
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      await seen(text);
    }
    return text;
  }

  it("answers that are streamed arrive while the function still runs", async () => {
    const first = `const headers = { "Content-Type": "text/event-stream", "x-own": "yes" };
      stream = awslambda.HttpResponseStream.from(stream, { statusCode: 203, headers, cookies: ["a=1"] });
      stream.write("first ");`;
    const url = await serve(world, "streams", parts(first, `stream.end("second");`), STREAM);
    const response = await fetch(`${url}/stream-1`);
    expect(response.status).toBe(203);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-own")).toBe("yes");
    expect(response.headers.getSetCookie()).toEqual(["a=1"]);
    const text = await read(response, async (soFar) => {
      if (soFar === "first ") await sign("stream-1");
    });
    expect(text).toBe("first second");
  });

  it("answers that are streamed as they are have the type that was set", async () => {
    const code = parts(`stream.setContentType("text/csv"); stream.write("a,");`, `stream.end("b");`);
    const url = await serve(world, "typed", code, STREAM);
    await sign("typed-1");
    const response = await fetch(`${url}/typed-1`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/csv"]);
    expect(await response.text()).toBe("a,b");
  });

  it("an answer that fails in the middle breaks off, one that fails before is a 502", async () => {
    const code = parts(`if (sign !== "now") stream.write("part");`, `throw new Error("no");`);
    const url = await serve(world, "breaks", code, STREAM);
    const response = await fetch(`${url}/break-1`);
    await expect(read(response, () => sign("break-1"))).rejects.toThrow();
    await sign("now");
    const failed = await fetch(`${url}/now`);
    expect([failed.status, await failed.text()]).toEqual([502, "Internal Server Error"]);
    await sign("broken-head");
    const odd = await serve(
      world,
      "odd",
      `export const handler = awslambda.streamifyResponse(async (event, stream) => {
        awslambda.HttpResponseStream.from(stream, { statusCode: 1000 }); stream.end("x"); });`,
      STREAM,
    );
    expect((await fetch(odd)).status).toBe(502);
  });

  it("who leaves an answer holds nobody up, and HEAD has no body", async () => {
    const code = parts(
      `for (let i = 0; i < 40; i++) stream.write(Buffer.alloc(100_000));`,
      `stream.end("x");`,
    );
    const url = await serve(world, "leaves", code, STREAM);
    const leaving = new AbortController();
    const response = await fetch(`${url}/leave-1`, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await sign("leave-1");
    await world.nuage.idle();
    const head = await fetch(`${url}/leave-1`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    await world.nuage.idle();
  });

  it("a function that does not stream has its answer given as it is in RESPONSE_STREAM mode", async () => {
    const code = "export const handler = async () => ({ statusCode: 201, body: 'x' });";
    const url = await serve(world, "unstreamed", code, STREAM);
    const response = await fetch(url);
    expect([response.status, await response.json()]).toEqual([200, { statusCode: 201, body: "x" }]);
  });
});
