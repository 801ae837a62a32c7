import type { AnswerStream } from "../kernel/functions.ts";

/** What is kept of an answer that somebody else was given: enough to look at it later. */
const KEPT_BYTES = 1024 * 1024;
/** What an answer may weigh that is not handed on as it comes: 6 MB and what AWS grants beyond. */
const LARGEST_WHOLE_BYTES = 6_291_556;

/** The answer of a function that streams: handed on as it comes, or kept for who waits for the whole. */
export class StreamedAnswer {
  readonly #to: AnswerStream | undefined;
  #kept: Buffer[] = [];
  #sizeBytes = 0;

  constructor(to: AnswerStream | undefined, contentType: string) {
    this.#to = to;
    to?.begin(contentType);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Why this cannot be an answer, or undefined. */
  get fault(): { readonly errorType: string; readonly document: Buffer } | undefined {
    if (this.#to || this.#sizeBytes <= LARGEST_WHOLE_BYTES) return undefined;
    const errorType = "Function.ResponseSizeTooLarge";
    const limit = `maximum allowed payload size (${LARGEST_WHOLE_BYTES} bytes)`;
    const errorMessage = `Response payload size exceeded ${limit}.`;
    return { errorType, document: Buffer.from(JSON.stringify({ errorType, errorMessage })) };
  }

  /** Calls `taken` when there is room for as much again. */
  add(chunk: Buffer, taken: () => void): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes <= (this.#to ? KEPT_BYTES : LARGEST_WHOLE_BYTES)) this.#kept.push(chunk);
    else this.#kept = [];
    if (this.#to) void this.#to.write(chunk).then(taken);
    else taken();
  }

  /** Nothing of one that was too long to keep. */
  whole(): Buffer {
    return Buffer.concat(this.#kept);
  }
}
