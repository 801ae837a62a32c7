// Writes the types of the test library into dist/types: the declarations of src/testing, and of what they
// name of the rest. It takes TypeScript a while, so only what is packed has them.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ENTRY = "testing/index.d.ts";
const TSC = join(root, "node_modules", "typescript", "bin", "tsc");
/** `from "../kernel/clock.ts"` */
const NAMED = /(?<=from ")(\.[^"]+)\.ts(?=")/g;
/** Whoever uses the library need not know that it is disposable. */
const NEEDED = '/// <reference lib="esnext.disposable" />\n';

export async function declareTypes(outdir = join(root, "dist", "types")) {
  const all = await mkdtemp(join(tmpdir(), "nuage-types-"));
  try {
    emit(all);
    await rm(outdir, { recursive: true, force: true });
    for (const [file, text] of await reachable(all)) {
      await mkdir(dirname(join(outdir, file)), { recursive: true });
      await writeFile(join(outdir, file), (file === ENTRY ? NEEDED : "") + text.replaceAll(NAMED, "$1.js"));
    }
  } finally {
    await rm(all, { recursive: true, force: true });
  }
}

/** Whether the sources are right is not asked here: `npm run typecheck` does. */
function emit(/** @type {string} */ outDir) {
  const settings = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false", "--noCheck"];
  const places = ["--outDir", outDir, "--rootDir", join(root, "src")];
  const config = join(root, "tsconfig.types.json");
  spawnSync(process.execPath, [TSC, "-p", config, ...settings, ...places], { stdio: "ignore" });
}

/** The entry's declarations and those that they name, by their paths. */
async function reachable(/** @type {string} */ folder) {
  /** @type {Map<string, string>} */
  const found = new Map();
  const walk = async (/** @type {string} */ file) => {
    if (found.has(file)) return;
    const text = await readFile(join(folder, file), "utf8");
    found.set(file, text);
    for (const [, name] of text.matchAll(NAMED)) await walk(join(dirname(file), `${name}.d.ts`));
  };
  await walk(ENTRY);
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await declareTypes();
