// A platform whose system has no file handle left: it says so to whom it concerns, and goes on.
import { connect, type Socket } from "node:net";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { startPlatform } from "./cli.ts";
import { createFunction } from "./functions.fixture.ts";

const HELD = 110;
const AT_ONCE = 20;

test("functions that find no file handles left to start with fail alone, and are started later", async () => {
  const platform = await startPlatform(["--ephemeral"], {}, "ulimit -n 160");
  const lambda = new LambdaClient({
    endpoint: platform.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const { port } = new URL(platform.endpoint);
  const held: Socket[] = [];
  try {
    const code = "export const handler = () => new Promise((done) => setTimeout(done, 300, 'fine'));";
    await createFunction(lambda, "waits", code);
    for (let at = 0; at < HELD; at++) {
      const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
      held.push(socket);
      await new Promise((done) => socket.once("connect", done).once("close", done));
    }
    const invoke = async () => {
      try {
        const { Payload = [] } = await lambda.send(new InvokeCommand({ FunctionName: "waits" }));
        return String(Buffer.from(Payload));
      } catch {
        return "no connection";
      }
    };
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, invoke));
    expect(new Set(answers).size).toBeGreaterThan(1);
    for (const socket of held) socket.destroy();
    await expect.poll(invoke, { timeout: 10_000 }).toBe('"fine"');
    expect(platform.process.exitCode).toBeNull();
  } finally {
    lambda.destroy();
    expect(await platform.end("SIGTERM")).toBe(0);
  }
});
