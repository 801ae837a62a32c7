import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../../kernel/faults.ts";
import { fileEntries, readFolder, zipOf } from "../archive.ts";
import { buildGo, buildJava, buildMake, buildNpm, buildRust } from "./compiled.ts";
import { checkHandler } from "./handlers.ts";
import { bundler, entryOf, isTypeScript } from "./node.ts";
import { needsPackages } from "./packages.ts";
import { buildPython, hasRequirements, type KnownPackages } from "./python.ts";
import { type Builder, type Built, builder, flagOf, identityOf, type Source } from "./source.ts";

/**
 * How a function's or a layer's code is made, by its template's word or by its runtime and its files. What
 * needs nothing is zipped as it is.
 * `workshop`: a folder that keeps what tools have made, so that they run again only when something changed.
 */
export async function builderFor(source: Source, workshop: string): Promise<Builder> {
  const found = await stat(source.path).catch(() => undefined);
  if (!found) throw new UserError(`${source.logicalId}: its code ${source.path} is not there.`);
  if (found.isFile()) return builder(() => takeFile(source));
  const method = source.method ?? methodFor(source);
  if (method === "esbuild") return bundler(source);
  const tool = TOOLS.find(({ names }) => names.test(method));
  if (method !== FOLDER && !tool)
    throw new UserError(`${source.logicalId}: there is no BuildMethod ${method}.`);
  if (!tool) checkHandler(source);
  if (tool?.build === buildPython && source.isAtHome) return pythonAtHome(source, workshop);
  return builder(() => (tool ? cached(source, workshop, tool.build) : takeFolder(source)));
}

const FOLDER = "folder";
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_BYTES = 262_144_000;

/** SAM's names of build methods. A runtime stands for the way of its language. */
const TOOLS: readonly { readonly names: RegExp; readonly build: typeof buildGo }[] = [
  { names: /^makefile$/, build: buildMake },
  { names: /^python3\.\d+$/, build: buildPython },
  { names: /^java\d+/, build: buildJava },
  { names: /^go/, build: buildGo },
  { names: /^rust-cargolambda$|^cargo$/, build: buildRust },
  { names: /^nodejs\d+\.x$/, build: buildNpm },
];

/** What a folder needs that says nothing itself. */
function methodFor(source: Source): string {
  const { path, runtime, kind, properties } = source;
  if (flagOf(properties, "SkipBuild", false) || kind === "layer") return FOLDER;
  if (runtime.startsWith("nodejs")) return nodeMethod(source);
  if (runtime.startsWith("python")) return hasRequirements(source) ? runtime : FOLDER;
  const has = (name: string) => existsSync(join(path, name));
  if (runtime.startsWith("java")) {
    return ["pom.xml", "build.gradle", "build.gradle.kts"].some(has) ? runtime : FOLDER;
  }
  if (has("go.mod")) return "go";
  if (has("Cargo.toml")) return "cargo";
  return FOLDER;
}

/**
 * TypeScript must be compiled, and what needs packages is bundled with them. JavaScript that needs none runs
 * as it is, beside the files that it may read.
 */
function nodeMethod(source: Source): string {
  const entry = entryOf(source);
  if (entry === undefined) return FOLDER;
  return isTypeScript(entry) || needsPackages(source.path) ? "esbuild" : FOLDER;
}

/** An archive goes as it is. */
async function takeFile({ path }: Source): Promise<Built> {
  const archive = /\.(zip|jar)$/.test(path) ? await readFile(path) : zipOf(await fileEntries(path));
  return { archive, how: basename(path), inputs: [path], packages: [], isMapped: false };
}

async function takeFolder({ path, runtime, logicalId, kind }: Source): Promise<Built> {
  // Packages for work on a function that itself needs none. A layer's are what it is for.
  const isForWork = existsSync(join(path, "package.json")) && !needsPackages(path);
  const isWithoutPackages = kind === "function" && runtime.startsWith("nodejs") && isForWork;
  const skips = (name: string) => isWithoutPackages && name === "node_modules";
  const entries = await readFolder(path, { skips });
  const sizeBytes = [...entries.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  // Before it is packed and sent, which takes its time.
  if (sizeBytes > MOST_BYTES)
    throw new UserError(
      `${logicalId}: ${path} has ${sizeBytes} bytes, and Lambda takes ${MOST_BYTES} at most.`,
    );
  const archive = zipOf(entries);
  return { archive, how: FOLDER, inputs: [path], packages: [], isMapped: false };
}

/** What is made in a folder of its own, which then goes. */
async function inWorkshop<T>(workshop: string, work: (into: string) => Promise<T>): Promise<T> {
  await mkdir(workshop, { recursive: true });
  const into = await mkdtemp(join(workshop, "work-"));
  try {
    return await work(into);
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}

/** Its packages are read once, for the code is what changes. */
function pythonAtHome(source: Source, workshop: string): Builder {
  const known: KnownPackages = new Map();
  return builder(() => inWorkshop(workshop, (into) => buildPython(source, into, known)));
}

/** A tool runs once for the same files. */
async function cached(source: Source, workshop: string, build: typeof buildGo): Promise<Built> {
  const key = await keyOf(source);
  const kept = join(workshop, `${key}.zip`);
  const notes = join(workshop, `${key}.json`);
  if (existsSync(kept) && existsSync(notes)) {
    const { how, packages } = JSON.parse(await readFile(notes, "utf8")) as Pick<Built, "how" | "packages">;
    return { archive: await readFile(kept), how, packages, inputs: [source.path], isMapped: false };
  }
  return inWorkshop(workshop, async (into) => {
    const made = await build(source, into);
    await writeFile(notes, JSON.stringify({ how: made.how, packages: made.packages }));
    // Whole or not at all.
    await writeFile(join(into, ".zip"), made.archive);
    await rename(join(into, ".zip"), kept);
    return made;
  });
}

/** What tools make in a project's own folder. */
const OUTPUTS = new Set(["node_modules", "target", "build", ".gradle"]);

async function keyOf(source: Source): Promise<string> {
  // Where the folder lies does not matter to what is made of it.
  const hash = createHash("sha256").update(identityOf({ ...source, path: "" }));
  const entries = await readFolder(source.path, { skips: (name) => OUTPUTS.has(name) });
  for (const [file, { bytes }] of entries) hash.update(`\0${file}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex").slice(0, 32);
}
