import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directLogs } from "./direct.fixture.ts";

const KILLS = 3;
const PUT_BEFORE_KILL = 1000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-logs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a process put until it has had so many events acknowledged, and kills it. */
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

test("loses no acknowledged event and no stream's order when it is killed, over and over", async () => {
  const told: string[] = [];
  for (let run = 0; run < KILLS; run++) told.push(...(await killUnderLoad(run)));
  expect(told).toHaveLength(KILLS * PUT_BEFORE_KILL);
  const store = await openLmdbStore({ folder, durability: "process" });
  const { call } = directLogs(store);
  const there: string[] = [];
  const ids = new Set<string | undefined>();
  for (let nextToken: string | undefined; ; ) {
    const page = await call.FilterLogEvents({ logGroupName: "g", nextToken });
    for (const { message = "", eventId } of page.events ?? []) {
      there.push(message);
      ids.add(eventId);
    }
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  const { logGroups } = await call.DescribeLogGroups({});
  await store.close();
  const known = new Set(there);
  expect(known.size).toBe(there.length);
  expect(ids.size).toBe(there.length);
  expect(told.filter((text) => !known.has(text))).toEqual([]);
  expect(logGroups?.[0]?.storedBytes).toBe(there.reduce((sum, text) => sum + text.length + 26, 0));
  for (const worker of ["0", "1", "2", "3"]) {
    const places = there
      .map((text) => text.split("-").map(Number))
      .filter(([, one]) => String(one) === worker)
      .map(([run = 0, , count = 0, at = 0]) => run * 1e9 + count * 100 + at);
    expect(places.length).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  }
}, 60_000);
