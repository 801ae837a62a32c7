// Killed at any point, the platform has lost nothing that it told, and of telemetry its last moments at most.
import { readdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { strToU8 } from "fflate";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startPlatform } from "./cli.ts";
import { zip } from "./zip.ts";

const CODE = `export const handler = async ({ say, fail }) => {
  console.log("say " + say);
  if (fail) throw new TypeError("as asked");
};`;

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "nuage-telemetry-crash-"));
});
afterEach(() => rm(data, { recursive: true, force: true }));

const FunctionName = "one";

function lambdaAt(endpoint: string): LambdaClient {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return new LambdaClient({ endpoint, region: "us-east-1", credentials });
}

async function invoke(lambda: LambdaClient, say: string, fail = false): Promise<void> {
  await lambda.send(new InvokeCommand({ FunctionName, Payload: strToU8(JSON.stringify({ say, fail })) }));
}

async function read<Answer>(endpoint: string, path: string): Promise<Answer> {
  return (await (await fetch(`${endpoint}/_nuage/${path}`)).json()) as Answer;
}

/** What the function has said, as its log tells it. */
async function said(endpoint: string): Promise<string[]> {
  const { lines } = await read<{ lines: { message: string }[] }>(endpoint, "logs?function=one&limit=10000");
  return lines.flatMap(({ message }) => /say (\S+)/.exec(message)?.[1] ?? []).reverse();
}

/** When telemetry was last written. */
function writtenMs(): number {
  const files = readdirSync(data, { recursive: true, encoding: "utf8" });
  return Math.max(
    ...files.filter((name) => name.includes("telemetry")).map((name) => statSync(join(data, name)).mtimeMs),
  );
}

it("keeps what ran though it is killed, all but the last moments, and goes on with it", async () => {
  const first = await startPlatform(["--data", data]);
  const before = lambdaAt(first.endpoint);
  await before.send(
    new CreateFunctionCommand({
      ...{ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler" },
      Role: "arn:aws:iam::000000000000:role/r",
      Code: { ZipFile: zip({ "index.mjs": CODE }) },
    }),
  );
  for (const say of ["a", "b", "c"]) await invoke(before, say, say !== "a");
  // To ask is enough to be told of what has just been answered.
  expect(await said(first.endpoint)).toEqual(["a", "b", "c"]);
  await invoke(before, "d");
  // Nobody asks: what came until then is written by itself.
  const answeredMs = writtenMs();
  await expect
    .poll(async () => {
      await before.send(new GetFunctionCommand({ FunctionName }));
      return writtenMs();
    })
    .toBeGreaterThan(answeredMs);
  for (const say of ["e", "f"]) await invoke(before, say);
  await first.end("SIGKILL");

  const second = await startPlatform(["--data", data]);
  const kept = await said(second.endpoint);
  expect(["a", "b", "c", "d", "e", "f"].slice(0, Math.max(4, kept.length))).toEqual(kept);
  const { traces } = await read<{ traces: { functions: string[]; errorCount: number }[] }>(
    second.endpoint,
    "traces?function=one&limit=100",
  );
  expect(traces.length).toBeGreaterThanOrEqual(4);
  expect(traces.filter(({ errorCount }) => errorCount > 0)).toHaveLength(2);
  const { issues } = await read<{ issues: { title: string; events: number }[] }>(second.endpoint, "errors");
  expect(issues).toMatchObject([{ title: "TypeError: as asked", events: 2 }]);
  await invoke(lambdaAt(second.endpoint), "g");
  expect(await said(second.endpoint)).toEqual([...kept, "g"]);
  expect(second.output()).not.toContain("set aside");
  // What may be missing is said, once.
  expect(first.output()).not.toContain("was killed");
  expect(second.output()).toContain("was killed when it ran last");
  expect(await second.end("SIGTERM")).toBe(0);
  const third = await startPlatform(["--data", data]);
  expect(third.output()).not.toContain("was killed");
  expect(await third.end("SIGTERM")).toBe(0);
}, 120_000);
