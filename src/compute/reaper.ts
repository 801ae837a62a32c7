import { type ChildProcess, spawn } from "node:child_process";

/**
 * Functions must not outlive a platform that was killed, and a frozen process cannot see that its channel
 * closed. So a small shell reads the numbers of the process groups from a pipe; the kernel closes the
 * pipe when the platform ends, however it ends, and the shell kills what is left.
 */
const SCRIPT = `trap '' INT TERM HUP QUIT
groups=' '
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done`;

export class Reaper {
  #shell: ChildProcess | undefined;

  add(group: number): void {
    this.#tell(`+ ${group}\n`);
  }

  remove(group: number): void {
    this.#tell(`- ${group}\n`);
  }

  /** The shell ends when its pipe does. */
  async close(): Promise<void> {
    const shell = this.#shell;
    if (!shell || shell.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => shell.once("exit", () => resolve()));
    // It kept the platform from nothing until now; the end of the platform waits for it.
    shell.ref();
    shell.stdin?.end();
    await gone;
  }

  #tell(line: string): void {
    // One that could not be started is tried again.
    if (this.#shell?.pid === undefined) this.#shell = start();
    this.#shell.stdin?.write(line);
  }
}

function start(): ChildProcess {
  const shell = spawn("/bin/sh", ["-c", SCRIPT], {
    detached: true,
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.on("error", () => {});
  shell.stdin?.on("error", () => {});
  shell.unref();
  return shell;
}
