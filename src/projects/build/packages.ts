import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { UserError } from "../../kernel/faults.ts";
import { type Entries, readFolder } from "../archive.ts";

/** What matters here of a package.json. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
  readonly gypfile?: boolean;
  readonly binary?: unknown;
  readonly napi?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

/** The nearest folder, from this one upwards, that is a package. */
export function packageFolder(from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, "package.json"))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Where a package is installed as seen from a folder. */
export function findPackage(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return realpathSync(folder);
    if (at === dirname(at)) return undefined;
  }
}

/** `@scope/name` of `@scope/name/file.js`. */
export function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Packages that load a binary by its place on the disk. */
const LOADERS = [
  "@mapbox/node-pre-gyp",
  "bindings",
  "detect-libc",
  "node-addon-api",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "prebuild-install",
];

/** Whether the package has a binary of its own, which no bundle can hold. */
export function isNative(folder: string): boolean {
  const manifest = readManifest(folder);
  if (!manifest) return false;
  if (manifest.gypfile || manifest.binary !== undefined || manifest.napi !== undefined) return true;
  if (existsSync(join(folder, "binding.gyp"))) return true;
  return LOADERS.some((name) => manifest.dependencies?.[name] !== undefined);
}

/** `name@version` of the package that a file lies in, or undefined for one that is no package's. */
export function packageOf(file: string): string | undefined {
  const parts = file.split(`node_modules${sep}`);
  const inside = parts.at(-1) ?? "";
  if (parts.length < 2) return undefined;
  const name = packageName(inside.split(sep).join("/"));
  const folder = join(parts.slice(0, -1).join(`node_modules${sep}`), "node_modules", name);
  return `${name}@${readManifest(folder)?.version ?? "?"}`;
}

/**
 * The packages with all that they depend on, as `node_modules` of an archive. A package lies at the top
 * unless another version of it does.
 */
export async function packageEntries(names: readonly string[], from: string): Promise<Entries> {
  const entries: Entries = new Map();
  const placed = new Map<string, string>();
  const add = async (name: string, seenFrom: string, place: string, isOptional: boolean): Promise<void> => {
    const folder = findPackage(name, seenFrom);
    // Of optional packages only those for this machine are installed.
    if (folder === undefined && isOptional) return;
    if (folder === undefined)
      throw new UserError(`the package ${name} is not installed in ${from}: run npm install there.`);
    const top = `node_modules/${name}`;
    if (placed.get(top) === folder) return;
    const target = placed.has(top) ? `${place}/${top}` : top;
    if (placed.get(target) === folder) return;
    placed.set(target, folder);
    const files = await readFolder(folder, { into: target, skips: (each) => each === "node_modules" });
    for (const [path, entry] of files) entries.set(path, entry);
    const { dependencies = {}, optionalDependencies = {} } = readManifest(folder) ?? {};
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies }))
      await add(each, folder, target, each in optionalDependencies);
  };
  for (const name of names) await add(name, from, "", false);
  return entries;
}

/** Whether the folder is a package that needs others when it runs. */
export function needsPackages(folder: string): boolean {
  return Object.keys(readManifest(folder)?.dependencies ?? {}).length > 0;
}
