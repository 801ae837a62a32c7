import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directScheduler } from "./direct.fixture.ts";

const KILLS = 3;
const MADE_BEFORE_KILL = 300;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-scheduler-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly made: Set<string>;
  readonly ran: Set<string>;
}

/** Lets a process make schedules and invoke their targets until so many were acknowledged, and kills it. */
async function killUnderLoad(run: number, told: Told): Promise<void> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder, String(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let left = MADE_BEFORE_KILL;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, name = ""] = line.split(" ");
    // The last line may be cut short by the kill.
    if (!name.endsWith("-")) continue;
    if (word === "ran") told.ran.add(name);
    if (word !== "made" || left <= 0) continue;
    told.made.add(name);
    left--;
    if (left === 0) child.kill("SIGKILL");
  }
  await ended;
}

test("loses no occurrence when it is killed, over and over", async () => {
  const told: Told = { made: new Set(), ran: new Set() };
  for (let run = 0; run < KILLS; run++) await killUnderLoad(run, told);
  expect(told.made.size).toBe(KILLS * MADE_BEFORE_KILL);
  const before = told.ran.size;
  const store = await openLmdbStore({ folder, durability: "process" });
  const direct = directScheduler(store, (name) => told.ran.add(name));
  const running = direct.start();
  await direct.idle();
  await direct.clock.advance(10_000);
  await running.stop();
  const left = await direct.call.ListSchedules({});
  await store.close();
  expect(told.ran.size).toBeGreaterThan(before);
  expect([...told.made].filter((name) => !told.ran.has(name))).toEqual([]);
  // Those that were to be deleted behind their invocation are gone.
  expect(left.Schedules?.filter(({ Name = "" }) => Number(Name.split("-")[2]) % 2 === 1)).toEqual([]);
}, 60_000);
