import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../kernel/faults.ts";

/**
 * Runtimes of one kind share their waiting processes: the platform has one Node and one Python. The others
 * speak the Runtime API, and no process of theirs waits: a custom runtime is itself the function's code, and
 * Java is started for the function's memory.
 */
export type RuntimeKind = "node" | "python" | "custom" | "java";

/** `nodejs22.x` is node; undefined for runtimes that cannot be run. */
export function runtimeKind(runtime: string): RuntimeKind | undefined {
  if (/^nodejs\d+\.x$/.test(runtime)) return "node";
  if (/^python3\.\d+$/.test(runtime)) return "python";
  if (/^provided\.al\d+$/.test(runtime)) return "custom";
  if (/^java(8\.al2|\d\d)$/.test(runtime)) return "java";
  return undefined;
}

/** Whether a process of this kind is started only once its function is known. */
export const speaksHttp = (kind: RuntimeKind): kind is "custom" | "java" =>
  kind === "custom" || kind === "java";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** How a process of this kind is started, or a Fault when the machine has no such program. */
export function runtimeCommand(kind: "node" | "python"): Command {
  if (kind === "node") return { file: process.execPath, args: [join(runtimeFolder(kind), "bootstrap.cjs")] };
  const file = findProgram("python3");
  if (!file) {
    throw new Fault("Runtime.InvalidEntrypoint", "The program python3 was not found on the PATH.");
  }
  return { file, args: [join(runtimeFolder(kind), "bootstrap.py")] };
}

let packageRoot: string | undefined;

/** The folder of the programs that run inside functions' processes; they ship as plain files. */
export function runtimeFolder(kind: Exclude<RuntimeKind, "custom">): string {
  packageRoot ??= findPackageRoot(dirname(fileURLToPath(import.meta.url)));
  return join(packageRoot, "runtimes", kind);
}

/** This file lies at a different depth in the sources and in the build. */
function findPackageRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "runtimes", "node", "bootstrap.cjs"))) return folder;
    if (folder === dirname(folder)) throw new Fault("InternalFailure", "The runtimes folder is missing.");
  }
}

/** The first program of this name on the PATH. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(folder, name);
    if (folder && existsSync(file)) return file;
  }
  return undefined;
}
