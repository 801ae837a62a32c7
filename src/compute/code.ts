import { createHash } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "../kernel/faults.ts";
import type { CodePackage, FunctionVersion } from "../kernel/functions.ts";
import type { ComputeOptions } from "./compute.ts";
import { linkSdk } from "./sdk.ts";
import { visitZip, type ZipEntry } from "./zip.ts";

/** What a version has on disk. */
export interface Unpacked {
  /** The folder of its code: `/var/task` on AWS. */
  readonly taskRoot: string;
  /** The folder of its layers, laid over each other: `/opt` on AWS. */
  readonly layersRoot?: string;
}

type Packages = readonly CodePackage[];

/**
 * Functions' code and layers, unpacked once for each content; environments of all versions with it use one
 * folder.
 */
export class CodeStore {
  readonly sdkFolder: string;
  readonly #folder: string;
  readonly #readCode: ComputeOptions["readCode"];
  readonly #unpacked = new Map<string, Promise<string>>();
  readonly #users = new Map<string, number>();
  #prepared: Promise<void> | undefined;

  constructor(options: ComputeOptions) {
    this.#folder = join(options.folder, "code");
    this.sdkFolder = join(this.#folder, "node_modules");
    this.#readCode = options.readCode;
  }

  /** Unpacks what is not there yet. */
  async unpack(version: FunctionVersion): Promise<Unpacked> {
    const [taskRoot = "", layersRoot] = await Promise.all(
      packagesOf(version).map((packages) => this.#folderOf(packages)),
    );
    return layersRoot === undefined ? { taskRoot } : { taskRoot, layersRoot };
  }

  /** Keeps the code of a version in place until it is released as often. */
  hold(version: FunctionVersion): void {
    for (const name of packagesOf(version).map(folderName))
      this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
  }

  release(version: FunctionVersion): void {
    for (const name of packagesOf(version).map(folderName))
      this.#users.set(name, (this.#users.get(name) ?? 1) - 1);
  }

  /** Removes what a version has, no environment holds, and the version in its place does not have. */
  async discard(version: FunctionVersion, successor?: FunctionVersion): Promise<void> {
    const kept = successor ? packagesOf(successor).map(folderName) : [];
    const names = packagesOf(version).map(folderName);
    await Promise.all(names.filter((name) => !kept.includes(name)).map((name) => this.#discard(name)));
  }

  async #discard(name: string): Promise<void> {
    if ((this.#users.get(name) ?? 0) > 0) return;
    const unpacked = this.#unpacked.get(name);
    if (!unpacked) return;
    this.#unpacked.delete(name);
    this.#users.delete(name);
    const folder = await unpacked.catch(() => undefined);
    if (!folder) return;
    const doomed = await mkdtemp(join(this.#folder, ".old-"));
    // At once: who wants it again in the meantime would find it there, and then gone.
    if (!this.#unpacked.has(name) && existsSync(folder)) renameSync(folder, join(doomed, name));
    await rm(doomed, { recursive: true, force: true });
  }

  /** Waits for what is being unpacked: only then may its folder go. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#unpacked.values());
  }

  /** Removes what no function of this run has used: left by functions that are gone. */
  async prune(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const stale = names.filter((name) => name !== "node_modules" && !this.#unpacked.has(name));
    await Promise.all(stale.map((name) => rm(join(this.#folder, name), { recursive: true, force: true })));
  }

  /** Once however many ask; and again when it is gone: systems clean their folder of temporary files. */
  async #folderOf(packages: Packages): Promise<string> {
    const name = folderName(packages);
    const known = this.#unpacked.get(name);
    if (known) {
      if (await exists(await known)) return known;
      if (this.#unpacked.get(name) === known) {
        this.#unpacked.delete(name);
        this.#prepared = undefined;
      }
      return this.#folderOf(packages);
    }
    const unpacking = this.#unpack(name, packages);
    this.#unpacked.set(name, unpacking);
    unpacking.catch(() => this.#unpacked.delete(name));
    return unpacking;
  }

  async #unpack(name: string, packages: Packages): Promise<string> {
    const folder = join(this.#folder, name);
    this.#prepared ??= linkSdk(this.sdkFolder);
    await this.#prepared;
    // The folder gets its name only when it is whole.
    if (await exists(folder)) return folder;
    const temporary = await mkdtemp(join(this.#folder, ".new-"));
    try {
      for (const { codeBlob } of packages) await writeEntries(await this.#readCode(codeBlob), temporary);
      await rename(temporary, folder);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (!(await exists(folder))) throw error;
    }
    return folder;
  }
}

/** What lies in one folder each: the code, and the layers. */
function packagesOf(version: FunctionVersion): Packages[] {
  return version.layers.length > 0 ? [[version], version.layers] : [[version]];
}

/** Base64 holds `/`, which no file name may. */
function folderName(packages: Packages): string {
  const [only, ...more] = packages.map(({ codeSha256 }) => codeSha256);
  if (only !== undefined && more.length === 0) return Buffer.from(only, "base64").toString("hex");
  return createHash("sha256")
    .update(JSON.stringify([only, ...more]))
    .digest("hex");
}

/** Links come last: nothing of the same zip is ever written through one, and none leads out of the folder. */
async function writeEntries(bytes: Uint8Array, root: string): Promise<void> {
  const links: { entry: ZipEntry; target: string }[] = [];
  await visitZip(bytes, async (entry, content) => {
    const path = join(root, entry.path);
    if (entry.kind === "link") links.push({ entry, target: content.toString("utf8") });
    else if (entry.kind === "folder") await mkdir(path, { recursive: true });
    else await writeEntry(path, content, entry.mode);
  });
  await chmod(root, 0o755);
  const realRoot = await realpath(root);
  for (const { entry, target } of links) await writeLink(realRoot, join(realRoot, entry.path), target);
}

async function writeEntry(path: string, content: Buffer, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Of a layer below: it may be a link, or not writable.
  await rm(path, { force: true });
  await writeFile(path, content);
  if (mode) await chmod(path, mode | 0o400);
}

async function writeLink(root: string, path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A link's folder may itself be a link of the package.
  const folder = await realpath(dirname(path));
  if (folder !== root && !folder.startsWith(`${root}/`)) throw escapes();
  await rm(path, { force: true });
  await symlink(target, path);
  const reached = await realpath(path).catch(() => undefined);
  if (reached === undefined || reached === root || reached.startsWith(`${root}/`)) return;
  await rm(path);
  throw escapes();
}

function escapes(): Fault {
  return new Fault("InvalidParameterValueException", "A link of the package leads out of it.");
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
