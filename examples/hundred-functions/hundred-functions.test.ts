// The known truth against what the platform tells, number by number.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { IssueDetailView, IssueView } from "../../src/console/errors.ts";
import type { MapView } from "../../src/console/map/map.ts";
import type { TraceList } from "../../src/observe/model.ts";
import { startNuage } from "../../src/testing/index.ts";
import { nuage as run } from "../../test/cli.ts";
import { linesOf } from "../../test/views.ts";
import { drive } from "./drive.ts";
import { FUNCTIONS } from "./functions.ts";
import { template } from "./generate.ts";
import type { KnownFunction } from "./known.ts";

let nuage: Awaited<ReturnType<typeof startNuage>>;
/** When the traffic began. */
let sinceMs: number;

beforeAll(async () => {
  nuage = await startNuage();
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { code, out, err } = await run(["deploy", folder, "--yes"], { NUAGE_ENDPOINT: nuage.endpoint });
  expect({ code, err }, out).toMatchObject({ code: 0 });
  // A minute of its own for the key that is hot.
  await nuage.advance(120_000 - (nuage.clock.now() % 60_000));
  sinceMs = nuage.clock.now();
  await drive(nuage.endpoint);
  // All retries, and long enough for a reader to be behind.
  await nuage.advance("3 hours");
}, 180_000);

afterAll(() => nuage?.stop());

async function ask<View>(path: string): Promise<View> {
  return (await (await fetch(`${nuage.endpoint}/_nuage/${path}`)).json()) as View;
}

/** What is told of each function, beside what is known of it. */
const perFunction = <Told>(tell: (each: KnownFunction) => Told): Record<string, Told> =>
  Object.fromEntries(FUNCTIONS.map((each) => [each.name, tell(each)]));

/** The one that nobody gives up is tried as long as the clock is turned: so it is everywhere alike. */
const endless = FUNCTIONS.filter(({ truth }) => truth.runs === undefined).map(({ name }) => name);

/** Runs of those that are tried without end, as the map has them. */
async function runsOfEndless(): Promise<Record<string, number | undefined>> {
  const { nodes } = await ask<MapView>(`map?since=${sinceMs}`);
  return Object.fromEntries(
    endless.map((name) => [name, nodes.find(({ id }) => id === `function ${name}`)?.runs]),
  );
}

it("is a hundred functions, and the template is made of them", async () => {
  expect(FUNCTIONS).toHaveLength(100);
  expect(await readFile(new URL("template.yaml", import.meta.url), "utf8")).toBe(template());
});

it("runs and throttles", async () => {
  const endlessRuns = await runsOfEndless();
  const { functions } = await nuage.concurrency({ sinceMs });
  const { nodes } = await ask<MapView>(`map?since=${sinceMs}`);
  const { throttles } = await ask<{ throttles: { functionName: string; count: number }[] }>("throttles");
  const told = perFunction(({ name, truth }) => {
    const ran = functions.find(({ functionName }) => functionName === name);
    const node = nodes.find(({ id }) => id === `function ${name}`);
    const throttled = throttles.filter(({ functionName }) => functionName === name);
    return {
      runs: ran?.invocations ?? 0,
      onMap: node?.runs ?? 0,
      failed: node?.failed ?? 0,
      throttles: throttled.reduce((sum, { count }) => sum + count, 0),
      ...(truth.coldStarts === undefined ? {} : { coldStarts: ran?.coldStarts }),
      ...(truth.peak === undefined ? {} : { peak: ran?.peak }),
    };
  });
  const known = perFunction(({ name, truth }) => {
    const { runs = endlessRuns[name] ?? 0, failed = 0, throttles: count = 0, coldStarts, peak } = truth;
    return {
      ...{ runs, onMap: runs, failed: truth.runs === undefined ? runs - 1 : failed, throttles: count },
      ...(coldStarts === undefined ? {} : { coldStarts }),
      ...(peak === undefined ? {} : { peak }),
    };
  });
  expect(told).toEqual(known);
});

it("CloudWatch's own numbers, which count retries", async () => {
  const endlessRuns = await runsOfEndless();
  const cloudwatch = nuage.client(CloudWatchClient);
  const names = ["Invocations", "Errors", "Throttles"];
  const MetricDataQueries = FUNCTIONS.flatMap(({ name }, at) =>
    names.map((MetricName) => ({
      Id: `m${at}${MetricName}`,
      MetricStat: {
        Metric: {
          Namespace: "AWS/Lambda",
          MetricName,
          Dimensions: [{ Name: "FunctionName", Value: name }],
        },
        Period: 3_600,
        Stat: "Sum",
      },
    })),
  );
  const [StartTime, EndTime] = [new Date(sinceMs - 7_200_000), new Date(nuage.clock.now() + 60_000)];
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({ MetricDataQueries, StartTime, EndTime }),
  );
  const sumOf = (id: string) =>
    (MetricDataResults.find(({ Id }) => Id === id)?.Values ?? []).reduce((sum, value) => sum + value, 0);
  const told = perFunction(({ name }) => {
    const at = FUNCTIONS.findIndex((each) => each.name === name);
    return names.map((metric) => sumOf(`m${at}${metric}`));
  });
  const known = perFunction(({ name, truth }) => {
    const { runs = endlessRuns[name] ?? 0, throttles = 0 } = truth;
    const { failed = truth.runs === undefined ? runs - 1 : 0 } = truth;
    return [runs, failed, throttles];
  });
  expect(told).toEqual(known);
});

const textOf = ({ class: kind, title, events, attempts, recovered, failedForGood }: IssueView) =>
  `${kind} | ${title} | ${events} events, ${attempts} tries, ${recovered} recovered, ${failedForGood} lost`;

it("each error once, with its events, tries and endings", async () => {
  const endlessRuns = await runsOfEndless();
  const issues = await nuage.errors();
  const told = perFunction(({ name }) =>
    issues
      .filter(({ functionName }) => functionName === name)
      .map(textOf)
      .sort(),
  );
  const known = perFunction(({ name, truth }) =>
    (truth.issues ?? [])
      .map(({ class: kind, title, events, recovered, lost, tries }) => {
        const often = tries ?? (kind === "handler" ? Number(endlessRuns[name]) - 1 : 1);
        return `${kind} | ${title} | ${events} events, ${often} tries, ${recovered} recovered, ${lost} lost`;
      })
      .sort(),
  );
  expect(told).toEqual(known);
  for (const { firstMs, lastMs, attempts } of issues) {
    expect(firstMs).toBeGreaterThanOrEqual(sinceMs);
    expect(lastMs).toBeLessThanOrEqual(nuage.clock.now());
    if (attempts === 1) expect(lastMs).toBe(firstMs);
  }
  const never = issues.find(({ functionName }) => functionName === "never-1");
  // The first retry comes after a minute, the second two minutes later.
  const spreadMs = Number(never?.lastMs) - Number(never?.firstMs);
  expect(spreadMs).toBeGreaterThanOrEqual(180_000);
  const { tries } = await ask<IssueDetailView>(`errors/${never?.id}`);
  expect(tries.map(({ attempt, failed }) => [attempt, failed])).toEqual([
    [1, true],
    [2, true],
    [3, true],
  ]);
});

it("one bug in four functions is four errors of the same making", async () => {
  const issues = (await nuage.errors()).filter(({ functionName }) => functionName.startsWith("bug-"));
  const making: string[][] = [];
  for (const { id } of issues) {
    const { grouped, frames } = await ask<IssueDetailView>(`errors/${id}`);
    making.push([...grouped]);
    expect(frames[0]).toMatchObject({ file: "prices.mjs", line: 4, name: "priceOf", own: true });
  }
  expect(new Set(issues.map(({ id }) => id)).size).toBe(4);
  expect(making.map(([, , name]) => name).sort()).toEqual(["bug-1", "bug-2", "bug-3", "bug-4"]);
  expect(new Set(making.map((all) => all.toSpliced(2, 1).join()))).toEqual(
    new Set(["v2,handler,TypeError,prices.mjs priceOf,failing.mjs prices,return order.lines.length * 7;"]),
  );
});

it("warns of what is worth it, and of nothing else", async () => {
  const warnings = await nuage.warnings();
  const ofFunction = new Map<string, string[]>();
  for (const { functionName, subject, kind } of warnings) {
    const name = functionName ?? subject.replace(/^table /, "");
    ofFunction.set(name, [...(ofFunction.get(name) ?? []), kind]);
  }
  const told = perFunction(({ name }) => (ofFunction.get(name) ?? []).sort());
  const known = perFunction(({ truth }) => {
    const { runs = 100, failed = truth.runs === undefined ? runs - 1 : 0, warnings: own = [] } = truth;
    const isTelling = runs >= 10 || failed >= 3;
    return [...(isTelling && failed / runs > 0.01 ? ["errors"] : []), ...own].sort();
  });
  expect(told).toEqual(known);
  expect([...ofFunction.keys()].filter((name) => !(name in known))).toEqual([]);
  const [hot] = warnings.filter(({ kind }) => kind === "hot key");
  // 389,000 bytes and a little are 380 units, a hundred times in one minute.
  expect(hot?.what).toBe('the key "home" took 633 write units a second for a minute');
});

/** The map names what the stack has named by its own. */
const plainly = (id: string | undefined): string =>
  (id ?? "outside")
    .replace(/hundred-functions-photoseenbucket-\w+/, "photo-seen")
    .replace(/hundred-functions-ToldOfSource-\w+/, "told-of")
    .replace(/^api \w+$/, "api");

it("draws what called and triggered what, and how often", async () => {
  const endlessRuns = await runsOfEndless();
  const { edges } = await ask<MapView>(`map?since=${sinceMs}`);
  const told = edges.map(
    ({ from, to, kind, count, throttled }) =>
      `${plainly(from)} > ${plainly(to)} ${kind} ${count}${throttled > 0 ? ` (${throttled} throttled)` : ""}`,
  );
  const known = FUNCTIONS.flatMap((each) => edgesOf(each, endlessRuns[each.name]));
  known.push("outside > queue gate-go sync 5", "outside > api sync 5", "bus default > rule told-of sync 1");
  expect(told.sort()).toEqual(known.sort());
});

function edgesOf(each: KnownFunction, endlessRuns: number | undefined): string[] {
  const { name, source, sends = [], calls = {}, deadLetters, truth } = each;
  const { runs = endlessRuns ?? 0, throttles = 0 } = truth;
  const own = `function ${name}`;
  const edges = Object.entries(calls).map(
    ([to, count]) => `${own} > ${to} ${to === own ? "async" : "sync"} ${count}`,
  );
  if (deadLetters) edges.push(`${own} > queue ${name}-dead sync 1`);
  if (source?.kind === "http") edges.push(`api > ${own} sync ${runs}`);
  // A message that would go round once more is handed over as often as its queue tries.
  if (source?.kind === "queue")
    edges.push(`queue ${name} > ${own} async ${name === "loop-queue" ? runs + 2 : runs}`);
  else if (source?.kind === "topic") edges.push(`topic ${source.topic} > ${own} async ${runs}`);
  else if (source && source.kind !== "http") edges.push(`${source.kind} ${name} > ${own} async ${runs}`);
  let called = 0;
  for (const step of sends) {
    if ("call" in step || "callTogether" in step) called += step.times ?? 1;
    if ("callMeanwhile" in step) called += 1 + step.times;
    if ("event" in step) edges.push(`outside > ${own} async ${name === "loop" ? 1 : runs}`);
    if ("messages" in step) edges.push(`outside > queue ${name} sync 1`);
    if ("records" in step) edges.push(`outside > stream ${name} sync ${step.records.length}`);
    if ("items" in step) edges.push(`outside > table ${name} sync ${step.items.length}`);
  }
  const refused = throttles > 0 ? ` (${throttles} throttled)` : "";
  if (called > 0) edges.push(`outside > ${own} sync ${called}${refused}`);
  return edges;
}

it("one trace from the order to its bill, across API, table, stream and queue", async () => {
  const { traces } = await ask<TraceList>("traces?function=shop-take&limit=10");
  expect(traces.map(({ functions }) => functions)).toEqual(
    [1, 2].map(() => ["shop-take", "shop-change", "shop-bill"]),
  );
  for (const { traceId } of traces) {
    const trace = await nuage.trace(traceId);
    const ids = new Set(trace?.spans.map(({ spanId }) => spanId));
    const roots = trace?.spans.filter(({ parentId }) => parentId === undefined || !ids.has(parentId));
    expect(roots?.map(({ name }) => name)).toEqual(["execute-api POST /orders"]);
    const told = trace?.spans
      .filter(({ kind }) => kind !== "init")
      .map(({ kind, name }) => `${kind} ${name}`);
    expect(told?.sort()).toEqual([
      "call dynamodb.PutItem",
      "call execute-api POST /orders",
      "call lambda.Invoke",
      "call sqs.SendMessage",
      "invoke shop-bill",
      "invoke shop-change",
      "invoke shop-take",
      "queue shop-bill",
      "queue shop-change",
    ]);
  }
});

it("a line for the begin and the end of each run, and those that functions wrote", async () => {
  const endlessRuns = await runsOfEndless();
  const told: Record<string, number[]> = {};
  for (const { name } of FUNCTIONS) {
    const lines = await linesOf(nuage.endpoint, name);
    const count = (pattern: RegExp) => lines.filter(({ message }) => pattern.test(message)).length;
    told[name] = [count(/^START RequestId/), count(/^REPORT RequestId/), count(/(^|\t)answered/)];
  }
  const known = perFunction(({ name, handler, truth }) => {
    const { runs = endlessRuns[name] ?? 0 } = truth;
    return [runs, runs, handler.endsWith(".answers") ? runs : 0];
  });
  expect(told).toEqual(known);
});

it("the reports for people and for CI hold all of it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nuage-hundred-"));
  try {
    const [html, junit] = [join(folder, "report.html"), join(folder, "report.xml")];
    await nuage.report({ html, junit, title: "A hundred functions" });
    const [page, xml] = [await readFile(html, "utf8"), await readFile(junit, "utf8")];
    for (const { name, truth } of FUNCTIONS) {
      if (truth.runs === 0) continue;
      expect(page).toContain(`>${name}<`);
      expect(xml).toContain(`classname="Functions.${name}"`);
    }
    const issues = await nuage.errors();
    expect(xml.match(/classname="Errors\./g)).toHaveLength(issues.length);
  } finally {
    await rm(folder, { recursive: true });
  }
});
