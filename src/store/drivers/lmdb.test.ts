import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../../kernel/faults.ts";
import { Room } from "../../kernel/room.ts";
import { randomSource } from "../random.fixture.ts";
import type { Durability, Key, Value } from "../store.ts";
import { openLmdbStore } from "./lmdb.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lmdb-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a store folder", () => {
  it("keeps what was committed, whichever durability opens it next", async () => {
    let store = await openLmdbStore({ folder, durability: "process" });
    const first = await store.transact(async (tx) => {
      tx.set(["a"], 1);
      return tx.append(["q"], "first");
    });
    await store.close();
    store = await openLmdbStore({ folder, durability: "disk" });
    const second = await store.transact(async (tx) => {
      expect(await tx.get(["a"])).toBe(1);
      return tx.append(["q"], "second");
    });
    expect(second.key[1]).toBeGreaterThan(first.key[1] as number);
    await store.close();
  });

  it("takes nothing more where the disk is full, but can be read and emptied", async () => {
    const disk = { freeBytes: 1e9, nowMs: 0 };
    const { freeBytes, nowMs } = { freeBytes: () => disk.freeBytes, nowMs: () => disk.nowMs };
    const room = new Room({ folder, warn: () => {}, freeBytes, nowMs });
    const store = await openLmdbStore({ folder, durability: "process", room });
    const set = (name: string, value: Value) => store.transact(async (tx) => tx.set([name], value));
    await set("a", "first");
    Object.assign(disk, { freeBytes: 0, nowMs: 100 });
    await expect(set("b", "second")).rejects.toThrow(`The disk of ${folder} is full: 0 MiB are left.`);
    expect(await store.transact((tx) => tx.get(["a"]))).toBe("first");
    await store.transact(async (tx) => tx.delete(["a"]));
    disk.freeBytes = 1e9;
    await set("c", "third");
    await store.close();
    const again = await openLmdbStore({ folder, durability: "process" });
    const kept = await again.transact(async (tx) => [
      await tx.get(["a"]),
      await tx.get(["b"]),
      await tx.get(["c"]),
    ]);
    expect(kept).toEqual([undefined, undefined, "third"]);
    await again.close();
  });

  it("is one process's at a time", async () => {
    const store = await openLmdbStore({ folder, durability: "process" });
    await expectUserError(`The store in ${folder} is in use by process ${process.pid}.`);
    await store.close();
    await (await openLmdbStore({ folder, durability: "process" })).close();
  });

  it("is taken over from an owner that is gone, or whose process id another process has now", async () => {
    await writeFile(join(folder, "owner"), `${process.ppid} 1 another-boot`);
    await (await openLmdbStore({ folder, durability: "process" })).close();
    await writeFile(join(folder, "owner"), "");
    await (await openLmdbStore({ folder, durability: "process" })).close();
  });

  it.runIf(process.platform === "linux")(
    "is taken over from an owner whose end nobody has asked about",
    async () => {
      // The shell becomes a program that never asks how its children end.
      const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 30"]);
      const [printed] = await once(parent.stdout, "data");
      const dead = Number(printed);
      const fields = async () => (await readFile(`/proc/${dead}/stat`, "latin1")).split(") ")[1]?.split(" ");
      await vi.waitFor(async () => expect((await fields())?.[0]).toBe("Z"));
      const boot = (await readFile("/proc/sys/kernel/random/boot_id", "latin1")).trim();
      await writeFile(join(folder, "owner"), `${dead} ${(await fields())?.[19]} ${boot}`);
      await (await openLmdbStore({ folder, durability: "process" })).close();
      parent.kill();
    },
  );

  it("that cannot be made gives one clear sentence", async () => {
    await writeFile(join(folder, "file"), "");
    const error = await openLmdbStore({ folder: join(folder, "file", "data"), durability: "process" }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/^The folder .* cannot be written \(.*\)\.$/);
  });

  describe("that is damaged gives one clear sentence", () => {
    const data = () => join(folder, "data.mdb");
    beforeEach(async () => {
      const store = await openLmdbStore({ folder, durability: "process" });
      await store.transact(async (tx) => {
        for (let index = 0; index < 20_000; index++) tx.set(["key", index], { v: 1, index });
      });
      await store.close();
    });

    it("when its beginning is overwritten", async () => {
      const file = await open(data(), "r+");
      await file.write(Buffer.alloc(8192, "garbage"), 0, 8192, 0);
      await file.close();
      await expectUserError(`The store in ${folder} is damaged: its first page is not one of this store.`);
    });

    it("when it is cut short", async () => {
      const whole = (await readFile(data())).length;
      await truncate(data(), Math.floor(whole / 3));
      await expectUserError(`The store in ${folder} is damaged: it is cut short.`);
      await truncate(data(), 100);
      await expectUserError(`The store in ${folder} is damaged: its first page is not one of this store.`);
    });

    it("when a page of its tree is not where it should be", async () => {
      const bytes = await readFile(data());
      bytes.fill(0, 8192);
      await writeFile(data(), bytes);
      const error = await openLmdbStore({ folder, durability: "process" }).catch((reason: unknown) => reason);
      expect((error as Error).message).toMatch(/is damaged: its page \d+ is not what it should be\.$/);
    });
  });
});

describe.each([
  ["process", 8],
  ["disk", 4],
] as const)("a process killed in the middle of its writes (%s)", (durability, rounds) => {
  it("loses no acknowledged write and leaves no half transaction", { timeout: 60_000 }, async () => {
    const random = randomSource(11);
    const acknowledged = new Map<number, number>();
    for (let round = 0; round < rounds; round++) {
      await killAfter(50 + random(400), durability, acknowledged);
      await verify(acknowledged);
    }
    expect(acknowledged.size).toBeGreaterThan(0);
  });
});

/** Starts a writing process, counts what it acknowledges, and kills it after so many. */
async function killAfter(acks: number, durability: Durability, acknowledged: Map<number, number>) {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder, durability], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  let errors = "";
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  let left = acks;
  for await (const line of createInterface({ input: child.stdout })) {
    const [writer = 0, count = 0] = line.split(" ").map(Number);
    acknowledged.set(writer, count);
    left--;
    if (left === acks - 1) await expectUserError(`The store in ${folder} is in use by process ${child.pid}.`);
    if (left === 0) child.kill("SIGKILL");
  }
  await closed;
  expect([left <= 0, child.signalCode, errors]).toEqual([true, "SIGKILL", ""]);
}

async function verify(acknowledged: ReadonlyMap<number, number>): Promise<void> {
  const store = await openLmdbStore({ folder, durability: "process" });
  const entries = await store.transact(async (tx) => {
    const found: (readonly [Key, Value])[] = [];
    for await (const entry of tx.range({})) found.push(entry);
    return found;
  });
  await store.close();
  const under = (name: string, writer: number) =>
    entries.filter(([key]) => key[0] === name && key[1] === writer).map(([key, value]) => ({ key, value }));
  let total = 0;
  const writers = new Set(entries.filter(([key]) => key[0] === "count").map(([key]) => key[1] as number));
  for (const [writer, count] of acknowledged) {
    expect(writers).toContain(writer);
    expect(under("count", writer)[0]?.value).toBeGreaterThanOrEqual(count);
  }
  for (const writer of writers) {
    const count = under("count", writer)[0]?.value as number;
    total += count;
    expect(under("long", writer)[0]?.value).toBe(count);
    expect(under("entry", writer).map(({ key }) => key[2])).toEqual(lastFifty(count));
    expect(under("log", writer).map(({ value }) => value)).toEqual(
      Array.from({ length: count }, (_, n) => n + 1),
    );
  }
  expect(entries.find(([key]) => key[0] === "total")?.[1]).toBe(BigInt(total));
}

function lastFifty(count: number): number[] {
  const first = Math.max(1, count - 49);
  return Array.from({ length: count - first + 1 }, (_, index) => first + index);
}

async function expectUserError(message: string): Promise<void> {
  const opening = openLmdbStore({ folder, durability: "process" });
  await expect(opening).rejects.toThrow(new UserError(message));
}
