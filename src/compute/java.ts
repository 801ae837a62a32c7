import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Fault } from "../kernel/faults.ts";
import type { Unpacked } from "./code.ts";
import type { ComputeOptions } from "./compute.ts";
import type { OwnStart } from "./own-start.ts";
import { type Command, findProgram, runtimeFolder } from "./runtimes.ts";

/** What the program that runs handlers is written for; it runs functions built for any earlier Java too. */
const LEAST_JAVA = 17;
/** Of a function's memory so much is the heap's; the rest is what the machine itself takes. */
const HEAP_SHARE = 0.8;

const run = promisify(execFile);

interface Installed {
  readonly program: string;
  readonly version: number;
  /** Where the compiled program lies. */
  readonly folder: string;
}

/**
 * The machine's Java, and the program that runs handlers in it: compiled once, by that Java's own compiler,
 * into the user's folder for what can be made again.
 */
export class Java {
  readonly #options: Pick<ComputeOptions, "folder" | "log">;
  readonly #ending = new AbortController();
  #installed: Promise<Installed> | undefined;

  constructor(options: Pick<ComputeOptions, "folder" | "log">) {
    this.#options = options;
  }

  /** Has the program compiled while nobody waits for it. What is wrong is told to who needs it. */
  prepare(): void {
    this.#install().catch(() => {});
  }

  /** The end of the platform waits for no compiler. */
  close(): void {
    this.#ending.abort();
  }

  /** How a function's process is started, or a Fault where this machine has no such Java. */
  async command({ taskRoot, layersRoot, version }: OwnStart): Promise<Command> {
    const { program, folder } = await this.#install();
    const heapMb = Math.floor(version.memoryMb * HEAP_SHARE);
    const libraries = await librariesOf({ taskRoot, ...(layersRoot ? { layersRoot } : {}) });
    const classPath = [join(folder, "boot"), taskRoot, ...libraries, join(folder, "core")];
    return {
      file: program,
      args: [
        ...[`-Xmx${heapMb}m`, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"],
        ...["-XX:-UsePerfData", "-Dfile.encoding=UTF-8"],
        // For the channel that logs go through: see Logs.java.
        "--add-opens=java.base/java.io=ALL-UNNAMED",
        ...["-cp", classPath.join(":"), "nuage.Main"],
      ],
    };
  }

  /** Tried again by the next who asks where it failed: somebody may have installed what was missing. */
  #install(): Promise<Installed> {
    this.#installed ??= this.#find().catch((error: unknown) => {
      this.#installed = undefined;
      throw error;
    });
    return this.#installed;
  }

  async #find(): Promise<Installed> {
    const home = process.env.JAVA_HOME;
    const own = home ? join(home, "bin", "java") : "";
    const program = existsSync(own) ? own : findProgram("java");
    if (!program) throw missing("The program java was not found on the PATH.");
    const version = await versionOf(program);
    if (version < LEAST_JAVA)
      throw missing(
        `Java functions need Java ${LEAST_JAVA} or later on this machine: ${program} is ${version}.`,
      );
    return { program, version, folder: await this.#compiled(program) };
  }

  async #compiled(program: string): Promise<string> {
    const sources = await sourcesOf(runtimeFolder("java"));
    const hash = createHash("sha256");
    for (const { path, text } of sources) hash.update(`${path}\0${text}\0`);
    const cache = await cacheFolder().catch(() => this.#options.folder);
    const folder = join(cache, `java-${hash.digest("hex").slice(0, 16)}`);
    if (existsSync(folder)) return folder;
    // The folder gets its name only when it is whole.
    const temporary = await mkdtemp(join(cache, ".java-"));
    try {
      await compile(program, sources, temporary, this.#ending.signal);
      await rename(temporary, folder);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
    return folder;
  }
}

/** Where systems keep what programs can make again. */
async function cacheFolder(): Promise<string> {
  const usual = join(homedir(), ...(process.platform === "darwin" ? ["Library", "Caches"] : [".cache"]));
  const folder = join(process.env.XDG_CACHE_HOME || usual, "nuage");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function versionOf(program: string): Promise<number> {
  const { stderr } = await run(program, ["-XshowSettings:properties", "-version"]);
  // Java 8 calls itself 1.8.
  return Number(/java\.specification\.version = (?:1\.)?(\d+)/.exec(stderr)?.[1] ?? 0);
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

async function sourcesOf(folder: string): Promise<SourceFile[]> {
  const names = await readdir(folder, { recursive: true });
  const paths = names.filter((name) => name.endsWith(".java")).sort();
  return Promise.all(
    paths.map(async (name) => ({
      path: join(folder, name),
      text: await readFile(join(folder, name), "utf8"),
    })),
  );
}

/** All at once. AWS's interfaces get a folder of their own then: those that a function brings come first. */
async function compile(
  program: string,
  sources: readonly SourceFile[],
  into: string,
  signal: AbortSignal,
): Promise<void> {
  const boot = join(into, "boot");
  const options = ["--release", String(LEAST_JAVA), "-proc:none", "-d", boot];
  const files = sources.map(({ path }) => path);
  try {
    await run(program, ["-m", "jdk.compiler/com.sun.tools.javac.Main", ...options, ...files], { signal });
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { readonly stderr?: string; readonly stdout?: string };
    if (/jdk\.compiler not found/.test(stderr + stdout))
      throw missing(`Java functions need a JDK on this machine: ${program} has no compiler.`);
    throw missing(`The program that runs Java functions could not be compiled: ${stderr || String(error)}`);
  }
  await mkdir(join(into, "core"));
  await rename(join(boot, "com"), join(into, "core", "com"));
}

/** The jars of the code and of the layers, in the order that AWS has them. */
async function librariesOf({ taskRoot, layersRoot }: Unpacked): Promise<string[]> {
  const folders = [join(taskRoot, "lib"), ...(layersRoot ? [join(layersRoot, "java", "lib")] : [])];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      const jars = names.filter((name) => name.endsWith(".jar")).sort();
      return jars.map((name) => join(folder, name));
    }),
  );
  return found.flat();
}

function missing(message: string): Fault {
  return new Fault("Runtime.InvalidEntrypoint", message);
}
