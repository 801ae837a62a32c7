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
import type { FunctionVersion } from "../kernel/functions.ts";
import type { ComputeOptions } from "./compute.ts";
import { linkSdk } from "./sdk.ts";
import { visitZip, type ZipEntry } from "./zip.ts";

/** Functions' code, unpacked once for each content; environments of all versions with it use one folder. */
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

  /**
   * The folder with the version's code. Unpacks it when it is not there yet, once however many ask; and
   * again when it is gone: systems clean their folder of temporary files.
   */
  async unpack(version: FunctionVersion): Promise<string> {
    const name = folderName(version.codeSha256);
    const known = this.#unpacked.get(name);
    if (known) {
      if (await exists(await known)) return known;
      if (this.#unpacked.get(name) === known) {
        this.#unpacked.delete(name);
        this.#prepared = undefined;
      }
      return this.unpack(version);
    }
    const unpacking = this.#unpack(name, version.codeBlob);
    this.#unpacked.set(name, unpacking);
    unpacking.catch(() => this.#unpacked.delete(name));
    return unpacking;
  }

  /** Keeps the code of a version in place until it is released as often. */
  hold(version: FunctionVersion): void {
    const name = folderName(version.codeSha256);
    this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
  }

  release(version: FunctionVersion): void {
    const name = folderName(version.codeSha256);
    this.#users.set(name, (this.#users.get(name) ?? 1) - 1);
  }

  /** Removes a version's code if no environment holds it. */
  async discard(version: FunctionVersion): Promise<void> {
    const name = folderName(version.codeSha256);
    if ((this.#users.get(name) ?? 0) > 0) return;
    const unpacked = this.#unpacked.get(name);
    if (!unpacked) return;
    this.#unpacked.delete(name);
    this.#users.delete(name);
    const folder = await unpacked.catch(() => undefined);
    if (!folder || this.#unpacked.has(name)) return;
    const doomed = await mkdtemp(join(this.#folder, ".old-"));
    await rename(folder, join(doomed, name)).catch(() => {});
    await rm(doomed, { recursive: true, force: true });
  }

  /** Removes what no function of this run has used: left by functions that are gone. */
  async prune(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const stale = names.filter((name) => name !== "node_modules" && !this.#unpacked.has(name));
    await Promise.all(stale.map((name) => rm(join(this.#folder, name), { recursive: true, force: true })));
  }

  async #unpack(name: string, codeBlob: string): Promise<string> {
    const folder = join(this.#folder, name);
    this.#prepared ??= linkSdk(this.sdkFolder);
    await this.#prepared;
    // The folder gets its name only when it is whole.
    if (await exists(folder)) return folder;
    const bytes = await this.#readCode(codeBlob);
    const temporary = await mkdtemp(join(this.#folder, ".new-"));
    try {
      await writeEntries(bytes, temporary);
      await rename(temporary, folder);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (!(await exists(folder))) throw error;
    }
    return folder;
  }
}

/** Base64 holds `/`, which no file name may. */
function folderName(codeSha256: string): string {
  return Buffer.from(codeSha256, "base64").toString("hex");
}

/** Links come last: nothing is ever written through one. */
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
  await writeFile(path, content);
  if (mode) await chmod(path, mode | 0o400);
}

async function writeLink(root: string, path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A link's folder may itself be a link of the package.
  const folder = await realpath(dirname(path));
  if (folder !== root && !folder.startsWith(`${root}/`)) throw escapes();
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
