// What the reading commands print: metrics and log queries as pictures and tables, and JSON line by line.
import { LambdaClient } from "@aws-sdk/client-lambda";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { concurrency } from "../src/cli/concurrency.ts";
import { errors } from "../src/cli/errors.ts";
import { map } from "../src/cli/map.ts";
import { metrics } from "../src/cli/metrics.ts";
import { widthOf } from "../src/cli/terminal.ts";
import { traces } from "../src/cli/traces.ts";
import { warnings } from "../src/cli/warnings.ts";
import { nuage as command } from "./cli.ts";
import { createFunction, invoke } from "./functions.fixture.ts";

let nuage: Nuage;
beforeAll(async () => {
  nuage = await startNuage();
  const lambda = nuage.client(LambdaClient);
  await createFunction(
    lambda,
    "orders",
    `export const handler = async ({ price }) => {
      console.log(JSON.stringify({ price }));
      if (price > 1) throw new RangeError("too dear");
    };`,
  );
  // All of it in one minute.
  await nuage.advance(60_000 - (nuage.clock.now() % 60_000));
  for (let price = 1; price <= 4; price++) await invoke(lambda, "orders", { price });
  await nuage.idle();
});
afterAll(() => nuage.stop());

const run = (...args: string[]) => command([...args, "--endpoint", nuage.endpoint]);

/** Each line a document. */
async function lines(...args: string[]) {
  const { code, out, err } = await run(...args, "--json");
  expect([code, err]).toEqual([0, ""]);
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("metrics: what there is, and one over time", async () => {
  const list = await run("metrics", "lambda", "--function", "orders");
  expect(list.out).toMatch(/^AWS\/Lambda\nMETRIC +OF +STATISTIC +OVER TIME +LATEST +MOST\n/);
  expect(list.out).toMatch(/\nInvocations +FunctionName=orders +Sum .*█ +4 +4\n/);
  const one = await run("metrics", "lambda", "invocations", "--function", "orders", "--since", "20m");
  expect(one.out).toMatch(/^AWS\/Lambda Invocations {2}FunctionName=orders {2}Sum\n.*█.*\n.*in all 4\n$/);
  const table = await run("metrics", "lambda", "Errors", "--function", "orders", "--table");
  expect(table.out).toMatch(/\nTIME \(UTC\) +Sum\n[-\d]+ \d\d:\d\d:00 +3\n$/);
  const [series] = await lines("metrics", "lambda", "Duration", "--function", "orders", "--stat", "p99");
  expect(series).toMatchObject({ namespace: "AWS/Lambda", name: "Duration", stat: "p99", periodSeconds: 60 });
  expect(series.points[0][1]).toBeGreaterThan(0);
  const unknown = await run("metrics", "lambda", "Nope");
  expect(unknown.err).toContain("There are: ClaimedAccountConcurrency, ConcurrentExecutions, Duration");
});

test("metrics: metric math", async () => {
  const parts = ["--metric", "errors=lambda Errors", "--metric", "runs=lambda Invocations Sum"];
  const asked = [...parts, "--function", "orders"];
  const [share] = await lines("metrics", "--math", "errors / runs * 100", ...asked);
  expect(share.points.map(([, value]: [number, number]) => value)).toEqual([75]);
  const wrong = await run("metrics", "--math", "errors / nothing", ...asked);
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("nothing")]);
});

test("logs: a query of Logs Insights", async () => {
  const query = "filter ispresent(price) | stats count(*) as n, max(price) as dearest";
  const { out, err } = await run("logs", query, "--function", "orders");
  expect(out).toBe("n  dearest\n4        4\n");
  expect(err).toMatch(/^1 row · 4 of \d+ lines matched · /);
  expect(
    await lines("logs", "fields price | filter price > 2 | sort price", "--group", "/aws/lambda/orders"),
  ).toEqual([{ price: "3" }, { price: "4" }]);
  const broken = await run("logs", "stats bogus(");
  expect([broken.code, broken.err]).toEqual([1, expect.stringContaining("end of the query")]);
  const mixed = await run("logs", "fields @message", "--filter", "price");
  expect(mixed.err).toContain("a query has conditions of its own");
  expect((await run("logs", "--function", "orders", "--limit", "200")).out).toContain('{"price":4}');
});

test("every reading command prints JSON line by line", async () => {
  expect(await lines("traces", "--function", "orders")).toHaveLength(4);
  const [trace] = await lines("traces", "--failed");
  expect(await lines("trace", trace.traceId)).toMatchObject([{ summary: { traceId: trace.traceId } }]);
  const [error, ...others] = await lines("errors");
  expect([error.title, others]).toEqual(["RangeError: too dear", []]);
  expect(await lines("error", error.id)).toMatchObject([{ issue: { id: error.id } }]);
  expect(await lines("map")).toContainEqual({ node: expect.objectContaining({ name: "orders", runs: 4 }) });
  expect(await lines("concurrency")).toMatchObject([{ peak: 1, functions: [{ functionName: "orders" }] }]);
  expect(await lines("warnings")).toContainEqual(
    expect.objectContaining({ kind: "errors", subject: "orders" }),
  );
  expect((await lines("logs", "--limit", "1000")).length).toBeGreaterThan(12);
});

test("a narrow terminal has room for all of it", async () => {
  for (const read of [errors, traces, map, metrics, warnings, concurrency]) {
    let out = "";
    const add = (text: string) => {
      out += text;
    };
    const terminal = { out: add, err: () => {}, columns: 80, colour: false };
    await read(["--endpoint", nuage.endpoint], terminal);
    expect(out).toContain("orders");
    for (const line of out.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(80);
  }
});

test("what the commands themselves ask leaves no trace", async () => {
  const calls = (await lines("traces", "--limit", "100")).map(({ entry }) => entry);
  expect([...new Set(calls)].sort()).toEqual(["lambda.CreateFunction orders", "lambda.Invoke orders"]);
});

test("an error can be sent again by what is said below it", async () => {
  const [error] = await lines("errors");
  const { out } = await run("error", error.id);
  const [, ...replay] = /nuage (replay) (\S+)\n$/.exec(out) ?? [];
  expect((await run(...replay, "--dry")).out).toContain("orders");
  expect(out).toContain("\n  RangeError: too dear\n      at handler ");
});

test("following goes on until Ctrl-C", async () => {
  const endpoint = ["--endpoint", nuage.endpoint];
  const query = ["filter ispresent(price) | stats count(*) as n", "--function", "orders"];
  const found = await command(["logs", ...query, "-f", ...endpoint], {}, undefined, /n\n4\n/);
  expect(found).toEqual({ code: 0, out: "n\n4\n", err: "" });
  const [error] = await lines("errors");
  const shown = await command(["error", error.id, "-f", ...endpoint], {}, undefined, /nuage replay/);
  expect([shown.code, shown.out]).toEqual([0, (await run("error", error.id)).out]);
  const [trace] = await lines("traces", "--function", "orders");
  const drawn = await command(["trace", trace.traceId, "-f", "--json", ...endpoint], {}, undefined, /\n/);
  expect([drawn.code, drawn.out]).toEqual([0, (await run("trace", trace.traceId, "--json")).out]);
  const none = await run("trace", "-f");
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("takes the ID of a trace")]);
  const busy = await command(["concurrency", "-f", ...endpoint], {}, undefined, /\n/);
  expect(busy.out).toMatch(/^\d\d:\d\d:\d\d +0 of 1,000\n/);
  const warned = await command(["warnings", "-f", ...endpoint], {}, undefined, /\n\n/);
  expect(warned.out).toMatch(/^critical: errors {2}orders/);
});
