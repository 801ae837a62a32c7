import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { type Direct, directKinesis } from "./direct.fixture.ts";
import { textOf } from "./kinesis.fixture.ts";

const KILLS = 3;
const PUT_BEFORE_KILL = 1000;
const StreamName = "s";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-kinesis-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a process put until it has had so many puts acknowledged, and kills it. */
async function killUnderLoad(run: number): Promise<string[]> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder, String(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const told: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, text = ""] = line.split(" ");
    // The last line may be cut short by the kill.
    if (word !== "put" || told.length >= PUT_BEFORE_KILL) continue;
    if (told.push(text) === PUT_BEFORE_KILL) child.kill("SIGKILL");
  }
  await ended;
  return told;
}

/** Everything in the stream, each shard after its parents. */
async function readAll({ call }: Direct): Promise<string[]> {
  const texts: string[] = [];
  const { Shards = [] } = await call.ListShards({ StreamName });
  for (const { ShardId } of Shards) {
    const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
    let iterator = (await call.GetShardIterator(start)).ShardIterator;
    while (iterator) {
      const page = await call.GetRecords({ ShardIterator: iterator });
      texts.push(...(page.Records ?? []).map(textOf));
      iterator = page.MillisBehindLatest === 0 ? undefined : page.NextShardIterator;
    }
  }
  return texts;
}

test("loses no acknowledged record and no key's order when it is killed, over and over", async () => {
  const told: string[] = [];
  for (let run = 0; run < KILLS; run++) told.push(...(await killUnderLoad(run)));
  expect(told).toHaveLength(KILLS * PUT_BEFORE_KILL);
  const store = await openLmdbStore({ folder, durability: "process" });
  const there = await readAll(directKinesis(store));
  await store.close();
  const known = new Set(there);
  expect(known.size).toBe(there.length);
  expect(told.filter((text) => !known.has(text))).toEqual([]);
  for (const worker of ["0", "1", "2", "3"]) {
    const places = there
      .map((text) => text.split("-").map(Number))
      .filter(([, one]) => String(one) === worker)
      .map(([run = 0, , count = 0, at = 0]) => run * 1e9 + count * 100 + at);
    expect(places.length).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  }
}, 60_000);
