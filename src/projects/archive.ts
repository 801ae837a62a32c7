import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { zipSync } from "fflate";

/** A file of an archive. */
export interface Entry {
  readonly bytes: Uint8Array;
  readonly isExecutable: boolean;
}

/** The files of an archive by their paths in it. */
export type Entries = Map<string, Entry>;

/** Equal files make equal zips, so that what did not change need not be deployed again. */
const MODIFIED = new Date(1980, 0, 1);
const UNIX = 3;
const REGULAR_FILE = 0o100000;

/** Fast rather than small: most of it never leaves the machine. */
const LEVEL = 3;

/** For what somebody waits for. */
export const AT_ONCE = 1;

/** `stored`: those of the files that are not compressed at all. */
export function zipOf(
  entries: Entries,
  level: typeof LEVEL | typeof AT_ONCE = LEVEL,
  stored: Entries = new Map(),
): Uint8Array {
  const sorted = [...entries].sort(([one], [other]) => (one < other ? -1 : 1));
  const files = sorted.map(([path, entry]) => {
    const mode = REGULAR_FILE | (entry.isExecutable ? 0o755 : 0o644);
    const options = { os: UNIX, attrs: mode << 16, level: stored.get(path) === entry ? 0 : level };
    return [path, [entry.bytes, options]] as const;
  });
  return zipSync(Object.fromEntries(files) as Parameters<typeof zipSync>[0], {
    mtime: MODIFIED,
  });
}

/** What tools leave in a folder, and what no function needs. */
const LEFT_OUT = new Set([
  ".DS_Store",
  ".aws-sam",
  ".git",
  ".idea",
  ".mypy_cache",
  ".nuage",
  ".pytest_cache",
  ".serverless",
  ".venv",
  ".vscode",
  "__pycache__",
  "cdk.out",
]);

export function isLeftOut(name: string): boolean {
  return LEFT_OUT.has(name) || name.endsWith(".pyc");
}

/**
 * The files below a folder. Links are followed, but not in circles.
 * `skips`: names of files and folders to leave out besides what tools leave behind.
 */
export async function readFolder(
  folder: string,
  { skips = () => false, into = "" }: { skips?: (name: string) => boolean; into?: string } = {},
): Promise<Entries> {
  const entries: Entries = new Map();
  const walk = async (at: string, prefix: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(at);
    if (above.includes(real)) return;
    for (const name of (await readdir(at)).sort()) {
      if (isLeftOut(name) || skips(name)) continue;
      const path = join(at, name);
      const found = await stat(path).catch(() => undefined);
      if (found?.isDirectory()) await walk(path, `${prefix}${name}/`, [...above, real]);
      else if (found?.isFile()) entries.set(prefix + name, await readEntry(path));
    }
  };
  await walk(folder, into === "" ? "" : `${into}/`, []);
  return entries;
}

export async function readEntry(path: string): Promise<Entry> {
  const [bytes, { mode }] = await Promise.all([readFile(path), stat(path)]);
  return { bytes, isExecutable: (mode & 0o100) !== 0 };
}

/** A single file as the only one of an archive. */
export async function fileEntries(path: string): Promise<Entries> {
  return new Map([[basename(path), await readEntry(path)]]);
}
