import type {
  Cause,
  FunctionVersion,
  Invocation,
  InvocationResult,
  Provisioning,
} from "../kernel/functions.ts";
import { newTrace } from "../kernel/trace.ts";
import { Environment } from "./environment.ts";
import type { Machinery } from "./machinery.ts";
import { recordStartAhead } from "./record.ts";
import { Standby } from "./standby.ts";

/** Starting more would take the machine's memory from what already runs on it. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024;

/**
 * The environments of one version that are started ahead of its invocations and kept, however idle they are.
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
export class ProvisionedFleet {
  readonly version: FunctionVersion;
  readonly #machinery: Machinery;
  readonly #all = new Set<Environment>();
  /** Initialised: what AWS calls allocated. */
  readonly #ready = new Set<Environment>();
  /** The last one used is the next one used. */
  readonly #free: Environment[] = [];
  readonly #gone = new Set<Promise<void>>();
  readonly #standby: Standby;
  #wanted = 0;
  #closed = false;

  constructor(machinery: Machinery, version: FunctionVersion) {
    this.#machinery = machinery;
    this.version = version;
    this.#standby = new Standby(machinery.options, version);
  }

  get allocated(): number {
    return this.#ready.size;
  }

  get free(): number {
    return this.#free.length;
  }

  /** Runs an invocation, or gives undefined when every environment is busy. */
  invoke(invocation: Invocation): Promise<InvocationResult> | undefined {
    const environment = this.#free.pop();
    return environment && this.#run(environment, invocation);
  }

  async #run(environment: Environment, invocation: Invocation): Promise<InvocationResult> {
    try {
      return await environment.run(invocation, this.#machinery.options.clock.now());
    } finally {
      environment.whenFree(() => this.#release(environment));
    }
  }

  /**
   * Has so many environments, and resolves when they are ready. When one cannot be initialised, those that
   * were started with it end.
   */
  async resize(count: number): Promise<Provisioning> {
    this.#wanted = count;
    while (this.#all.size > count) {
      const surplus = this.#free.pop();
      // Those that are busy end when they have answered.
      if (!surplus) break;
      this.#end(surplus);
    }
    const missing = Math.max(0, count - this.#all.size);
    const fresh = await Promise.all(Array.from({ length: missing }, () => this.#start()));
    const failed = fresh.find(({ reason }) => reason !== undefined);
    for (const { environment } of fresh) {
      if (!environment) continue;
      if (failed || this.#closed) this.#end(environment);
      else {
        this.#ready.add(environment);
        this.#release(environment);
      }
    }
    if (failed?.reason !== undefined) return { status: "failed", reason: failed.reason };
    if (!this.#closed) this.#standby.hold(this.#wanted);
    return { status: "ready" };
  }

  /** Ends all of them and resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#standby.close();
    for (const environment of [...this.#all]) this.#end(environment);
    await Promise.all(this.#gone);
  }

  /** The same, with no time to end in peace. */
  async kill(): Promise<void> {
    for (const environment of this.#all) void environment.kill();
    await this.close();
  }

  async #start(): Promise<{ readonly environment?: Environment; readonly reason?: string }> {
    const { starts, options } = this.#machinery;
    const turn = starts.enter();
    if (turn) await turn;
    try {
      if (this.#closed) return { reason: "CLOSED" };
      if (process.availableMemory() < LEAST_FREE_BYTES) {
        return { reason: "This machine has not the memory for so many environments." };
      }
      const environment = new Environment(this.#machinery, this.version, "provisioned-concurrency");
      this.#all.add(environment);
      const cause: Cause = { requestId: options.ids.uuid(), trace: newTrace(options.clock, options.ids) };
      const initialisation = await environment.start(cause);
      recordStartAhead(options, this.version, cause, environment.log.stream, initialisation);
      if (initialisation.outcome.status === "success") return { environment };
      return { environment, reason: "FUNCTION_ERROR_INIT_FAILURE" };
    } finally {
      starts.leave();
    }
  }

  #release(environment: Environment): void {
    if (environment.state === "dead") return;
    if (this.#closed || this.#all.size > this.#wanted) this.#end(environment);
    else if (environment.state === "starting") void this.#startAgain(environment);
    else {
      environment.rest();
      this.#free.push(environment);
    }
  }

  /** It lost its process: a new one is made ready before the next invocation comes. */
  async #startAgain(environment: Environment): Promise<void> {
    this.#ready.delete(environment);
    const { options } = this.#machinery;
    const cause: Cause = { requestId: options.ids.uuid(), trace: newTrace(options.clock, options.ids) };
    const initialisation = await environment.start(cause);
    recordStartAhead(options, this.version, cause, environment.log.stream, initialisation);
    if (environment.state === "dead") return;
    if (this.#closed || this.#all.size > this.#wanted) this.#end(environment);
    // One that failed again is initialised by its next invocation, which answers with what comes of it.
    else {
      this.#ready.add(environment);
      this.#free.push(environment);
    }
  }

  /** From here on it does not count any more. */
  #end(environment: Environment): void {
    this.#all.delete(environment);
    this.#ready.delete(environment);
    const index = this.#free.indexOf(environment);
    if (index >= 0) this.#free.splice(index, 1);
    const failed = (error: unknown) => {
      this.#machinery.options.log.warn("An environment left files behind.", { error });
    };
    const gone = environment
      .end()
      .catch(failed)
      .then(() => {
        this.#gone.delete(gone);
      });
    this.#gone.add(gone);
  }
}
