import { posix } from "node:path";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, fromBuffer, type ZipFile } from "yauzl";
import { Fault } from "../kernel/faults.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB unzipped. */
export const UNZIPPED_LIMIT_BYTES = 262_144_000;
/** Far above any real package; a directory of millions of empty entries is an attack on the disk. */
const ENTRY_LIMIT = 200_000;
/** A longer link target is no path. */
const LONGEST_LINK_BYTES = 4096;
const TYPE_MASK = 0o170000;
const TYPE_LINK = 0o120000;
const TYPE_FOLDER = 0o040000;
const TYPE_FILE = 0o100000;

export interface ZipEntry {
  /** Relative, with `/`, without a trailing one. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  readonly sizeBytes: number;
  /** Permission bits; 0 where the zip was made on a system without them. */
  readonly mode: number;
}

/** Called for every entry in turn with its whole content; never with an unsafe one. */
export type ZipVisitor = (entry: ZipEntry, content: Buffer) => Promise<void> | void;

/**
 * Refuses, as CreateFunction does, what cannot be unpacked, is too large, or would write outside of its
 * folder. Reads every entry, so that a damaged one is found now and not at the first invocation. Gives how
 * many bytes the files come to.
 */
export async function inspectZip(bytes: Uint8Array): Promise<number> {
  let total = 0;
  await visitZip(bytes, ({ sizeBytes }) => {
    total += sizeBytes;
  });
  return total;
}

/** Reads a zip from its central directory. Throws InvalidParameterValueException. */
export async function visitZip(bytes: Uint8Array, visit: ZipVisitor): Promise<void> {
  const zip = await openZip(bytes);
  try {
    if (zip.entryCount === 0)
      throw new Fault("InvalidParameterValueException", "Uploaded file must be a non-empty zip");
    if (zip.entryCount > ENTRY_LIMIT) throw tooLarge();
    let totalBytes = 0;
    for await (const entry of entriesOf(zip)) {
      totalBytes += entry.uncompressedSize;
      if (totalBytes > UNZIPPED_LIMIT_BYTES) throw tooLarge();
      const described = describe(entry);
      const content = await readEntry(zip, entry);
      if (described.kind === "link") checkLink(described, content);
      await visit(described, content);
    }
  } catch (error) {
    if (error instanceof Fault || isSystemError(error)) throw error;
    throw unreadable();
  } finally {
    zip.close();
  }
}

function openZip(bytes: Uint8Array): Promise<ZipFile> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Promise((resolve, reject) => {
    fromBuffer(buffer, { lazyEntries: true, strictFileNames: true }, (error, zip) => {
      if (error) reject(unreadable());
      else resolve(zip);
    });
  });
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      const settle = (then: () => void) => {
        zip.removeAllListeners();
        then();
      };
      zip.once("entry", (found: Entry) => settle(() => resolve(found)));
      zip.once("end", () => settle(() => resolve(undefined)));
      zip.once("error", (error: unknown) => settle(() => reject(error)));
      zip.readEntry();
    });
    if (!entry) return;
    yield entry;
  }
}

function describe(entry: Entry): ZipEntry {
  const attributes = entry.externalFileAttributes >>> 16;
  const type = attributes & TYPE_MASK;
  const path = posix.normalize(entry.fileName).replace(/\/$/, "");
  const named = { path, sizeBytes: entry.uncompressedSize, mode: attributes & 0o777 };
  if (path === "" || path.startsWith("../") || path === ".." || path.includes("\0")) throw unreadable();
  if (entry.isEncrypted()) throw unreadable();
  if (entry.fileName.endsWith("/") || type === TYPE_FOLDER) return { ...named, kind: "folder" };
  if (type === TYPE_LINK) return { ...named, kind: "link" };
  // Devices, sockets and pipes have no place in a package.
  if (type !== 0 && type !== TYPE_FILE) throw unreadable();
  return { ...named, kind: "file" };
}

/** Leads a link out of the package: `..` only leads up from where it stands, and not above the root. */
function checkLink(entry: ZipEntry, content: Buffer): void {
  const target = content.toString("utf8");
  const parts = target.split("/");
  const firstName = parts.findIndex((part) => part !== ".." && part !== ".");
  const climbsLater = firstName >= 0 && parts.slice(firstName).includes("..");
  const reached = posix.join(posix.dirname(entry.path), target);
  const outside = reached === ".." || reached.startsWith("../");
  const tooLong = content.length === 0 || content.length > LONGEST_LINK_BYTES;
  if (posix.isAbsolute(target) || climbsLater || outside || tooLong || target.includes("\0"))
    throw unreadable();
}

/** The entry's content. yauzl refuses one that grows beyond the size its directory states. */
async function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  if (entry.fileName.endsWith("/")) return Buffer.alloc(0);
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const content = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  if (crc32(content) !== entry.crc32 >>> 0) throw unreadable();
  return content;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function unreadable(): Fault {
  const message = "Could not unzip uploaded file. Please check your file, then try to upload again.";
  return new Fault("InvalidParameterValueException", message);
}

function tooLarge(): Fault {
  const message = `Unzipped size must be smaller than ${UNZIPPED_LIMIT_BYTES} bytes`;
  return new Fault("InvalidParameterValueException", message);
}
