import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AT_ONCE, type Entries, readFolder, zipOf } from "../archive.ts";
import { runTool } from "../tools.ts";
import type { Built, Source } from "./source.ts";

const REQUIREMENTS = "requirements.txt";

export const hasRequirements = ({ path }: Source) => existsSync(join(path, REQUIREMENTS));

/** Packages beyond this many bytes are compressed also for who waits: Lambda takes 50 MB at once. */
const MOST_STORED_BYTES = 30_000_000;

/** Packages that were read, by the folder that keeps them. */
export type KnownPackages = Map<string, Entries>;

/**
 * The folder's files over the packages of its requirements.txt. `into`: an empty folder for those.
 * `known`: remembers packages for who makes this again and again.
 */
export async function buildPython(source: Source, into: string, known?: KnownPackages): Promise<Built> {
  const packages = hasRequirements(source) ? await packagesFor(source, into, known) : new Map();
  const code: Entries = new Map([...packages, ...(await readFolder(source.path))]);
  const files = source.kind === "layer" ? below("python", code) : code;
  const made = { how: "pip", inputs: [source.path], packages: packagesOf(packages), isMapped: false };
  const portable = () => zipOf(files);
  if (!source.isAtHome) return { archive: portable(), ...made };
  const stored = weightOf(packages) <= MOST_STORED_BYTES ? packages : undefined;
  return { archive: zipOf(files, AT_ONCE, stored), portable, ...made };
}

/** Of what `requirements.txt` may say only this depends on nothing else that lies here. */
const PLAIN = /^\s*([A-Za-z0-9][^@/\\]*)?(#.*)?$/;

/** They are installed anew when the list of them changes, and not with each change of the code. */
async function packagesFor(source: Source, into: string, known: KnownPackages = new Map()): Promise<Entries> {
  const fresh = join(into, "packages");
  const list = await readFile(join(source.path, REQUIREMENTS), "utf8");
  if (!list.split("\n").every((line) => PLAIN.test(line))) return install(source, fresh);
  const hash = createHash("sha256").update(`${source.runtime}\0${source.architecture}\0${list}`);
  const kept = join(dirname(into), `pip-${hash.digest("hex").slice(0, 32)}`);
  const isKept = existsSync(kept);
  const files = (isKept && known.get(kept)) || (isKept ? await filesOf(kept) : await install(source, fresh));
  // Another function with the same list may have been faster.
  if (!isKept) await rename(fresh, kept).catch(() => undefined);
  known.set(kept, files);
  return files;
}

const weightOf = (files: Entries): number =>
  [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);

async function install({ path, logicalId }: Source, into: string): Promise<Entries> {
  await runTool({
    file: "python3",
    args: [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"],
      // What is compiled carries times: the same packages would make another archive every time.
      ...["--no-compile", "--target", into, "--requirement", REQUIREMENTS],
    ],
    folder: path,
    missing: `${logicalId} needs Python packages, and there is no python3 on this machine.`,
  });
  return filesOf(into);
}

async function filesOf(folder: string): Promise<Entries> {
  if (!existsSync(folder)) return new Map();
  const files = await readFolder(folder, { skips: (name) => name === "direct_url.json" });
  // Programs begin with the path of this machine's Python.
  for (const file of files.keys()) if (file.startsWith("bin/")) files.delete(file);
  return files;
}

/** pip notes each package in a folder `NAME-VERSION.dist-info`. */
function packagesOf(files: Entries): string[] {
  const noted = [...files.keys()].flatMap((path) => {
    const [, name, version] = /^([^/]+)-([^/-]+)\.dist-info\//.exec(path) ?? [];
    return name === undefined ? [] : [`${name}@${version}`];
  });
  return [...new Set(noted)].sort();
}

/** A layer's packages lie where its functions look for them. */
function below(folder: string, files: Entries): Entries {
  return new Map([...files].map(([path, entry]) => [`${folder}/${path}`, entry]));
}
