import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directSns } from "./direct.fixture.ts";

const KILLS = 3;
const SENT_BEFORE_KILL = 100;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-sns-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly sent: Set<string>;
  /** By queue, in the order in which they came first. */
  readonly got: Map<string, Set<string>>;
}

function note({ got }: Told, queue: string, message: string): void {
  const messages = got.get(queue) ?? new Set<string>();
  got.set(queue, messages.add(message));
}

/** Lets a process publish and deliver until so many publishes were acknowledged, and kills it. */
async function killUnderLoad(run: number, told: Told): Promise<void> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder, String(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let left = SENT_BEFORE_KILL;
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (!line.startsWith("sent ")) continue;
    left--;
    if (left === 0) child.kill("SIGKILL");
  }
  await ended;
  // Lines are written as a whole or not at all: what a pipe takes at once is not cut short by the kill.
  for (const line of lines) {
    const [word, first = "", second = ""] = line.split(" ");
    if (word === "sent") told.sent.add(first);
    else note(told, first, second);
  }
}

test("loses no acknowledged message and no group's order when it is killed over and over", async () => {
  const told: Told = { sent: new Set(), got: new Map() };
  for (let run = 0; run < KILLS; run++) await killUnderLoad(run, told);
  expect(told.sent.size).toBeGreaterThan(KILLS * (SENT_BEFORE_KILL - 2));
  const store = await openLmdbStore({ folder, durability: "process" });
  const direct = directSns(
    store,
    async (queue, input) => note(told, queue, String(input.MessageBody)),
    (tx, event) => {
      tx.append(["ran"], JSON.parse(new TextDecoder().decode(event.payload)).Records[0].Sns.Message);
    },
  );
  const running = direct.start();
  await direct.idle();
  await running.stop();
  const ran = await store.transact(async (tx) => {
    const messages: string[] = [];
    for await (const [, message] of tx.range({ prefix: ["ran"] })) messages.push(String(message));
    return messages;
  });
  await store.close();
  const inGroups = (message: string) => Number(message.split("-")[1]) % 2 === 1;
  const standard = [...told.sent].filter((message) => !inGroups(message));
  expect(standard.length).toBeGreaterThan(0);
  for (const queue of ["one", "two"]) {
    expect(standard.filter((message) => !told.got.get(queue)?.has(message))).toEqual([]);
  }
  expect(standard.filter((message) => !ran.includes(message))).toEqual([]);
  // A function's event is written with what takes the message off the books: once.
  expect(new Set(ran).size).toBe(ran.length);
  const ordered = [...(told.got.get("three.fifo") ?? [])];
  const missing = [...told.sent].filter((message) => inGroups(message) && !ordered.includes(message));
  expect(missing).toEqual([]);
  for (const worker of ["1", "3"]) {
    const places = ordered
      .map((message) => message.split("-").map(Number))
      .filter(([, one]) => String(one) === worker)
      .map(([run = 0, , count = 0]) => run * 1e6 + count);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  }
}, 60_000);
