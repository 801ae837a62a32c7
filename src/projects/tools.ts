import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { UserError } from "../kernel/faults.ts";

/** A program of the project or of the machine: a compiler, a package manager, a framework's own CLI. */
export interface Tool {
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the user is told where there is no such program. */
  readonly missing: string;
}

const SHOWN_LINES = 30;

/** Runs a program to its end and answers what it printed. Where it fails its last lines are the error. */
export async function runTool(tool: Tool): Promise<string> {
  const child = spawn(tool.file, tool.args, {
    cwd: tool.folder,
    env: { ...process.env, ...tool.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const all: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    out.push(chunk);
    all.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => all.push(chunk));
  const status = await statusOf(child, tool);
  if (status === 0) return Buffer.concat(out).toString();
  const said = Buffer.concat(all).toString().trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
  throw new UserError(`${[tool.file, ...tool.args].join(" ")} failed in ${tool.folder}:\n${said}`);
}

async function statusOf(child: ChildProcess, { missing }: Tool): Promise<number | null> {
  try {
    const [status] = await once(child, "close");
    return status as number | null;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw new UserError(missing);
    throw error;
  }
}
