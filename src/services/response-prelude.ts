/** Between the JSON that a streamed HTTP answer begins with and its body. */
const DELIMITER = Buffer.alloc(8);

/** What a streamed HTTP answer begins with, and what of its body came along with it. */
export interface Prelude {
  /** As it was written, and not yet checked; undefined for an answer with nothing in it at all. */
  readonly head: unknown;
  readonly rest?: Uint8Array;
}

/**
 * Reads a streamed HTTP answer up to its body: a status and headers as JSON, and eight bytes of zero.
 * undefined: it does not begin so, or the body does not begin within so many bytes.
 * https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
 */
export async function readPrelude(
  chunks: AsyncIterator<Uint8Array>,
  longestBytes: number,
): Promise<Prelude | undefined> {
  let read: Buffer = Buffer.alloc(0);
  while (read.length <= longestBytes) {
    const next = await chunks.next();
    if (next.done) return read.length === 0 ? { head: undefined } : undefined;
    read = Buffer.concat([read, next.value]);
    const end = read.indexOf(DELIMITER);
    if (end < 0) continue;
    try {
      return { head: JSON.parse(read.toString("utf8", 0, end)), rest: read.subarray(end + DELIMITER.length) };
    } catch {
      return undefined;
    }
  }
  return undefined;
}
