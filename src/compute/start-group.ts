import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { Fault } from "../kernel/faults.ts";

/**
 * Lambda's limit of open files, set through the shell because Node has no call for it; `exec` makes the
 * shell become the program, so that it costs a millisecond and no process. A crash leaves no core file.
 */
const LIMITED = 'ulimit -c 0; ulimit -n 1024 2>/dev/null; exec "$@"';

export interface GroupOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdio: StdioOptions;
}

/**
 * Starts a program as the leader of a process group of its own. A Fault where the system has no room for it:
 * no process or no file handle is left.
 */
export function startGroup(command: readonly string[], options: GroupOptions): ChildProcess {
  const child = spawn("/bin/sh", ["-c", LIMITED, "sh", ...command], { ...options, detached: true });
  // So Node leaves one that it has not even begun with.
  const hasPipes = (child.stdio as ChildProcess["stdio"] | undefined) !== undefined;
  if (child.pid !== undefined && hasPipes) return child;
  child.on("error", () => {});
  throw new Fault(
    "Sandbox.Failure",
    "The system has no process or file handle left to start a function with.",
  );
}
