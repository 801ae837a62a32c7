// Zips a function's code with the packages it needs in production, as AWS wants it. The AWS SDK is not
// among them: the platform has it, as on AWS.
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { zipSync } from "fflate";

/** Equal files make an equal zip, so that an unchanged function need not be deployed again. */
const MODIFIED = new Date(1980, 0, 1);

/** @type {(folder: string, files: readonly string[]) => Uint8Array} */
export function zipFunction(folder, files) {
  /** @type {import("fflate").Zippable} */
  const entries = {};
  for (const file of files) addFile(entries, join(folder, file), file);
  addPackages(entries, folder, "", new Map());
  return zipSync(entries, { level: 3, mtime: MODIFIED });
}

/** @type {(entries: import("fflate").Zippable, path: string, name: string) => void} */
function addFile(entries, path, name) {
  entries[name] = [readFileSync(path), { os: 3, attrs: (0o100000 | (statSync(path).mode & 0o777)) << 16 }];
}

/**
 * Adds what the package in `folder` depends on, and what that depends on. A package lies at the top unless
 * another version of it does.
 *
 * @param {import("fflate").Zippable} entries
 * @param {string} folder
 * @param {string} place
 * @param {Map<string, string>} placed
 */
function addPackages(entries, folder, place, placed) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const optional = Object.keys(manifest.optionalDependencies ?? {});
  for (const name of new Set([...Object.keys(manifest.dependencies ?? {}), ...optional])) {
    const found = findPackage(folder, name);
    // Of optional packages only those for this machine are installed.
    if (!found && optional.includes(name)) continue;
    if (!found) throw new Error(`${name} is not installed: run npm ci`);
    if (placed.get(`node_modules/${name}`) === found) continue;
    const top = `node_modules/${name}`;
    const target = placed.has(top) ? `${place}/${top}` : top;
    placed.set(target, found);
    addFolder(entries, found, target);
    addPackages(entries, found, target, placed);
  }
}

/** @type {(folder: string, name: string) => string | undefined} */
function findPackage(folder, name) {
  for (let at = folder; ; at = dirname(at)) {
    try {
      return realpathSync(join(at, "node_modules", name));
    } catch {
      if (at === dirname(at)) return undefined;
    }
  }
}

/** @type {(entries: import("fflate").Zippable, folder: string, target: string) => void} */
function addFolder(entries, folder, target) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules")
      addFolder(entries, path, `${target}/${entry.name}`);
    else if (entry.isFile()) addFile(entries, path, `${target}/${entry.name}`);
  }
}
