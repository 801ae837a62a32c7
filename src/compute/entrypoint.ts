import { accessSync, closeSync, constants, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../kernel/faults.ts";
import type { Unpacked } from "./code.ts";
import type { Command } from "./runtimes.ts";

/** Where AWS looks for the program of a custom runtime, and what that is here. */
const CANDIDATES: readonly [string, (unpacked: Unpacked) => string | undefined][] = [
  ["/var/task/bootstrap", ({ taskRoot }) => join(taskRoot, "bootstrap")],
  ["/opt/bootstrap", ({ layersRoot }) => layersRoot && join(layersRoot, "bootstrap")],
];

/**
 * The `bootstrap` of a custom runtime: the code's own, else a layer's. What the kernel would refuse is
 * refused before, in AWS's words: the shell that starts programs would try it as a script of its own.
 */
export function bootstrapCommand(unpacked: Unpacked): Command {
  for (const [name, locate] of CANDIDATES) {
    const file = locate(unpacked);
    if (file === undefined || !existsSync(file)) continue;
    const reason = refusalOf(file);
    if (reason !== undefined) throw invalid(`fork/exec ${name}: ${reason}`);
    return { file, args: [] };
  }
  const names = CANDIDATES.map(([name]) => name).join(" ");
  throw invalid(`Couldn't find valid bootstrap(s): [${names}]`);
}

/** Why the kernel would not run a file, or undefined. */
export function refusalOf(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return "permission denied";
  }
  const start = readStart(file);
  if (start.subarray(0, 4).equals(ELF)) return foreignMachine(start);
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(start.toString("latin1"))?.[1];
  if (interpreter === undefined) return "exec format error";
  return existsSync(interpreter) ? undefined : "no such file or directory";
}

const START_BYTES = 256;
const ELF = Buffer.from("\x7fELF", "latin1");
/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: e_machine, and Node's names of them. */
const MACHINES: Readonly<Record<number, string>> = { 62: "x64", 183: "arm64" };
const MACHINE_OFFSET = 18;
/** Linux runs programs of other machines where it was told how. */
const EMULATORS: Readonly<Record<string, string>> = { x64: "qemu-x86_64", arm64: "qemu-aarch64" };

function foreignMachine(start: Buffer): string | undefined {
  const machine = MACHINES[start.readUInt16LE(MACHINE_OFFSET)];
  if (machine === undefined || machine === process.arch) return undefined;
  if (existsSync(`/proc/sys/fs/binfmt_misc/${EMULATORS[machine]}`)) return undefined;
  return `exec format error (it was built for ${machine}, and this machine is ${process.arch})`;
}

function readStart(file: string): Buffer {
  const start = Buffer.alloc(START_BYTES);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start, 0, START_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  return start;
}

function invalid(message: string): Fault {
  return new Fault("Runtime.InvalidEntrypoint", message);
}
