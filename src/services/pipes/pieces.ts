// Batches that are too large for one request. Pure but for what sends.
import { Fault } from "../../kernel/faults.ts";

/** What became of a batch: which of its events were not taken, and what a function answered. */
export interface Sent {
  readonly failed: readonly number[];
  readonly answer?: Uint8Array;
}

interface Sized {
  readonly shaped: { readonly text: string };
}

/** Keys, names and the like beside an event's text. */
const BESIDE_BYTES = 2048;

/**
 * Sends a batch in as few requests as its size allows. Once some of it was taken, a piece that fails and all
 * behind it are told as failed, so that nothing overtakes it.
 */
export async function sendInPieces<Event extends Sized>(
  batch: readonly Event[],
  mostBytes: number | undefined,
  send: (piece: readonly Event[]) => Promise<Sent>,
): Promise<Sent> {
  const failed: number[] = [];
  for (let from = 0; from < batch.length; ) {
    const to = endOfPiece(batch, from, mostBytes);
    if (from === 0 && to === batch.length) return send(batch);
    try {
      const sent = await send(batch.slice(from, to));
      failed.push(...sent.failed.map((place) => from + place));
    } catch (error) {
      if (!(error instanceof Fault) || failed.length === from) throw error;
      return { failed: [...failed, ...batch.slice(from).map((_, index) => from + index)] };
    }
    from = to;
  }
  return { failed };
}

function endOfPiece(batch: readonly Sized[], from: number, mostBytes = Number.POSITIVE_INFINITY): number {
  let left = mostBytes;
  let to = from;
  for (; to < batch.length; to++) {
    left -= Buffer.byteLength(batch[to]?.shaped.text ?? "") + BESIDE_BYTES;
    if (left < 0 && to > from) break;
  }
  return to;
}
