import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { killOverAndOver } from "../killed.fixture.ts";
import { metricsOf, pointsOf } from "./data/records.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-cloudwatch-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("loses no acknowledged metric when it is killed over and over, and counts none twice", async () => {
  const told = await killOverAndOver(new URL("./crash.fixture.ts", import.meta.url), folder);
  const store = await openLmdbStore({ folder, durability: "process" });
  const counts = new Map<string, number>();
  await store.transact(async (tx) => {
    const window = { fromMs: 0, toMs: 9e15, resolutionMs: 60_000 };
    for await (const metric of metricsOf(tx, { account: "000000000000", region: "us-east-1" })) {
      const points = await pointsOf(tx, metric, window);
      counts.set(
        metric.name,
        points.reduce((sum, { tally }) => sum + tally.count, 0),
      );
    }
  });
  await store.close();
  expect(told.filter((name) => counts.get(name) !== 1)).toEqual([]);
  expect([...counts.values()].every((count) => count === 1)).toBe(true);
}, 60_000);
