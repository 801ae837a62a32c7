import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../kernel/faults.ts";
import { refusalOf } from "../entrypoint.ts";
import { LineSplitter } from "../lines.ts";
import { type Exit, whenAllIsRead } from "../process.ts";
import { startGroup } from "../start-group.ts";

/** The files in a layer's `extensions` folder, each of which is a program, in order. */
export function extensionFiles(layersRoot: string | undefined): string[] {
  if (layersRoot === undefined) return [];
  const folder = join(layersRoot, "extensions");
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  return names.sort().map((name) => join(folder, name));
}

/** Variables of runtimes alone. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
const NOT_FOR_EXTENSIONS =
  /^(_.*|AWS_EXECUTION_ENV|AWS_LAMBDA_LOG_(GROUP|STREAM)_NAME|AWS_XRAY_(CONTEXT_MISSING|DAEMON_ADDRESS)|LAMBDA_(RUNTIME_DIR|TASK_ROOT))$/;

export interface ExtensionProcessEvents {
  line(text: string): void;
  /** Once, after all that it had written was read. */
  exit(exit: Exit): void;
}

/** The process of an external extension, leader of its own group. */
export class ExtensionProcess {
  readonly pid: number;
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;

  /** A Fault in AWS's words where the kernel would not run the file. */
  constructor(file: string, environment: Readonly<Record<string, string>>, events: ExtensionProcessEvents) {
    const reason = refusalOf(file);
    if (reason !== undefined) {
      const name = file.slice(file.lastIndexOf("/") + 1);
      throw new Fault("Extension.LaunchError", `fork/exec /opt/extensions/${name}: ${reason}`);
    }
    const env = Object.fromEntries(
      Object.entries(environment).filter(([name]) => !NOT_FOR_EXTENSIONS.test(name)),
    );
    this.#child = startGroup([file], { env, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
    this.pid = this.#child.pid ?? 0;
    const outputs = [this.#child.stdout, this.#child.stderr].map((stream) => {
      const lines = new LineSplitter((line) => events.line(line));
      stream?.on("data", (chunk: Buffer) => lines.push(chunk));
      return lines;
    });
    this.gone = new Promise((resolve) => {
      const end = (exit: Exit) => {
        for (const lines of outputs) lines.flush();
        this.#child.stdout?.destroy();
        this.#child.stderr?.destroy();
        resolve();
        events.exit(exit);
      };
      this.#child.once("error", (error) => end({ status: null, signal: null, failure: error.message }));
      this.#child.once("exit", (status, signal) => {
        // Children that it forked do not outlive it.
        this.signal("SIGKILL");
        whenAllIsRead(() => end({ status, signal }));
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.pid) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}
