import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnswerStream } from "../kernel/functions.ts";
import { createTrial, type Trial } from "./trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial();
});
afterAll(() => trial.close());

const streaming = (body: string, change = {}) =>
  trial.version(
    {
      "index.js": `const fs = require("fs"); const { once } = require("events");
        const { pipeline } = require("stream/promises"); const { Readable } = require("stream");
        exports.handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} });`,
    },
    change,
  );

/** Takes an answer as it comes; `hold` keeps the writer waiting until it is let go. */
class Sink implements AnswerStream {
  contentType = "";
  readonly chunks: Buffer[] = [];
  #waiting: (() => void)[] = [];
  #heard: (() => void)[] = [];
  #isHeld = false;

  begin(contentType: string): void {
    this.contentType = contentType;
  }

  write(chunk: Uint8Array): Promise<void> {
    this.chunks.push(Buffer.from(chunk));
    for (const tell of this.#heard.splice(0)) tell();
    return this.#isHeld ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  hold(): void {
    this.#isHeld = true;
  }

  letGo(): void {
    this.#isHeld = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }
}

describe("a handler that streams", () => {
  it("has its first bytes read before it goes on", async () => {
    const version = streaming(
      `stream.setContentType("text/plain");
       stream.write("one ");
       while (!fs.existsSync(event.until)) await new Promise((resolve) => setTimeout(resolve, 2));
       stream.write(Buffer.from("two ")); stream.write({ three: 3 }); stream.end();`,
    );
    const until = join(trial.folder, "go-on");
    const stream = new Sink();
    const running = trial.invoke(version, { until }, { stream });
    await stream.until(() => stream.text === "one ");
    expect(existsSync(until)).toBe(false);
    expect(stream.contentType).toBe("text/plain");
    writeFileSync(until, "");
    const reply = await running;
    expect(stream.text).toBe('one two {"three":3}');
    expect(reply.value).toBe('one two {"three":3}');
    expect(reply).not.toHaveProperty("functionError");
  });

  it("is held back while nobody reads, and loses nothing", async () => {
    const version = streaming(
      `const piece = Buffer.alloc(100_000, 97); let written = 0;
       for (let index = 0; index < 70; index++) {
         const more = stream.write(piece);
         written += piece.length;
         if (!more) { fs.writeFileSync(event.note, String(written)); await once(stream, "drain"); }
       }
       stream.end();`,
    );
    const note = join(trial.folder, "note");
    const stream = new Sink();
    stream.hold();
    const running = trial.invoke(version, { note }, { stream });
    // It fills what may be under way, and then stands still.
    await stream.until(() => Buffer.concat(stream.chunks).length >= 256 * 1024);
    const readFirst = Buffer.concat(stream.chunks).length;
    expect(readFirst).toBeLessThanOrEqual(256 * 1024);
    stream.letGo();
    expect(await running).not.toHaveProperty("functionError");
    expect(Buffer.concat(stream.chunks).length).toBe(7_000_000);
    const streamed = trial.usages.filter(({ unit }) => unit === "lambda:Streamed-GB");
    expect(streamed.map(({ quantity }) => quantity)).toEqual([(7_000_000 - 6 * 1024 ** 2) / 1024 ** 3]);
  });

  it("begins an HTTP answer with its status and headers", async () => {
    const version = streaming(
      `const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ["a=1"] });
       await pipeline(Readable.from(["x", "y"]), http);`,
    );
    const stream = new Sink();
    await trial.invoke(version, {}, { stream });
    expect(stream.contentType).toBe("application/vnd.awslambda.http-integration-response");
    expect(stream.text).toBe(`{"statusCode":201,"cookies":["a=1"]}${"\0".repeat(8)}xy`);
  });

  it("answers whole where nobody takes it as it comes", async () => {
    const version = streaming(`stream.write('{"a":'); stream.end("1}");`);
    expect((await trial.invoke(version)).value).toEqual({ a: 1 });
    const large = streaming(`stream.write(Buffer.alloc(6_291_557)); stream.end();`);
    expect((await trial.invoke(large)).value).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
  });

  it("may fail before or in the middle of its answer", async () => {
    const version = streaming(`if (event.first) stream.write("part"); throw new RangeError("no more");`);
    const stream = new Sink();
    const midway = await trial.invoke(version, { first: true }, { stream });
    expect(stream.text).toBe("part");
    expect(midway).toMatchObject({ functionError: "Unhandled", errorType: "RangeError" });
    expect(midway.value).toMatchObject({ errorMessage: "no more" });
    expect(midway.tail).toContain("ERROR\tInvoke Error \t");
    expect((await trial.invoke(version)).value).toMatchObject({ errorType: "RangeError" });
    // The environment goes on.
    const again = new Sink();
    await trial.invoke(version, { first: true }, { stream: again });
    expect(again.text).toBe("part");
  });

  it("is told what it does wrong", async () => {
    const late = streaming(`stream.write("x"); stream.setContentType("text/html");`);
    expect((await trial.invoke(late)).value).toMatchObject({
      errorType: "Runtime.InvalidStreamingOperation",
      errorMessage: "Cannot set content-type, too late.",
    });
    const plain = trial.version({
      "index.js": "exports.handler = awslambda.streamifyResponse((event, stream) => { stream.end('x') });",
    });
    expect((await trial.invoke(plain)).value).toMatchObject({
      errorMessage: "Streaming does not support non-async handlers.",
    });
    const returning = streaming(`stream.end('"x"'); return 7;`);
    const reply = await trial.invoke(returning);
    expect(reply.value).toBe("x");
    expect(reply.tail).toContain("WARN\tStreaming handlers ignore return values.");
    const odd = trial.version({
      "index.js": `exports.handler = async () => {};
        exports.handler[Symbol.for("aws.lambda.runtime.handler.streaming")] = "request";`,
    });
    expect((await trial.invoke(odd)).value).toMatchObject({
      errorType: "Runtime.MalformedStreamingHandler",
      errorMessage: "Only response streaming is supported.",
    });
  });

  it("runs into its time limit when it never ends its stream", async () => {
    const reply = await trial.invoke(streaming(`stream.write("x");`, { timeoutMs: 1000 }));
    expect(reply.errorType).toBe("Sandbox.Timeout");
  });

  it("ends at 200 MB", async () => {
    const version = streaming(
      `const piece = Buffer.alloc(1024 * 1024);
       const pieces = (function* () { for (let i = 0; i < 201; i++) yield piece; })();
       await pipeline(Readable.from(pieces), stream);`,
      { timeoutMs: 60_000, memoryMb: 512 },
    );
    let sizeBytes = 0;
    const stream: AnswerStream = {
      begin() {},
      async write(chunk) {
        sizeBytes += chunk.length;
      },
    };
    const reply = await trial.invoke(version, {}, { stream });
    expect(reply.errorType).toBe("Function.ResponseSizeTooLarge");
    expect(sizeBytes).toBe(200 * 1024 * 1024);
  });
});
