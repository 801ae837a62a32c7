import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { Refusal } from "./refusals.ts";

/** Counts the bytes of collected bodies over all requests; throws when there are too many. */
export interface Admission {
  take(sizeBytes: number): void;
  give(sizeBytes: number): void;
}

/** Where the bytes of one request go. */
interface Sink {
  data(chunk: Buffer): void;
  end(): void;
  fail(error: Refusal): void;
}

const EMPTY = new Uint8Array(0);
/** A reader that is slower than the client stops the client here. */
const QUEUE_BYTES = 256 * 1024;

/** The bytes of one request: collected or streamed, and only ever read when somebody asks. */
export class RequestBody {
  /** As announced; NaN when the client does not say. */
  readonly declaredBytes: number;
  /** Nothing follows the headers. */
  readonly empty: boolean;
  bytesRead = 0;
  #state: "untouched" | "reading" | "ended" = "untouched";
  #sink: Sink | undefined;
  #collected: Uint8Array | undefined;
  #held = 0;
  #stalled = false;
  /** The client waits for `100 Continue` before it sends the body. */
  readonly #expects: boolean;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #admission: Admission;

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    admission: Admission,
    expectsContinue: boolean,
  ) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#admission = admission;
    this.#expects = expectsContinue;
    const length = incoming.headers["content-length"];
    this.declaredBytes = length === undefined ? Number.NaN : Number(length);
    this.empty = this.declaredBytes === 0 || (length === undefined && hasNoBody(incoming));
  }

  /** The client still owes bytes that somebody waits for. */
  get waiting(): boolean {
    return this.#state === "reading";
  }

  /**
   * No other request can follow on the connection: the client has stalled, or more than `drainBytes` are
   * still to come, or it is answered before `100 Continue` and may or may not send the body after that.
   */
  isLast(drainBytes: number): boolean {
    if (this.#stalled || this.declaredBytes - this.bytesRead > drainBytes) return true;
    return this.#expects && this.#state === "untouched" && !this.empty;
  }

  /** All bytes, at once when there are none or they are here already. Refuses more than `limitBytes`. */
  collect(limitBytes: number): Uint8Array | Promise<Uint8Array> {
    if (this.#collected) return this.#collected;
    if (this.empty) return EMPTY;
    if (this.declaredBytes > limitBytes) throw new Refusal("tooLarge");
    return new Promise((resolve, reject) => {
      let parts: Buffer[] | undefined;
      let first: Buffer | undefined;
      this.#attach({
        data: (chunk) => {
          if (this.bytesRead > limitBytes) return this.fail(new Refusal("tooLarge"));
          this.#admission.take(chunk.length);
          this.#held += chunk.length;
          if (first === undefined) first = chunk;
          else if (parts) parts.push(chunk);
          else parts = [first, chunk];
        },
        end: () => {
          this.#collected = parts ? Buffer.concat(parts) : (first ?? EMPTY);
          resolve(this.#collected);
        },
        fail: reject,
      });
    });
  }

  /** The bytes as they arrive. */
  stream(): AsyncIterable<Uint8Array> {
    const collected = this.#collected ?? (this.empty ? EMPTY : undefined);
    if (collected) return once(collected);
    const queue = new Queue(this.#incoming);
    if (!this.#expects) {
      this.#attach(queue);
      return queue;
    }
    // The client is asked for its bytes by whoever wants the first: a refusal before saves it all of them.
    return {
      [Symbol.asyncIterator]: () => {
        if (this.#state === "untouched") this.#attach(queue);
        return queue;
      },
    };
  }

  /** Whoever waits for the body hears `error` instead. */
  fail(error: Refusal): void {
    const sink = this.#sink;
    this.#sink = undefined;
    if (error.kind === "stalled") this.#stalled = true;
    sink?.fail(error);
  }

  /** Gives back what was held, and reads on for a little so that the client can finish and listen. */
  release(drainBytes: number): void {
    this.#admission.give(this.#held);
    this.#held = 0;
    this.#sink = undefined;
    if (this.empty || this.#state === "ended" || this.#incoming.complete) return;
    const until = this.bytesRead + drainBytes;
    const drain = (chunk: Buffer) => {
      if (this.#state === "untouched") this.bytesRead += chunk.length;
      if (this.bytesRead > until) this.#incoming.destroy();
    };
    this.#incoming.on("data", drain);
    this.#incoming.resume();
  }

  #attach(sink: Sink): void {
    this.#sink = sink;
    this.#state = "reading";
    if (this.#expects) this.#outgoing.writeContinue();
    const incoming = this.#incoming;
    incoming.on("data", (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      try {
        this.#sink?.data(chunk);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.fail(error);
      }
    });
    incoming.on("end", () => {
      this.#state = "ended";
      this.#sink?.end();
      this.#sink = undefined;
    });
    incoming.on("close", () => {
      if (this.#state !== "ended") this.fail(new Refusal("incompleteBody"));
    });
    incoming.on("error", () => this.fail(new Refusal("incompleteBody")));
    // A client that has gone before tells nobody so again.
    if (incoming.destroyed && !incoming.readableEnded) this.fail(new Refusal("incompleteBody"));
  }
}

function hasNoBody(incoming: IncomingMessage): boolean {
  if (incoming.httpVersionMajor < 2) return incoming.headers["transfer-encoding"] === undefined;
  return (incoming as unknown as Http2ServerRequest).stream.endAfterHeaders;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/**
 * Chunks between the socket and their reader. Node's own iterator would destroy the connection when the
 * reader stops early or the client stalls, and the client would never see the answer.
 */
class Queue implements Sink, AsyncIterableIterator<Uint8Array> {
  readonly #incoming: IncomingMessage;
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #ended = false;
  #error: Refusal | undefined;
  #reader: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Refusal): void } | undefined;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
  }

  data(chunk: Buffer): void {
    const reader = this.#reader;
    if (reader) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > QUEUE_BYTES) this.#incoming.pause();
  }

  end(): void {
    this.#ended = true;
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
  }

  fail(error: Refusal): void {
    this.#error = error;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#sizeBytes -= chunk.length;
      if (this.#chunks.length === 0 && !this.#ended) this.#incoming.resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#chunks = [];
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this;
  }
}
