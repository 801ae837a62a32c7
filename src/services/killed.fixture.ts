// A process that puts until it is killed: what it had acknowledged must be there, and in order.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const KILLS = 3;
const PUT_BEFORE_KILL = 1000;
const WORKERS = ["0", "1", "2", "3"];

/**
 * Kills a program over and over, each time when it has had so many puts acknowledged: it prints `put` and
 * `{run}-{worker}-{count}` or `{run}-{worker}-{count}-{at}` for each. Gives what it printed.
 */
export async function killOverAndOver(program: URL, folder: string): Promise<string[]> {
  const told: string[] = [];
  for (let run = 0; run < KILLS; run++) told.push(...(await killUnderLoad(program, folder, run)));
  expect(told).toHaveLength(KILLS * PUT_BEFORE_KILL);
  return told;
}

async function killUnderLoad(program: URL, folder: string, run: number): Promise<string[]> {
  const args = ["--import", "tsx", fileURLToPath(program), folder, String(run)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
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

/** All that was told is there, nothing twice, and what each worker put lies in the order it was put in. */
export function expectWhole(told: readonly string[], there: readonly string[]): void {
  const known = new Set(there);
  expect(known.size).toBe(there.length);
  expect(told.filter((text) => !known.has(text))).toEqual([]);
  for (const worker of WORKERS) {
    const places = there
      .map((text) => text.split("-").map(Number))
      .filter(([, one]) => String(one) === worker)
      .map(([run = 0, , count = 0, at = 0]) => run * 1e9 + count * 100 + at);
    expect(places.length).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  }
}
