// What metrics cost: on the path of an invocation, when a minute is handed to the store, when users put them
// over HTTP, and when a day of minutes is asked for:
//
//   npm run build && tsx bench/cloudwatch.ts
//
// prints one JSON line a figure.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFunctionMetrics } from "../src/delivery/metrics.ts";
import type { FunctionVersion } from "../src/kernel/functions.ts";
import { type Counted, createMetrics } from "../src/kernel/metrics.ts";
import { addValue, newTally } from "../src/kernel/tally.ts";
import { keepCounted } from "../src/services/cloudwatch/data/keeping.ts";
import { readPeriods } from "../src/services/cloudwatch/data/reading.ts";
import { statisticOf } from "../src/services/cloudwatch/data/statistics.ts";
import { openLmdbStore } from "../src/store/drivers/lmdb.ts";
import { startFloor } from "./floor.ts";
import { alternate, print, signedFor, startPlatform } from "./platform.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const INVOCATIONS = 200_000;
const SERIES = 10_000;
const CLIENTS = 16;

const folder = await mkdtemp(join(tmpdir(), "nuage-bench-"));
try {
  measureInvocations();
  await measureKeeping();
  await measurePuts();
} finally {
  await rm(folder, { recursive: true, force: true });
}

function figure(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(3)), unit }));
}

/** What a run of a function through an alias counts, with what it takes to hand it on. */
function measureInvocations(): void {
  const metrics = createMetrics({ begun() {}, look: async () => {}, keep: async () => {} });
  const arn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
  const version = { account: "000000000000", region: "us-east-1", name: "orders", arn, version: "7" };
  let nowMs = Date.UTC(2026, 10, 27);
  const count = createFunctionMetrics(metrics, { now: () => nowMs });
  const startedMs = performance.now();
  for (let n = 0; n < INVOCATIONS; n++) {
    nowMs += 0.5;
    const add = (name: Parameters<typeof count.add>[1], value: number) =>
      count.add(version as FunctionVersion, name, value, `${arn}:live`);
    add("ConcurrentExecutions", (n % 20) + 1);
    add("Invocations", 1);
    add("Duration", 3 + ((n * 7919) % 1_000) / 10);
    add("Errors", 0);
  }
  figure(
    "metrics on the path of an invocation",
    ((performance.now() - startedMs) * 1_000) / INVOCATIONS,
    "µs",
  );
}

async function measureKeeping(): Promise<void> {
  const store = await openLmdbStore({ folder: join(folder, "store"), durability: "process" });
  const startMs = Date.UTC(2026, 10, 27);
  const minuteOf = (name: string, minute: number): Counted => {
    const tally = newTally();
    for (let n = 0; n < 20; n++) addValue(tally, 3 + ((n * minute * 31) % 100) / 10);
    const series = {
      account: "0",
      region: "us-east-1",
      namespace: "Bench",
      name,
      dimensions: "FunctionName=f",
    };
    return { series, startMs: startMs + minute * MINUTE_MS, tally };
  };
  const many = Array.from({ length: SERIES }, (_, n) => minuteOf(`Metric${n}`, 1));
  let beganMs = performance.now();
  await keepCounted(store, many, startMs);
  figure(`a minute of ${SERIES} series handed to the store`, performance.now() - beganMs, "ms");
  const day = Array.from({ length: DAY_MINUTES }, (_, minute) => minuteOf("Day", minute));
  await keepCounted(store, day, startMs);
  const metric = {
    ...{ account: "0", region: "us-east-1", namespace: "Bench", name: "Day" },
    dimensions: [["FunctionName", "f"]] as const,
  };
  const window = { fromMs: startMs, toMs: startMs + DAY_MINUTES * MINUTE_MS };
  for (const [stat, periodMs] of [
    ["Sum", MINUTE_MS],
    ["p99", MINUTE_MS],
    ["p99", 60 * MINUTE_MS],
  ] as const) {
    const times: number[] = [];
    for (let round = 0; round < 20; round++) {
      beganMs = performance.now();
      const periods = await store.transact((tx) => readPeriods(tx, metric, { ...window, periodMs }));
      for (const tally of periods.values()) statisticOf(stat)?.(tally);
      times.push(performance.now() - beganMs);
    }
    times.sort((one, other) => one - other);
    figure(`a day of minutes, ${stat} by ${periodMs / MINUTE_MS} min`, times[10] ?? 0, "ms");
  }
  await store.close();
}

/** A datum a request, and twenty, beside a server that only reads the same JSON. */
async function measurePuts(): Promise<void> {
  const platform = await startPlatform(["--data", join(folder, "data")]);
  const floor = await startFloor({ body: "{}" });
  for (const data of [1, 20]) {
    const MetricData = Array.from({ length: data }, (_, n) => ({
      MetricName: `Orders${n}`,
      Dimensions: [{ Name: "Shop", Value: "one" }],
      Unit: "Count",
      Value: n,
    }));
    const load = {
      method: "POST",
      connections: CLIENTS,
      headers: {
        ...signedFor("monitoring"),
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "GraniteServiceVersion20100801.PutMetricData",
      },
      body: JSON.stringify({ Namespace: "Bench", MetricData }),
    };
    const rates = await alternate({ ...load, url: platform.url }, { ...load, url: floor.url });
    print(`PutMetricData of ${data}`, "requests a second", rates.ours, rates.floor);
  }
  await platform.stop();
  await floor.stop();
}
