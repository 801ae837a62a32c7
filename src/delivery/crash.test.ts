import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openLmdbStore } from "../store/drivers/lmdb.ts";
import { openNoting } from "./crash.fixture.ts";
import { MINUTE_MS } from "./delivery.fixture.ts";

const KILLS = 3;
const ACCEPTED_BEFORE_KILL = 400;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-delivery-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a process send events until it has had so many accepted, and kills it. */
async function killUnderLoad(accepted: string[]): Promise<void> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let left = ACCEPTED_BEFORE_KILL;
  for await (const requestId of createInterface({ input: child.stdout })) {
    // The last line may be cut short by the kill.
    if (requestId.length === 36) accepted.push(requestId);
    left--;
    if (left === 0) child.kill("SIGKILL");
  }
  await ended;
}

it("loses no accepted event, and no word of one, when the platform is killed, over and over", async () => {
  const accepted: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) await killUnderLoad(accepted);
  expect(accepted.length).toBeGreaterThanOrEqual(KILLS * ACCEPTED_BEFORE_KILL);
  const store = await openLmdbStore({ folder, durability: "process" });
  const world = openNoting(store, false);
  await world.delivery.settled();
  await world.clock.advance(10 * MINUTE_MS);
  await world.close();
  const lost = await store.transact(async (tx) => {
    const never: string[] = [];
    for (const requestId of accepted) {
      const runs = Number((await tx.get(["ran", requestId])) ?? 0n);
      // One that fails runs three times: its retries are not forgotten either.
      const told = Number((await tx.get(["told", requestId])) ?? 0n);
      if (runs < (requestId.startsWith("0") ? 3 : 1) || told < 1) never.push(requestId);
    }
    return never;
  });
  await store.close();
  expect(lost).toEqual([]);
}, 60_000);
