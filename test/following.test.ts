// What follows goes on when the platform is started anew, and says so in a line.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLI, documentsOf, nuage, type Started, startPlatform } from "./cli.ts";
import { createFunction, invoke } from "./functions.fixture.ts";

let folder: string;
let platform: Started;
let lambda: LambdaClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-following-"));
  platform = await startPlatform(["--data", folder]);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  lambda = new LambdaClient({ endpoint: platform.endpoint, region: "us-east-1", credentials });
  await createFunction(lambda, "orders", "export const handler = ({ say }) => { throw new Error(say); };");
});
afterAll(async () => {
  await platform.end("SIGTERM");
  await rm(folder, { recursive: true, force: true });
});

const fail = (say: string) => invoke(lambda, "orders", { say });

/** A command that follows, what it has printed so far, and its end by Ctrl-C. */
function following(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args, "-f", "--endpoint", platform.endpoint]);
  const printed = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    printed.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    printed.err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const interrupt = () => {
    child.kill("SIGINT");
    return ended;
  };
  return { name: args[0] ?? "", printed, interrupt };
}

const FOLLOWED: readonly string[] = ["errors", "traces", "logs", "map", "warnings", "concurrency", "metrics"];

test("a platform that is killed is waited for", async () => {
  // There is something to follow for each; a rate of errors is told of three.
  for (let run = 0; run < 2; run++) await fail("before");
  const [issue] = documentsOf((await nuage(["errors", "--json", "--endpoint", platform.endpoint])).out);
  const error = following("error", issue.id);
  const found = following("logs", "filter @message like /second/ | fields @message");
  const all = [...FOLLOWED.map((name) => following(name)), error, found];
  const [errors, traces, logs, map, warnings, concurrency, metrics] = all.map(({ printed }) => printed);
  await expect.poll(() => found.printed.out, { timeout: 20_000 }).toBe("Nothing matches.\n");
  await fail("the first");
  const soon = { timeout: 20_000 };
  await expect.poll(() => errors?.out, soon).toContain("the first");
  await expect.poll(() => error.printed.out, soon).toContain("the first");
  await expect.poll(() => traces?.out, soon).toContain("orders");
  await expect.poll(() => logs?.out, soon).toContain("the first");
  await expect.poll(() => map?.out, soon).toContain("orders");
  await expect.poll(() => warnings?.out, soon).toContain("orders");
  await expect.poll(() => metrics?.out, soon).toContain("AWS/Lambda");
  await expect.poll(() => concurrency?.out, soon).toContain("of 1,000");
  const { port } = new URL(platform.endpoint);
  await platform.end("SIGKILL");
  for (const { printed } of all) {
    await expect.poll(() => printed.err, soon).toMatch(/^-- the platform has stopped; .*--\n$/);
  }
  platform = await startPlatform(["--data", folder, "--port", port]);
  for (const { printed } of all)
    await expect.poll(() => printed.err, soon).toMatch(/-- the platform is back/);
  const before = { errors: errors?.out ?? "", map: map?.out ?? "" };
  await fail("the second");
  await expect.poll(() => errors?.out.slice(before.errors.length), soon).toContain("the second");
  await expect.poll(() => logs?.out, soon).toContain("the second");
  await expect.poll(() => error.printed.out, soon).toContain("the second");
  await expect.poll(() => found.printed.out, soon).toContain("the second");
  await expect.poll(() => map?.out.slice(before.map.length), soon).toContain("orders");
  expect(errors?.out.split("the first")).toHaveLength(2);
  for (const each of all) expect([each.name, await each.interrupt()]).toEqual([each.name, 0]);
}, 60_000);
