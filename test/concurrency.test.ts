// How many ran at once, which, and with what; and what went on after the answer.
import { InvokeCommand, LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ConcurrencyView, InstantView } from "../src/console/concurrency.ts";
import { nuage as command } from "./cli.ts";
import { createFunction, invoke as run } from "./functions.fixture.ts";

let nuage: Nuage;
let lambda: LambdaClient;
beforeAll(async () => {
  nuage = await startNuage();
  lambda = nuage.client(LambdaClient);
});
afterAll(() => nuage.stop());

const create = (name: string, code: string) => createFunction(lambda, name, code);

const invoke = (name: string, payload: object = {}) => run(lambda, name, payload);

async function ask<View>(query: string): Promise<View> {
  return (await (await fetch(`${nuage.endpoint}/_nuage/concurrency?${query}`)).json()) as View;
}

test("five at once are five, at their instant and in their time", async () => {
  await create("steady", "export const handler = ({ ms }) => new Promise((done) => setTimeout(done, ms));");
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "steady", ReservedConcurrentExecutions: 5 }),
  );
  const runs = Array.from({ length: 5 }, () => invoke("steady", { ms: 3_000 }));
  const all = Promise.all(runs);
  let now: InstantView;
  do now = await ask<InstantView>(`at=${Math.floor(nuage.clock.now())}`);
  while (now.count < 5);
  expect(now.executions.every(({ functionName, endMs }) => functionName === "steady" && !endMs)).toBe(true);
  const { endpoint, region } = nuage;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const hasty = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
  await expect(hasty.send(new InvokeCommand({ FunctionName: "steady" }))).rejects.toThrow("Rate Exceeded.");
  await all;
  const { peak, peakMs, limit, functions, series } = await ask<ConcurrencyView>("function=steady");
  expect([peak, limit]).toEqual([5, 1_000]);
  // The moment that is told, in whole milliseconds, is one at which so many ran.
  expect(Number.isInteger(peakMs)).toBe(true);
  expect((await ask<InstantView>(`at=${peakMs}&function=steady`)).count).toBe(5);
  expect(Math.max(...series)).toBe(5);
  expect(functions).toMatchObject([
    { peak: 5, invocations: 5, environments: 5, coldStarts: 5, reservedConcurrency: 5 },
  ]);
  expect(functions[0]?.throttles).toBeGreaterThan(0);
  const then = await ask<InstantView>(`at=${new Date(peakMs + 1).toISOString()}&function=steady`);
  expect(then.count).toBe(5);
  expect(new Set(then.executions.map(({ environment }) => environment)).size).toBe(5);
  const shown = await command(["concurrency", "--endpoint", nuage.endpoint]);
  expect(shown.out).toMatch(/^Peak 5 of 1,000 at .*, 0 now\n\n[▁▂▃▄▅▆▇█ ]+\n/);
  // Starts are counted by the clock's ten seconds: two of these have five between them, so one has three.
  const { startsInTenSeconds = 0 } = functions[0] ?? {};
  expect([3, 4, 5]).toContain(startsInTenSeconds);
  expect(shown.out).toMatch(
    new RegExp(`steady +5 +[\\d:.]+ +5 reserved +0 +5 +5 +5 +${startsInTenSeconds} +\\d`),
  );
  const at = await command([
    "concurrency",
    "--at",
    new Date(peakMs + 1).toISOString(),
    "--endpoint",
    nuage.endpoint,
  ]);
  expect(at.out).toMatch(/^At .* 5 invocations were under way, of 1,000 that the account may have\./);
  expect(at.out.match(/^steady +\$LATEST +(starting|running)/gm)).toHaveLength(5);
});

test("work left after the answer is seen where it is stopped, and only that", async () => {
  await create(
    "leaving",
    `const own = setInterval(() => {}, 60_000);
     export const handler = async ({ leaves }) => { if (leaves) setTimeout(() => {}, 5_000); };`,
  );
  await create(
    "calling",
    `import { SQSClient, ListQueuesCommand } from "@aws-sdk/client-sqs";
     const sqs = new SQSClient({});
     export const handler = async () => { await sqs.send(new ListQueuesCommand({})); };`,
  );
  await invoke("leaving");
  await invoke("calling");
  await invoke("calling");
  await invoke("leaving", { leaves: true });
  let found: string;
  do {
    const answer = await fetch(`${nuage.endpoint}/_nuage/traces?function=leaving&limit=1`);
    const { traces } = (await answer.json()) as { traces: { traceId: string }[] };
    found = (await command(["trace", traces[0]?.traceId ?? "", "--endpoint", nuage.endpoint])).out;
  } while (!found.includes("left work"));
  expect(found).toMatch(/leaving left work running +· +Timeout/);
  const calls = await command(["trace", "--function", "calling", "--endpoint", nuage.endpoint]);
  expect(calls.out).toContain("sqs.ListQueues");
  expect(calls.out).not.toContain("left work");
});
