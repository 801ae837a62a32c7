/**
 * What the platform and a function's process say to each other: a frame is two lengths (32 bits,
 * big-endian), a head of JSON and a body of raw bytes. Payloads are never parsed on the way.
 */
export interface Frame {
  readonly head: Head;
  readonly body: Buffer;
}

/** To the process go init, invoke, and more (room in a streamed answer); from it come these. */
export type Head =
  /** The runtime is loaded. */
  | { readonly type: "ready" }
  | { readonly type: "initialised" }
  /** The handler could not be loaded; the body is AWS's error document. */
  | { readonly type: "failed"; readonly errorType: string }
  /** One event of the application's log, which may have several lines. */
  | { readonly type: "log" }
  /** Bytes of standard output or error as they came. */
  | { readonly type: "output" }
  /**
   * The answer to an invocation; with `errorType` its body is AWS's error document. `peakBytes` is the
   * most memory that the process held, from systems where the platform cannot see it. `busy`: what it
   * leaves running is told in a moment.
   */
  | {
      readonly type: "answer";
      readonly id: string;
      readonly errorType?: string;
      readonly peakBytes?: number;
      readonly busy?: boolean;
    }
  /** A streamed answer begins; its bytes come in chunks, and an answer without a body ends it. */
  | { readonly type: "begin"; readonly id: string; readonly contentType: string }
  | { readonly type: "chunk"; readonly id: string }
  | Left
  /** Like an answer, from a process that will now exit by itself. */
  | { readonly type: "fatal"; readonly id: string; readonly errorType: string };

/** The function has answered, and this is still under way: it will be stopped. */
export interface Left {
  readonly type: "left";
  readonly id: string;
  /** Names, or nothing where all has come to its end. */
  readonly what: string;
}

const PREFIX_BYTES = 8;
/** A head names a few short things: anything longer means that the stream is broken. */
const LONGEST_HEAD_BYTES = 1024 * 1024;
/** Answers end at 6 MB; a runtime cuts what it sends, so that a frame never grows without bound. */
const LONGEST_BODY_BYTES = 64 * 1024 * 1024;

export function encodeFrame(head: object, body?: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const bodyBytes = body?.length ?? 0;
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + text.length + bodyBytes);
  frame.writeUInt32BE(text.length, 0);
  frame.writeUInt32BE(bodyBytes, 4);
  text.copy(frame, PREFIX_BYTES);
  if (body) frame.set(body, PREFIX_BYTES + text.length);
  return frame;
}

/** Cuts a stream of bytes into frames. A broken stream gives `undefined` from then on. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #broken = false;

  get broken(): boolean {
    return this.#broken;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
  }

  /** The next whole frame, or undefined when there is none yet. */
  next(): Frame | undefined {
    if (this.#broken || this.#sizeBytes < PREFIX_BYTES) return undefined;
    const start = this.#joined(PREFIX_BYTES);
    const headBytes = start.readUInt32BE(0);
    const bodyBytes = start.readUInt32BE(4);
    if (headBytes > LONGEST_HEAD_BYTES || bodyBytes > LONGEST_BODY_BYTES) {
      this.#broken = true;
      return undefined;
    }
    const total = PREFIX_BYTES + headBytes + bodyBytes;
    if (this.#sizeBytes < total) return undefined;
    const whole = this.#joined(total);
    const rest = whole.subarray(total);
    this.#chunks = rest.length ? [rest, ...this.#chunks.slice(1)] : this.#chunks.slice(1);
    this.#sizeBytes -= total;
    const head = parseHead(whole.toString("utf8", PREFIX_BYTES, PREFIX_BYTES + headBytes));
    if (!head) {
      this.#broken = true;
      return undefined;
    }
    return { head, body: whole.subarray(PREFIX_BYTES + headBytes, total) };
  }

  /** The first chunk, joined with the following ones only when it is shorter than `least`. */
  #joined(least: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= least) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}

function parseHead(text: string): Head | undefined {
  try {
    return JSON.parse(text) as Head;
  } catch {
    return undefined;
  }
}
