import { Fault } from "../../../../kernel/faults.ts";
import { within } from "../../execution/patience.ts";
import type { Call } from "./call.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html */
const UNCAPPED_BYTES = 10 * 1024 * 1024;
const CAPPED_BYTES_PER_MS = (2 * 1024 * 1024) / 1000;
const IDLE_MS = 5 * 60_000;
const IDLE_AT_EDGE_MS = 30_000;

/** When things happened to an answer that is streamed, in milliseconds since its backend was asked. */
interface Times {
  readonly allHeadersMs: number;
  firstContentMs?: number;
  endMs?: number;
}

/**
 * The body of an answer on its way from a backend to the client. It breaks off when the backend says nothing
 * for too long, when the integration's time is over, or when the backend fails.
 */
export class StreamedBody implements AsyncIterable<Uint8Array> {
  readonly times: Times;
  sizeBytes = 0;
  /** Resolves when there is no more of it, however it ended. */
  readonly ended: Promise<void>;
  readonly #call: Call;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #startedMs: number;
  readonly #deadlineMs: number;
  #end: () => void = () => {};

  /** `startedMs` of the monotonic clock, `deadlineMs` of the platform's. */
  constructor(
    call: Call,
    chunks: AsyncIterator<Uint8Array>,
    at: { readonly startedMs: number; readonly deadlineMs: number },
  ) {
    this.#call = call;
    this.#chunks = chunks;
    this.#startedMs = at.startedMs;
    this.#deadlineMs = at.deadlineMs;
    this.times = { allHeadersMs: this.#elapsedMs() };
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = await this.#next();
        if (next.done) return;
        this.times.firstContentMs ??= this.#elapsedMs();
        await this.#keepPace(next.value.length);
        yield next.value;
      }
    } finally {
      this.leave();
    }
  }

  /** Nobody reads any more: a function goes on all the same. */
  leave(): void {
    if (this.times.endMs !== undefined) return;
    this.times.endMs = this.#elapsedMs();
    this.#chunks.return?.().catch(() => {});
    this.#end();
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    const { world, request, deployed } = this.#call;
    const types = deployed.definition.api.endpointConfiguration?.types ?? [];
    const idleMs = types.includes("EDGE") ? IDLE_AT_EDGE_MS : IDLE_MS;
    const leftMs = Math.min(idleMs, this.#deadlineMs - world.clock.now());
    const goOn = request.rest();
    const next = await within(world.clock, leftMs, this.#chunks.next(), request.signal).finally(goOn);
    if (next) return next;
    throw new Fault("IntegrationTimeout", "The backend took too long in the middle of its answer.");
  }

  #elapsedMs(): number {
    return this.#call.world.clock.monotonic() - this.#startedMs;
  }

  /** No faster than on AWS, where things are to take their time. */
  async #keepPace(bytes: number): Promise<void> {
    const cappedBefore = Math.max(0, this.sizeBytes - UNCAPPED_BYTES);
    this.sizeBytes += bytes;
    const cappedBytes = Math.max(0, this.sizeBytes - UNCAPPED_BYTES) - cappedBefore;
    const { fidelity, clock } = this.#call.world;
    if (fidelity && cappedBytes > 0) await clock.sleep(cappedBytes / CAPPED_BYTES_PER_MS);
  }
}
