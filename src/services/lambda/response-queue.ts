import type { Clock } from "../../kernel/clock.ts";
import type { AnswerStream } from "../../kernel/functions.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html: then 2 MB a second. */
const UNCAPPED_BYTES = 6 * 1024 * 1024;
const CAPPED_BYTES_PER_MS = (2 * 1024 * 1024) / 1000;

/**
 * A function's answer on its way to one client: written by the function, read at the client's pace. When the
 * client has gone, the function goes on as if everything were read, as on AWS.
 */
export class ResponseQueue implements AnswerStream, AsyncIterable<Uint8Array> {
  readonly #pace: Pick<Clock, "sleep"> | undefined;
  #waiting: { readonly chunk: Uint8Array; readonly taken: () => void }[] = [];
  #wake: (() => void) | undefined;
  #sentBytes = 0;
  #isOver = false;
  #isGone = false;
  /** Set once the function has begun to stream. */
  contentType: string | undefined;
  #announce: () => void = () => {};
  /** Resolves when the function begins to stream; never for one that does not. */
  readonly begun: Promise<void>;

  /** With `pace` the answer leaves no faster than AWS lets it. */
  constructor(pace?: Pick<Clock, "sleep">) {
    this.#pace = pace;
    this.begun = new Promise((resolve) => {
      this.#announce = resolve;
    });
  }

  begin(contentType: string): void {
    this.contentType = contentType;
    this.#announce();
  }

  write(chunk: Uint8Array): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    return new Promise((taken) => {
      this.#waiting.push({ chunk, taken });
      this.#wake?.();
    });
  }

  /** The function has ended: what waits is the rest. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** The client has gone: nobody reads any more. */
  abandon(): void {
    this.#isGone = true;
    for (const { taken } of this.#waiting.splice(0)) taken();
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next) {
          try {
            await this.#keepPace(next.chunk.length);
            yield next.chunk;
          } finally {
            next.taken();
          }
        } else if (this.#isOver) return;
        else await this.#more();
      }
    } finally {
      this.abandon();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #keepPace(sizeBytes: number): Promise<void> {
    const cappedBefore = Math.max(0, this.#sentBytes - UNCAPPED_BYTES);
    this.#sentBytes += sizeBytes;
    const cappedBytes = Math.max(0, this.#sentBytes - UNCAPPED_BYTES) - cappedBefore;
    if (this.#pace && cappedBytes > 0) await this.#pace.sleep(cappedBytes / CAPPED_BYTES_PER_MS);
  }
}
