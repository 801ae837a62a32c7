import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Replicas } from "./replicas.fixture.ts";

const KILLS = 2;
const ACCEPTED_EACH = 30;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-replicas-crash-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a process write in two regions until so many writes were accepted, and kills it. */
async function killUnderLoad(accepted: string[]): Promise<void> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split("\n").length > ACCEPTED_EACH) child.kill("SIGKILL");
  });
  await once(child, "close");
  accepted.push(...text.split("\n").slice(0, -1));
}

test("what a killed platform accepted reaches the other replica after the next start", async () => {
  const accepted: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) await killUnderLoad(accepted);
  expect(accepted.length).toBeGreaterThanOrEqual(KILLS * ACCEPTED_EACH);
  await using nuage = await startNuage({ data: folder });
  await nuage.idle();
  const orders = new Replicas(nuage, "orders");
  const home = await orders.scan("us-east-1");
  expect(await orders.scan("eu-west-1")).toEqual(home);
  expect(home.map(({ id }) => id?.S)).toEqual(expect.arrayContaining(accepted));
  expect(home.filter(({ id }) => id?.S?.startsWith("old-"))).toHaveLength(40);
});
