/** AWS cuts an event of a log at 256 KB. */
export const LONGEST_LINE_BYTES = 256 * 1024;

/** Cuts output into lines, at most LONGEST_LINE_BYTES each; what has no end yet waits for it. */
export class LineSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  readonly #emit: (line: string) => void;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#add(chunk.subarray(from, end));
      this.flush(true);
      from = end + 1;
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
  }

  /** Emits what is waiting; an empty line only where one `ended`. */
  flush(ended = false): void {
    if (!ended && this.#pendingBytes === 0) return;
    const line = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#emit((line ?? Buffer.alloc(0)).toString("utf8"));
  }

  #add(piece: Buffer): void {
    let rest = piece;
    while (this.#pendingBytes + rest.length > LONGEST_LINE_BYTES) {
      const room = LONGEST_LINE_BYTES - this.#pendingBytes;
      this.#keep(rest.subarray(0, room));
      this.flush();
      rest = rest.subarray(room);
    }
    if (rest.length) this.#keep(rest);
  }

  #keep(piece: Buffer): void {
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
  }
}
