import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { type Direct, directSqs } from "./direct.fixture.ts";

const KILLS = 3;
const SENT_BEFORE_KILL = 300;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-sqs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly sent: string[];
  readonly gone: Set<string>;
}

/** Lets a process send and delete until it has had so many sends acknowledged, and kills it. */
async function killUnderLoad(run: number, told: Told): Promise<void> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder, String(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let left = SENT_BEFORE_KILL;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, body = ""] = line.split(" ");
    if (word === "gone") told.gone.add(body);
    // The last line may be cut short by the kill.
    if (word !== "sent" || left <= 0) continue;
    told.sent.push(body);
    left--;
    if (left === 0) child.kill("SIGKILL");
  }
  await ended;
}

/** Everything in a queue, in the order in which it comes. */
async function drain(direct: Direct, QueueUrl: string): Promise<string[]> {
  const bodies: string[] = [];
  // What was in flight when the process was killed comes back.
  direct.nowMs += 60_000;
  for (;;) {
    const { Messages = [] } = await direct.call.ReceiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    if (Messages.length === 0) return bodies;
    for (const { Body = "", ReceiptHandle } of Messages) {
      bodies.push(Body.trim());
      await direct.call.DeleteMessage({ QueueUrl, ReceiptHandle });
    }
  }
}

test("loses no acknowledged message and no group's order when it is killed, over and over", async () => {
  const told: Told = { sent: [], gone: new Set() };
  for (let run = 0; run < KILLS; run++) await killUnderLoad(run, told);
  expect(told.sent).toHaveLength(KILLS * SENT_BEFORE_KILL);
  const store = await openLmdbStore({ folder, durability: "process" });
  const direct = directSqs(store);
  const url = (name: string) => `http://localhost/000000000000/${name}`;
  const standard = await drain(direct, url("standard"));
  const ordered = await drain(direct, url("ordered.fifo"));
  const attributes = { QueueUrl: url("standard"), AttributeNames: ["All" as const] };
  expect((await direct.call.GetQueueAttributes(attributes)).Attributes).toMatchObject({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
  });
  await store.close();
  const there = new Set([...standard, ...ordered]);
  expect(there.size).toBe(standard.length + ordered.length);
  expect(told.sent.filter((body) => !there.has(body) && !told.gone.has(body))).toEqual([]);
  for (const worker of ["1", "3", "5"]) {
    const places = ordered
      .map((body) => body.split("-").map(Number))
      .filter(([, one]) => String(one) === worker)
      .map(([run = 0, , count = 0]) => run * 1e6 + count);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  }
}, 60_000);
