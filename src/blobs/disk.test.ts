import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../kernel/faults.ts";
import { createIds } from "../kernel/ids.ts";
import { BlobMissing, type Blobs } from "./blobs.ts";
import { createDiskBlobs } from "./disk.ts";

const ids = createIds();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "blobs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Names of all files, whether finished or not. */
async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Bytes that differ from place to place. */
function pattern(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes).map((_, index) => (index * 7919) >> 3);
}

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(["process", "disk"] as const)("blobs on disk (%s)", (durability) => {
  let blobs: Blobs;
  beforeEach(async () => {
    blobs = await createDiskBlobs({ folder, durability, ids });
  });
  afterEach(() => blobs.close());

  it("gives back every byte of every size, however it came", async () => {
    for (const size of [0, 1, 1024, 65_536, 65_537, 300_000, 2_500_000]) {
      const bytes = pattern(size);
      for (const source of [bytes, inChunks(bytes, 10_000), inChunks(bytes, 100_000)]) {
        const { id, sizeBytes } = await blobs.write(source);
        expect(sizeBytes).toBe(size);
        expect(Buffer.compare(await bytesOf(blobs.read(id)), bytes)).toBe(0);
        expect(Buffer.compare(await blobs.readAll(id), bytes)).toBe(0);
      }
    }
  });

  it("reads ranges", async () => {
    const bytes = pattern(1_000_000);
    const { id } = await blobs.write(bytes);
    for (const [start, end] of [
      [0, 1],
      [999_999, 1_000_000],
      [262_143, 262_145],
      [100, 900_000],
      [5, 5],
      [999_000, 2_000_000],
    ] as const) {
      const read = await bytesOf(blobs.read(id, { start, end }));
      expect(Buffer.compare(read, bytes.subarray(start, end))).toBe(0);
    }
  });

  it("joins blobs in order and leaves them as they were", async () => {
    const parts = [pattern(300_000), pattern(0), pattern(10), pattern(70_000)];
    const written = [];
    for (const part of parts) written.push((await blobs.write(part)).id);
    const joined = await blobs.concat(written);
    expect(joined.sizeBytes).toBe(370_010);
    expect(Buffer.compare(await blobs.readAll(joined.id), Buffer.concat(parts))).toBe(0);
    for (const id of written) await blobs.delete(id);
    expect((await bytesOf(blobs.read(joined.id))).length).toBe(370_010);
    expect((await blobs.concat([])).sizeBytes).toBe(0);
  });

  it("leaves nothing behind when the source or a joined blob fails", async () => {
    for (const goodBytes of [10, 500_000]) {
      const failing = async function* () {
        yield pattern(goodBytes);
        throw new RangeError("the client went away");
      };
      await expect(blobs.write(failing())).rejects.toThrow("the client went away");
    }
    const { id } = await blobs.write(pattern(100));
    const missing = "0".repeat(32);
    await expect(blobs.concat([id, missing])).rejects.toThrow(BlobMissing);
    await expect(blobs.concat([missing, id])).rejects.toThrow(BlobMissing);
    expect(await files()).toEqual([id]);
  });

  it("says which blob is missing, and deletes what is not there without complaint", async () => {
    const { id } = await blobs.write(pattern(10));
    await blobs.delete(id);
    await blobs.delete(id);
    for (const unknown of [id, "../../etc/passwd", "", "zz"]) {
      await expect(blobs.readAll(unknown)).rejects.toThrow(BlobMissing);
      await expect(bytesOf(blobs.read(unknown))).rejects.toThrow(BlobMissing);
    }
  });

  it("takes little more from the source than it has written", async () => {
    let takenBytes = 0;
    let mostAheadBytes = 0;
    const source = async function* () {
      for (let count = 0; count < 50; count++) {
        const unfinished = (await readdir(join(folder, "unfinished"))).map((name) =>
          join(folder, "unfinished", name),
        );
        const sizes = await Promise.all(unfinished.map(async (path) => (await stat(path)).size));
        mostAheadBytes = Math.max(mostAheadBytes, takenBytes - sizes.reduce((sum, size) => sum + size, 0));
        takenBytes += 100_000;
        yield pattern(100_000);
      }
    };
    expect((await blobs.write(source())).sizeBytes).toBe(5_000_000);
    expect(mostAheadBytes).toBeLessThanOrEqual(200_000);
  });

  it("tells a source to end when its bytes cannot be written, and lets a reader stop early", async () => {
    const { id } = await blobs.write(pattern(1_000_000));
    for await (const chunk of blobs.read(id)) {
      expect(chunk.length).toBeLessThan(1_000_000);
      break;
    }
    await rm(join(folder, "unfinished"), { recursive: true });
    let ended = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const source = async function* () {
      try {
        for (;;) yield pattern(100_000);
      } finally {
        ended();
      }
    };
    await expect(blobs.write(source())).rejects.toThrow("ENOENT");
    await end;
  });

  it("sweeps what nothing refers to and is old enough", async () => {
    const kept = await blobs.write(pattern(10));
    const young = await blobs.write(pattern(20));
    const orphan = await blobs.write(pattern(30));
    const nowMs = (await stat(join(folder, orphan.id.slice(0, 2), orphan.id))).mtimeMs;
    for (const { id } of [kept, orphan]) {
      const seconds = nowMs / 1000 - 3600;
      await utimes(join(folder, id.slice(0, 2), id), seconds, seconds);
    }
    expect(await blobs.sweep(async (id) => id === kept.id, 60_000)).toBe(1);
    expect((await files()).sort()).toEqual([kept.id, young.id].sort());
    await blobs.clear();
    expect(await files()).toEqual([]);
    await blobs.write(pattern(1));
  });
});

describe("a blob folder", () => {
  it("that cannot be made gives one clear sentence", async () => {
    await writeFile(join(folder, "file"), "");
    const opening = createDiskBlobs({ folder: join(folder, "file", "blobs"), durability: "process", ids });
    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(/^The folder .* cannot be written \(ENOTDIR\)\.$/);
  });

  it("loses no whole blob and keeps no orphan when the process is killed", { timeout: 60_000 }, async () => {
    const acknowledged = new Map<string, number>();
    const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
    for (const durability of ["process", "process", "disk", "process"] as const) {
      const child = spawn(process.execPath, ["--import", "tsx", program, folder, durability], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let left = 40;
      for await (const line of createInterface({ input: child.stdout })) {
        const [id = "", size] = line.split(" ");
        acknowledged.set(id, Number(size));
        if (--left === 0) child.kill("SIGKILL");
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "close");
      expect(left).toBeLessThanOrEqual(0);
    }
    const blobs = await createDiskBlobs({ folder, durability: "process", ids });
    for (const [id, size] of acknowledged) {
      expect(Buffer.compare(await blobs.readAll(id), Buffer.alloc(size, size))).toBe(0);
    }
    await blobs.sweep(async (id) => acknowledged.has(id), 0);
    expect((await files()).sort()).toEqual([...acknowledged.keys()].sort());
  });
});
