/** A head is of 14 bytes at most: two, the length of longer payloads, a client's mask. */
const LONGEST_HEAD_BYTES = 14;
const MASK_BYTES = 4;
const LENGTH_OF_16_BITS = 126;
const LENGTH_OF_64_BITS = 127;

/**
 * Follows what a WebSocket client sends from head to head, which say how long the frames are.
 * https://datatracker.ietf.org/doc/html/rfc6455#section-5.2
 */
export class FrameGauge {
  readonly #head = Buffer.alloc(LONGEST_HEAD_BYTES);
  #headBytes = 0;
  #payloadLeft = 0;

  /** The longest payload of the frames that begin in what has come. */
  longest(chunk: Uint8Array): number {
    let longest = 0;
    for (let at = 0; at < chunk.length; ) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - at);
      this.#payloadLeft -= skipped;
      at += skipped;
      if (at === chunk.length) break;
      this.#head[this.#headBytes++] = chunk[at++] ?? 0;
      const length = this.#payloadLength();
      if (length === undefined) continue;
      longest = Math.max(longest, length);
      this.#payloadLeft = length;
      this.#headBytes = 0;
    }
    return longest;
  }

  /** undefined: the head is not whole. */
  #payloadLength(): number | undefined {
    if (this.#headBytes < 2) return undefined;
    const second = this.#head[1] ?? 0;
    const short = second & 0x7f;
    const extended = short === LENGTH_OF_16_BITS ? 2 : short === LENGTH_OF_64_BITS ? 8 : 0;
    const masked = (second & 0x80) === 0 ? 0 : MASK_BYTES;
    if (this.#headBytes < 2 + extended + masked) return undefined;
    if (extended === 0) return short;
    return extended === 2 ? this.#head.readUInt16BE(2) : Number(this.#head.readBigUInt64BE(2));
  }
}
