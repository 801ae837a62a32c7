import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directEvents } from "./direct.fixture.ts";

const KILLS = 3;
const PUT_BEFORE_KILL = 300;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-events-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly put: Set<string>;
  readonly got: Set<string>;
}

/** Lets a process put and deliver events until so many were acknowledged, and kills it. */
async function killUnderLoad(told: Told): Promise<void> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let left = PUT_BEFORE_KILL;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id = ""] = line.split(" ");
    // The last line may be cut short by the kill.
    if (id.length !== 36) continue;
    if (word === "got") told.got.add(id);
    if (word !== "put" || left <= 0) continue;
    told.put.add(id);
    left--;
    if (left === 0) child.kill("SIGKILL");
  }
  await ended;
}

test("loses no acknowledged event when it is killed over and over; functions get each once", async () => {
  const told: Told = { put: new Set(), got: new Set() };
  for (let run = 0; run < KILLS; run++) await killUnderLoad(told);
  expect(told.put.size).toBe(KILLS * PUT_BEFORE_KILL);
  const store = await openLmdbStore({ folder, durability: "process" });
  const got = async (_: string, input: Record<string, unknown>) => {
    told.got.add(JSON.parse(String(input.MessageBody)).id);
  };
  const direct = directEvents(store, got, (tx, event) => {
    tx.append(["ran"], JSON.parse(new TextDecoder().decode(event.payload)).id);
  });
  const running = direct.start();
  await direct.idle();
  await running.stop();
  const ran = await store.transact(async (tx) => {
    const ids: string[] = [];
    for await (const [, id] of tx.range({ prefix: ["ran"] })) ids.push(String(id));
    return ids;
  });
  await store.close();
  expect([...told.put].filter((id) => !told.got.has(id))).toEqual([]);
  expect([...told.put].filter((id) => !ran.includes(id))).toEqual([]);
  expect(new Set(ran).size).toBe(ran.length);
}, 60_000);
