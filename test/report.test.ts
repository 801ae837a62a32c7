// What a test asks of what happened, and the report it leaves for people and for CI.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { JSDOM } from "jsdom";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFunction, invoke as run } from "./functions.fixture.ts";

let nuage: Nuage;
let lambda: LambdaClient;
let folder: string;
beforeAll(async () => {
  nuage = await startNuage();
  lambda = nuage.client(LambdaClient);
  folder = await mkdtemp(join(tmpdir(), "nuage-report-"));
  await create("calm", "export const handler = ({ ms = 0 }) => new Promise((done) => setTimeout(done, ms));");
  await create(
    "broken",
    "export const handler = () => { throw new Error('no <b>\\x1b[31m & \"such\" order'); };",
  );
  await create(
    "flaky",
    "let n = 0; export const handler = () => { if (++n === 1) throw new Error('not yet'); };",
  );
});
afterAll(async () => {
  await nuage.stop();
  await rm(folder, { recursive: true });
});

const create = (name: string, code: string) => createFunction(lambda, name, code);

const invoke = (name: string, payload: object = {}, type?: "Event") => run(lambda, name, payload, type);

test("a trace is found by the request that an SDK was answered", async () => {
  const { $metadata } = await invoke("calm");
  const trace = await nuage.trace($metadata.requestId);
  expect(trace?.spans.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "call lambda.Invoke",
    "invoke calm",
    "init calm",
  ]);
  expect(trace?.criticalPaths.response.durationMs).toBeGreaterThan(0);
  expect((await nuage.trace())?.summary.traceId).toBe(trace?.summary.traceId);
  expect(await nuage.trace("no such request")).toBeUndefined();
});

test("the peak is known, and what ran then", async () => {
  await Promise.all([invoke("calm", { ms: 500 }), invoke("calm", { ms: 500 }), invoke("calm", { ms: 500 })]);
  await nuage.advance("2 hours");
  const { peak, peakMs, functions } = await nuage.concurrency({ functionName: "calm" });
  expect(peak).toBe(3);
  expect(functions).toMatchObject([{ functionName: "calm", peak: 3, invocations: 4 }]);
  const { executions } = await nuage.concurrencyAt(peakMs, "calm");
  expect(new Set(executions.map(({ environment }) => environment)).size).toBe(3);
  expect(await nuage.concurrency({ sinceMs: nuage.clock.now() - 60_000 })).toMatchObject({ peak: 0 });
});

test("page and XML say the same, whatever is in it", async () => {
  for (let run = 0; run < 3; run++) await invoke("broken");
  await invoke("flaky", {}, "Event");
  await nuage.advance("10 minutes");
  expect(await nuage.warnings()).toContainEqual(
    expect.objectContaining({ kind: "errors", severity: "critical", functionName: "broken", value: 1 }),
  );
  const html = join(folder, "made/report.html");
  const junit = join(folder, "report.xml");
  await nuage.report({ html, junit, title: "Orders & bills" });
  const xml = new JSDOM(await readFile(junit, "utf8"), { contentType: "text/xml" }).window.document;
  const page = new JSDOM(await readFile(html, "utf8")).window.document;
  const cases = [...xml.querySelectorAll("testcase")].map((each) => ({
    result: each.querySelector("failure") ? "failed" : each.querySelector("skipped") ? "noted" : "ok",
    title: each.querySelector("system-out")?.textContent?.split("\n")[0],
    facts: each.querySelector("system-out")?.textContent?.split("\n").slice(1),
  }));
  const rows = [...page.querySelectorAll("tr")].map((each) => ({
    result: each.querySelector("td")?.className,
    title: each.querySelector("p")?.textContent,
    facts: [...each.querySelectorAll("dl div")].map(({ textContent }) => textContent),
  }));
  expect(rows).toEqual(cases);
  expect(page.title).toBe("Orders & bills");
  const results = cases.map(({ result, title }) => `${result} ${title}`);
  expect(results).toContain('failed handler: Error: no <b>\ufffd[31m & "such" order');
  expect(results).toContain("noted handler: Error: not yet");
  expect(results).toContain("ok ran 4 times");
  expect(results).toContain("ok 3 of 1,000 at once, at most");
  const suites = [...xml.querySelectorAll("testsuite")];
  expect(suites.map((each) => each.getAttribute("name"))).toEqual([
    "Errors",
    "Warnings",
    "Functions",
    "Concurrency",
  ]);
  const [broken] = [...xml.querySelectorAll('testcase[classname="Errors.broken"]')];
  const reason = broken?.querySelector("failure")?.textContent;
  expect(reason).toBe("Nothing of it went well later.\nat handler (index.mjs:1)\nevent {}");
  expect([...page.querySelectorAll("pre")].map(({ textContent }) => textContent)).toContain(
    "at handler (index.mjs:1)\nevent {}",
  );
  // Readers know a case again by its name, and count on a time.
  const runs = [...xml.querySelectorAll('testsuite[name="Functions"] testcase')];
  expect(runs.map((each) => each.getAttribute("name"))).toEqual(["runs", "runs", "runs"]);
  for (const each of xml.querySelectorAll("testsuites, testsuite, testcase"))
    expect(each.getAttribute("time")).toBe("0");
  const failures = Number(xml.querySelector("testsuites")?.getAttribute("failures"));
  expect(failures).toBe(xml.querySelectorAll("failure").length);
});

test("an error is explained, and throttles, loops and cold starts are there to be asserted", async () => {
  const [broken] = (await nuage.errors()).filter(({ functionName }) => functionName === "broken");
  const { frames, tries, sample } = (await nuage.error(broken?.id ?? "")) ?? {};
  expect(frames?.[0]).toMatchObject({ name: "handler", file: "index.mjs", line: 1, own: true });
  expect([tries?.length, sample?.payload]).toEqual([1, "{}"]);
  expect(await nuage.error("no such error")).toBeUndefined();
  expect(await nuage.throttles()).toEqual([]);
  expect(await nuage.loops()).toEqual([]);
  await create("shut", "export const handler = () => {};");
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "shut", ReservedConcurrentExecutions: 0 }),
  );
  await expect(invoke("shut")).rejects.toThrow("Rate Exceeded.");
  expect(await nuage.throttles("shut")).toMatchObject([{ functionName: "shut", limit: 0 }]);
  expect(await nuage.throttles("calm")).toEqual([]);
  const traces = await nuage.traces({ functionName: "calm" });
  expect(traces.reduce((sum, { coldStarts }) => sum + coldStarts, 0)).toBe(3);
  expect(await nuage.traces({ functionName: "broken", failed: true })).toHaveLength(3);
});
