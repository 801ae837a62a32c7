import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs the built command to its end, in this folder or in another one. `interruptAt`: once it has printed
 * that, somebody presses Ctrl-C.
 */
export async function nuage(
  args: readonly string[],
  env: Record<string, string> = {},
  folder?: string,
  interruptAt?: RegExp,
): Promise<Finished> {
  const options = { env: { ...process.env, ...env }, ...(folder === undefined ? {} : { cwd: folder }) };
  const child = spawn(process.execPath, [CLI, ...args], options);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (interruptAt?.test(out)) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, "close");
  return { code, out, err };
}

/** The documents that a command printed with `--json`: one a line. */
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of them
export function documentsOf(out: string): any[] {
  const lines = out.split("\n");
  if (lines.pop() !== "") throw new Error(`the last line has no end: ${out}`);
  return lines.map((line) => JSON.parse(line));
}

/** A platform in a process of its own, as `nuage start` makes it. */
export interface Started {
  readonly process: ChildProcess;
  readonly endpoint: string;
  /** All it printed so far. */
  output(): string;
  /** Sends a signal and resolves with the exit status. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts a platform on a free port and resolves once it says it is ready. `limits`: what a shell says before
 * it becomes the platform, such as `ulimit -n 200`.
 */
export async function startPlatform(
  args: readonly string[],
  env: Record<string, string> = {},
  limits = ":",
): Promise<Started> {
  const options = { env: { ...process.env, ...env } };
  const command = [process.execPath, CLI, "start", "--port", "0", ...args];
  const child = spawn("/bin/sh", ["-c", `${limits}; exec "$@"`, "sh", ...command], options);
  const exited = once(child, "exit");
  let printed = "";
  const endpoint = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk;
      const match = /ready on (http:\/\/\S+)/.exec(printed);
      if (match?.[1]) resolve(match[1]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(([code]) => reject(new Error(`nuage start ended with status ${code}:\n${printed}`)));
  });
  return {
    process: child,
    endpoint,
    output: () => printed,
    async end(signal) {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}
