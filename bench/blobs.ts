// Blobs on disk beside the bare calls of node:fs that they stand on:
//
//   tsx bench/blobs.ts
//
// prints one JSON line a figure.
import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDiskBlobs } from "../src/blobs/disk.ts";
import { createIds } from "../src/kernel/ids.ts";
import { byClients, isBundled, print, rate } from "./bundled.ts";

const MIB = 1024 * 1024;
const LARGE_BYTES = 256 * MIB;
const CHUNK = Buffer.alloc(64 * 1024, "x");
const SMALL = Buffer.alloc(1024, "x");

async function* large(): AsyncGenerator<Uint8Array> {
  for (let left = LARGE_BYTES; left > 0; left -= CHUNK.length) yield CHUNK;
}

/** The speed of moving the large blob's bytes once, in MiB/s. */
async function speed(work: () => Promise<unknown>): Promise<number> {
  return (await rate(1, work)) * (LARGE_BYTES / MIB);
}

async function writeBare(path: string): Promise<void> {
  const file = await open(path, "w");
  for await (const chunk of large()) await file.write(chunk);
  await file.close();
}

function writeSmallBare(path: string): void {
  const descriptor = openSync(path, "w");
  writeSync(descriptor, SMALL);
  closeSync(descriptor);
  renameSync(path, `${path}.whole`);
}

if (await isBundled(import.meta.url)) {
  const folder = await mkdtemp(join(tmpdir(), "bench-blobs-"));
  const ids = createIds();
  for (const durability of ["process", "disk"] as const) {
    const blobs = await createDiskBlobs({ folder: join(folder, durability), durability, ids });
    const put = (count: number) => byClients(16, count, () => blobs.write(SMALL));
    const puts = await rate(durability === "disk" ? 300 : 3_000, put);
    const bare = (count: number) =>
      byClients(16, count, async (index) => writeSmallBare(join(folder, `bare-${index}`)));
    const floor = durability === "disk" ? {} : { floor: await rate(3_000, bare) };
    print({ name: `blobs ${durability}, 1 KiB written`, unit: "blobs/s", value: puts, ...floor });
    if (durability === "disk") continue;

    const { id } = await blobs.write(SMALL);
    const path = join(folder, "bare-0.whole");
    print({
      name: "blobs, 1 KiB read at once",
      unit: "blobs/s",
      value: await rate(10_000, (count) => byClients(16, count, () => blobs.readAll(id))),
      floor: await rate(10_000, (count) => byClients(16, count, () => readFile(path))),
    });
    const whole = await blobs.write(large());
    print({
      name: "blobs, 256 MiB written",
      unit: "MiB/s",
      value: await speed(async () => blobs.delete((await blobs.write(large())).id)),
      floor: await speed(() => writeBare(join(folder, "bare"))),
    });
    const drain = async (source: AsyncIterable<Uint8Array>) => {
      for await (const chunk of source) if (chunk.length === 0) return;
    };
    print({
      name: "blobs, 256 MiB read",
      unit: "MiB/s",
      value: await speed(() => drain(blobs.read(whole.id))),
      floor: await speed(async () => {
        const file = await open(join(folder, "bare"));
        await drain(file.createReadStream({ highWaterMark: 256 * 1024 }));
      }),
    });
    const halves = [whole.id, whole.id];
    print({
      name: "blobs, 512 MiB joined of two",
      unit: "MiB/s",
      value: 2 * (await speed(async () => blobs.delete((await blobs.concat(halves)).id))),
    });
  }
  await rm(folder, { recursive: true, force: true });
}
