import type { FunctionVersion, Invocation, InvocationResult } from "../kernel/functions.ts";
import { Crowd } from "./crowd.ts";
import { Environment } from "./environment.ts";
import type { Machinery } from "./machinery.ts";

/** AWS does not say how long; a few minutes are what people observe. */
const IDLE_LIMIT_MS = 10 * 60_000;

/** The environments of one version at one revision. */
export class Fleet {
  readonly version: FunctionVersion;
  readonly #machinery: Machinery;
  readonly #all = new Set<Environment>();
  /** Those at rest; the last one used is the next one used, so that the others can expire. */
  readonly #idle: Environment[] = [];
  readonly #crowd = new Crowd(this.#idle);
  readonly #waiters: ((environment: Environment) => void)[] = [];
  readonly #emptied: (() => void)[] = [];
  /** Starts that are under way or wait for their turn, and those under way. */
  #claimed = 0;
  #starting = 0;
  #retired = false;
  #closed = false;
  #sweeping = false;

  constructor(machinery: Machinery, version: FunctionVersion) {
    this.#machinery = machinery;
    this.version = version;
  }

  /** Environments, and starts that will make one. */
  get size(): number {
    return this.#all.size + this.#claimed - this.#starting;
  }

  async invoke(invocation: Invocation): Promise<InvocationResult> {
    const arrivedMs = this.#machinery.options.clock.now();
    const environment = (await this.#crowd.take()) ?? (await this.#next(invocation));
    this.#crowd.begin();
    let durationMs = Number.POSITIVE_INFINITY;
    try {
      const result = await environment.run(invocation, arrivedMs);
      durationMs = result.report.durationMs;
      return result;
    } finally {
      this.#crowd.end(durationMs);
      environment.whenFree(() => this.#release(environment));
    }
  }

  /**
   * Ends environments at rest now and the others after their answer. Resolves when all are gone, and the
   * code with them if no other version uses it.
   */
  async retire(): Promise<void> {
    this.#retired = true;
    this.#crowd.release();
    for (const environment of this.#idle.splice(0)) this.#end(environment);
    await this.#empty();
    if (!this.#closed) await this.#machinery.code.discard(this.version);
  }

  /** Ends all environments; what runs answers that its process was terminated. */
  async close(): Promise<void> {
    this.#retired = true;
    this.#closed = true;
    this.#crowd.release();
    for (const environment of this.#all) this.#end(environment);
    await this.#empty();
  }

  /** The same, with no time to end in peace. */
  async kill(): Promise<void> {
    for (const environment of this.#all) void environment.kill();
    await this.close();
  }

  /** The environment that is free first: a new one, or a warm one whose invocation ends before. */
  #next(invocation: Invocation): Promise<Environment> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      if (this.#claimed < this.#waiters.length) void this.#start(invocation);
    });
  }

  async #start(cause: Invocation): Promise<void> {
    const { starts } = this.#machinery;
    this.#claimed++;
    const turn = starts.enter();
    if (turn) await turn;
    // Meanwhile others may have served those who waited, or start and will.
    const needed = this.#waiters.length > this.#starting;
    const environment = needed ? await this.#startNow(cause) : undefined;
    starts.leave();
    this.#claimed--;
    if (environment) this.#release(environment);
    else this.#tellEmpty();
  }

  async #startNow(cause: Invocation): Promise<Environment> {
    this.#starting++;
    const environment = new Environment(this.#machinery, this.version);
    this.#all.add(environment);
    // A turn that came after the end starts nothing: the invocation is told so.
    if (this.#closed) this.#end(environment);
    else await environment.start(cause);
    this.#starting--;
    return environment;
  }

  #release(environment: Environment): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter(environment);
    else if (this.#crowd.give(environment)) return;
    else if (this.#retired) this.#end(environment);
    else this.#rest(environment);
  }

  #rest(environment: Environment): void {
    environment.rest();
    // One that lost its process is used only when no other is left.
    if (environment.state === "starting") this.#idle.unshift(environment);
    else this.#idle.push(environment);
    this.#sweepLater();
  }

  #end(environment: Environment): void {
    const failed = (error: unknown) => {
      this.#machinery.options.log.warn("An environment left files behind.", { error });
    };
    void environment
      .end()
      .catch(failed)
      .then(() => {
        this.#all.delete(environment);
        this.#tellEmpty();
      });
  }

  #tellEmpty(): void {
    if (this.#all.size > 0 || this.#claimed > 0) return;
    for (const tell of this.#emptied.splice(0)) tell();
  }

  /** Resolves when the last environment has ended. */
  #empty(): Promise<void> {
    if (this.#all.size === 0 && this.#claimed === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    const { clock } = this.#machinery.options;
    const sinceMs = Math.min(...this.#idle.map((environment) => environment.restingSinceMs));
    clock.at(sinceMs + IDLE_LIMIT_MS, () => {
      this.#sweeping = false;
      const expired = this.#idle.filter((each) => each.restingSinceMs + IDLE_LIMIT_MS <= clock.now());
      for (const environment of expired) {
        this.#idle.splice(this.#idle.indexOf(environment), 1);
        this.#end(environment);
      }
      if (this.#idle.length) this.#sweepLater();
    });
  }
}
