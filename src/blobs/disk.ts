import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../kernel/faults.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Room } from "../kernel/room.ts";
import { type BlobInfo, BlobMissing, type Blobs, type ByteRange } from "./blobs.ts";

export interface DiskBlobsOptions {
  /** Made when it is not there. One process at a time may have it open. */
  readonly folder: string;
  /** process: bytes survive `kill -9`. disk: they are flushed to the disk before a write resolves. */
  readonly durability: "process" | "disk";
  readonly ids: Ids;
  /** Of the disk that the folder is on. */
  readonly room?: Room;
}

/** Where blobs are written before they are whole; emptied when the folder is opened. */
const UNFINISHED = "unfinished";
const ID_DIGITS = 32;
const ID = /^[0-9a-f]{32}$/;
/** Blobs lie in 256 folders, by the first digits of their id. */
const FOLDER_DIGITS = 2;
/** Up to here, writing at once costs less than handing the work to another thread. */
const SMALL_BYTES = 64 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** Blobs as files. A file under its final name is whole: it was renamed into place. */
export async function createDiskBlobs(options: DiskBlobsOptions): Promise<Blobs> {
  const blobs = new DiskBlobs(options);
  await blobs.open();
  return blobs;
}

class DiskBlobs implements Blobs {
  readonly #folder: string;
  readonly #flushes: boolean;
  readonly #ids: Ids;
  readonly #room: Room | undefined;

  constructor({ folder, durability, ids, room }: DiskBlobsOptions) {
    this.#folder = folder;
    this.#flushes = durability === "disk";
    this.#ids = ids;
    this.#room = room;
  }

  async open(): Promise<void> {
    try {
      await fs.rm(join(this.#folder, UNFINISHED), { recursive: true, force: true });
      await fs.mkdir(join(this.#folder, UNFINISHED), { recursive: true });
    } catch (error) {
      throw new UserError(`The folder ${this.#folder} cannot be written (${codeOf(error)}).`);
    }
  }

  async write(source: AsyncIterable<Uint8Array> | Uint8Array): Promise<BlobInfo> {
    const id = this.#ids.hex(ID_DIGITS);
    if (source instanceof Uint8Array) return this.#writeWhole(id, [source]);
    const iterator = source[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    for (let sizeBytes = 0; sizeBytes <= SMALL_BYTES; ) {
      const { done, value } = await iterator.next();
      if (done) return this.#writeWhole(id, head);
      head.push(value);
      sizeBytes += value.length;
    }
    try {
      return await this.#writeUnfinished(id, (write) => pour(write, head, iterator));
    } catch (error) {
      // Not awaited: a source that stands still must not hold up the news that the disk is full.
      iterator.return?.().catch(() => {});
      throw error;
    }
  }

  async *read(id: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const file = await this.#openBlob(id);
    try {
      const end = Math.min(range?.end ?? Number.POSITIVE_INFINITY, (await file.stat()).size);
      for (let at = range?.start ?? 0; at < end; ) {
        const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async readAll(id: string): Promise<Uint8Array> {
    let descriptor: number;
    try {
      descriptor = openSync(this.#pathOf(id), "r");
    } catch (error) {
      throw missingOr(error, id);
    }
    try {
      const sizeBytes = fstatSync(descriptor).size;
      if (sizeBytes > SMALL_BYTES) return await fs.readFile(this.#pathOf(id));
      const bytes = Buffer.allocUnsafe(sizeBytes);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, sizeBytes, 0));
    } finally {
      closeSync(descriptor);
    }
  }

  /** The first blob is copied by the file system, without passing through memory where it can. */
  async concat(ids: readonly string[]): Promise<BlobInfo> {
    const [first, ...rest] = ids;
    const id = this.#ids.hex(ID_DIGITS);
    if (first === undefined) return this.#writeWhole(id, []);
    try {
      await fs.copyFile(this.#pathOf(first), this.#unfinishedPath(id), fs.constants.COPYFILE_FICLONE);
    } catch (error) {
      throw missingOr(error, first);
    }
    return this.#writeUnfinished(id, async (write) => {
      for (const next of rest) for await (const chunk of this.read(next)) await write(chunk);
    });
  }

  async delete(id: string): Promise<void> {
    await fs.rm(this.#pathOf(id), { force: true });
  }

  async sweep(isReferenced: (id: string) => Promise<boolean>, olderThanMs: number): Promise<number> {
    const nowMs = await this.#fileSystemTime();
    let deleted = 0;
    for (const folder of await fs.readdir(this.#folder)) {
      if (folder === UNFINISHED) continue;
      for (const id of await fs.readdir(join(this.#folder, folder))) {
        if (!ID.test(id)) continue;
        const file = await fs.stat(this.#pathOf(id)).catch(() => undefined);
        if (!file || nowMs - file.mtimeMs < olderThanMs || (await isReferenced(id))) continue;
        await this.delete(id);
        deleted++;
      }
    }
    return deleted;
  }

  async clear(): Promise<void> {
    for (const name of await fs.readdir(this.#folder)) {
      await fs.rm(join(this.#folder, name), { recursive: true, force: true });
    }
    await this.open();
  }

  async close(): Promise<void> {}

  async #writeWhole(id: string, chunks: readonly Uint8Array[]): Promise<BlobInfo> {
    const sizeBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.#flushes || sizeBytes > SMALL_BYTES) {
      return this.#writeUnfinished(id, async (write) => {
        for (const chunk of chunks) await write(chunk);
      });
    }
    this.#room?.take(sizeBytes);
    const path = this.#unfinishedPath(id);
    try {
      writeSmall(path, chunks);
      this.#renameSmall(id);
    } catch (error) {
      await fs.rm(path, { force: true });
      throw error;
    }
    return { id, sizeBytes };
  }

  #renameSmall(id: string): void {
    try {
      renameSync(this.#unfinishedPath(id), this.#pathOf(id));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      mkdirSync(join(this.#folder, id.slice(0, FOLDER_DIGITS)), { recursive: true });
      renameSync(this.#unfinishedPath(id), this.#pathOf(id));
    }
  }

  /** Fills a file of its own with `fill`, makes it safe, and gives it its name; or leaves nothing. */
  async #writeUnfinished(id: string, fill: (write: Write) => Promise<void>): Promise<BlobInfo> {
    const path = this.#unfinishedPath(id);
    try {
      const file = await fs.open(path, "a");
      let sizeBytes: number;
      try {
        await fill(async (bytes) => {
          this.#room?.take(bytes.length);
          await writeAll(file, bytes);
        });
        if (this.#flushes) await file.sync();
        sizeBytes = (await file.stat()).size;
      } finally {
        await file.close();
      }
      await this.#moveIntoPlace(id);
      return { id, sizeBytes };
    } catch (error) {
      await fs.rm(path, { force: true });
      throw error;
    }
  }

  async #moveIntoPlace(id: string): Promise<void> {
    const folder = join(this.#folder, id.slice(0, FOLDER_DIGITS));
    const made = await fs.mkdir(folder, { recursive: true });
    await fs.rename(this.#unfinishedPath(id), this.#pathOf(id));
    if (!this.#flushes) return;
    await flushFolder(folder);
    if (made !== undefined) await flushFolder(this.#folder);
  }

  /** What the file system calls now: the platform's clock may be turned, the age of files is not. */
  async #fileSystemTime(): Promise<number> {
    const path = this.#unfinishedPath(this.#ids.hex(ID_DIGITS));
    await fs.writeFile(path, "");
    const { mtimeMs } = await fs.stat(path);
    await fs.rm(path);
    return mtimeMs;
  }

  async #openBlob(id: string): Promise<fs.FileHandle> {
    try {
      return await fs.open(this.#pathOf(id), "r");
    } catch (error) {
      throw missingOr(error, id);
    }
  }

  #pathOf(id: string): string {
    if (!ID.test(id)) throw new BlobMissing(id);
    return join(this.#folder, id.slice(0, FOLDER_DIGITS), id);
  }

  #unfinishedPath(id: string): string {
    return join(this.#folder, UNFINISHED, id);
  }
}

type Write = (bytes: Uint8Array) => Promise<void>;

/** Writes `head` and what follows it; the next chunk is fetched while the last is being written. */
async function pour(
  write: Write,
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): Promise<void> {
  for (const chunk of head) await write(chunk);
  let writing: Promise<void> = Promise.resolve();
  for (;;) {
    const [next] = await Promise.all([rest.next(), writing]);
    if (next.done) return;
    writing = write(next.value);
  }
}

function writeSmall(path: string, chunks: readonly Uint8Array[]): void {
  const descriptor = openSync(path, "wx");
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at);
    }
  } finally {
    closeSync(descriptor);
  }
}

async function writeAll(file: fs.FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function missingOr(error: unknown, id: string): unknown {
  return codeOf(error) === "ENOENT" ? new BlobMissing(id) : error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
