import { join, resolve } from "node:path";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { UserError } from "../kernel/faults.ts";
import type { Session } from "../projects/deploy.ts";
import { foldersOf, isWithin, type LiveFunction, liveFunctions } from "../projects/live.ts";
import { findProject, type Project } from "../projects/project.ts";
import { Watcher } from "../projects/watcher.ts";
import { carryOut } from "./carry-out.ts";
import type { Terminal } from "./command.ts";
import { preparations } from "./deploy.ts";
import { telling } from "./place.ts";
import { formatDuration, type Palette, palette, printable } from "./terminal.ts";

interface Options {
  readonly path: string;
  readonly session: Session;
  readonly asked: Readonly<Record<string, string>>;
  readonly leavesOut: boolean;
  readonly stack: string | undefined;
  readonly terminal: Terminal;
}

/** Deploys a project, and keeps what runs as its files are. */
export class DevLoop {
  readonly #options: Options;
  readonly #watcher: Watcher;
  readonly #colours: Palette;
  #lambda: LambdaClient | undefined;
  #live: LiveFunction[] = [];
  /** Files and folders whose change calls for a deployment. */
  #settled: string[] = [];
  #changed = new Set<string>();
  #working: Promise<void> | undefined;
  #hasSwapped = false;
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
    this.#colours = palette(options.terminal.colour);
    this.#watcher = new Watcher(options.session.clock, (paths) => this.#note(paths));
  }

  /** The functions that are changed in place. */
  get functions(): readonly LiveFunction[] {
    return this.#live;
  }

  /** The first deployment. Where it fails, the next save tries again. */
  async start(): Promise<void> {
    const { LambdaClient } = await import("@aws-sdk/client-lambda");
    this.#lambda = new LambdaClient(this.#options.session.place);
    this.#begin(() => this.#attempt(() => this.#deploy()));
    await this.#working;
  }

  /** Ends, and leaves the stack with the code that runs. */
  async stop(isKept: boolean): Promise<void> {
    this.#isStopped = true;
    await this.#working;
    this.#watcher.close();
    if (isKept && this.#hasSwapped) await this.#attempt(() => this.#deploy());
    await this.#disposeAll();
    this.#lambda?.destroy();
  }

  #note(paths: ReadonlySet<string>): void {
    for (const path of paths) this.#changed.add(path);
    if (this.#working === undefined) this.#begin();
  }

  /** One thing after the other: what is saved meanwhile follows. */
  #begin(first: () => Promise<void> = async () => {}): void {
    this.#working = first()
      .then(() => this.#work())
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #work(): Promise<void> {
    while (this.#changed.size > 0 && !this.#isStopped) {
      const paths = this.#changed;
      this.#changed = new Set();
      const isSettled = [...paths].some((path) => this.#settled.some((each) => isWithin(path, each)));
      if (isSettled) await this.#attempt(() => this.#deploy());
      else {
        const affected = this.#live.filter((each) => each.isMadeOf(paths));
        await Promise.all(affected.map((each) => this.#attempt(() => this.#swap(each))));
        if (affected.length > 0) await this.#watch();
      }
    }
  }

  async #swap(live: LiveFunction): Promise<void> {
    const { clock } = this.#options.session;
    const { out } = this.#options.terminal;
    const startedMs = clock.monotonic();
    if (!this.#lambda || !(await live.swap(this.#lambda))) return;
    this.#hasSwapped = true;
    const took = formatDuration(clock.monotonic() - startedMs);
    out(`${this.#colours.green("↻")} ${this.#colours.bold(live.logicalId)} swapped in ${took}\n`);
  }

  async #deploy(): Promise<void> {
    const { path, session, asked, leavesOut, stack, terminal } = this.#options;
    const project = await findProject(path, session.place.environment);
    this.#settled = await settledFiles(project);
    try {
      await this.#disposeAll();
      this.#hasSwapped = false;
      const preparing = { project, session, asked, isBuilding: true, leavesOut, terminal };
      const how = { isYes: true, terminal, isAttended: false };
      for (const { source, prepare } of await preparations(preparing, stack)) {
        const wanted = { ...(await prepare()), isAtOnce: true };
        if ((await carryOut(session, wanted, how)) !== 0) return;
        if (source.isBuilt) continue;
        const live = await liveFunctions(session.place, source, wanted.artefacts, project.root);
        this.#live.push(...live);
        await this.#watch();
        // The first build, so that the next is fast, and what was saved while this went on is seen.
        await Promise.all(live.map((each) => this.#attempt(() => this.#swap(each))));
        const ids = new Set(live.map(({ logicalId }) => logicalId));
        for (const { logicalId, files } of wanted.artefacts)
          if (!ids.has(logicalId)) this.#settled.push(...files.map((file) => resolve(project.root, file)));
      }
    } finally {
      await this.#watch();
    }
  }

  async #watch(): Promise<void> {
    const own = await Promise.all(this.#settled.map(foldersOf));
    const theirs = await Promise.all(this.#live.map((each) => each.folders()));
    if (this.#isStopped) return;
    this.#watcher.watch(new Set([...own, ...theirs].flat()));
  }

  /** What fails is told; the next save may mend it. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await telling(work);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const text = error.message.split("\n").map(printable).join("\n");
      this.#options.terminal.err(`${this.#colours.red(text)}\n`);
    }
  }

  async #disposeAll(): Promise<void> {
    await Promise.all(this.#live.splice(0).map((each) => each.dispose()));
  }
}

/** A template is read again when it or its samconfig changes; other frameworks when anything does. */
async function settledFiles({ framework, root, file }: Project): Promise<string[]> {
  if (framework !== "template") return [root];
  return [file, ...["samconfig.toml", "samconfig.yaml", "samconfig.yml"].map((name) => join(root, name))];
}
