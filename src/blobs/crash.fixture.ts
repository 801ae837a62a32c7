import { createIds } from "../kernel/ids.ts";
import { createDiskBlobs } from "./disk.ts";

/** Writes blobs of many sizes until it is killed; prints `<id> <size>` of those that are whole. */
const [folder = "", durability = "process"] = process.argv.slice(2);
const ids = createIds();
const blobs = await createDiskBlobs({ folder, durability: durability === "disk" ? "disk" : "process", ids });

async function* chunks(sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let left = sizeBytes; left > 0; left -= 40_000) yield Buffer.alloc(Math.min(left, 40_000), sizeBytes);
}

/** Waits for a reader that is slower than the writers. */
function print(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(line, () => resolve()));
}

async function write(sizes: readonly number[]): Promise<never> {
  for (;;) {
    for (const size of sizes) {
      const source = size < 100_000 ? Buffer.alloc(size, size) : chunks(size);
      const blob = await blobs.write(source);
      await print(`${blob.id} ${blob.sizeBytes}\n`);
    }
  }
}

await Promise.all([write([0, 1, 1000, 70_000]), write([200_000, 1_000_000]), write([5000, 3_000_001])]);
