import type { Clock, Timer } from "../../kernel/clock.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { watchBox } from "./records.ts";

type Caller = Pick<Context, "clock" | "rest" | "signal">;

/** Nothing is in the box, and nothing will be before this, but for news. */
interface Nothing {
  readonly untilMs: number | undefined;
}

/**
 * The long polls that wait for messages of one box. What is news to all of them is a message for one: they
 * look one after the other, and those behind one that finds nothing need not look. The box is watched from
 * before each look on, so that nothing is missed.
 */
class Line {
  /** Those who wait, or look. */
  members = 0;
  readonly #store: Store;
  readonly #box: string;
  readonly #waiting = new Set<() => void>();
  /** Something may have become visible since the last look began. */
  #isNews = true;
  #looking = false;
  #watch: AbortController | undefined;
  #due: Timer | undefined;

  constructor(store: Store, box: string) {
    this.#store = store;
    this.#box = box;
  }

  /** Waits for its turn, until a moment: whether it has come. A call that waits is no work under way. */
  turn(caller: Caller, untilMs: number): Promise<boolean> {
    const { clock, signal } = caller;
    return new Promise((resolve) => {
      const resume = caller.rest();
      const end = (isTurn: boolean) => {
        if (!this.#waiting.delete(go)) return;
        timer.cancel();
        signal.removeEventListener("abort", leave);
        resume();
        resolve(isTurn);
      };
      const go = () => end(true);
      const leave = () => end(false);
      this.#waiting.add(go);
      const timer = clock.at(untilMs, leave);
      signal.addEventListener("abort", leave);
      if (signal.aborted) leave();
      this.#next();
    });
  }

  /** Ends a turn; the next one looks where there may be more. */
  done(clock: Clock, nothing: Nothing | undefined): void {
    this.#looking = false;
    if (!nothing) this.#isNews = true;
    else if (nothing.untilMs !== undefined) this.#due = clock.at(nothing.untilMs, () => this.#tell());
    this.#next();
  }

  close(): void {
    this.#watch?.abort();
    this.#due?.cancel();
  }

  #tell(): void {
    this.#isNews = true;
    this.#next();
  }

  #next(): void {
    const [go] = this.#waiting;
    if (!go || !this.#isNews || this.#looking) return;
    this.#isNews = false;
    this.#looking = true;
    this.#due?.cancel();
    if (!this.#watch) this.#begin();
    go();
  }

  #begin(): void {
    const watch = new AbortController();
    this.#watch = watch;
    const told = () => {
      if (watch.signal.aborted) return;
      this.#watch = undefined;
      this.#tell();
    };
    watchBox(this.#store, this.#box, watch.signal).then(told, told);
  }
}

const byStore = new WeakMap<Store, Map<string, Line>>();

/**
 * Has a long poll look whenever it is its turn among those of its box, until it finds something; gives
 * undefined when a moment, or the end of its client, comes first. `look` says until when there is nothing,
 * where it found nothing.
 */
export async function lookInTurn<Found>(
  store: Store,
  box: string,
  caller: Caller,
  untilMs: number,
  look: () => Promise<{ readonly found: Found; readonly nothing?: Nothing }>,
): Promise<Found | undefined> {
  const lines = byStore.get(store) ?? new Map<string, Line>();
  byStore.set(store, lines);
  const line = lines.get(box) ?? new Line(store, box);
  lines.set(box, line);
  line.members++;
  try {
    while (await line.turn(caller, untilMs)) {
      let nothing: Nothing | undefined;
      try {
        const looked = await look();
        nothing = looked.nothing;
        if (!nothing) return looked.found;
      } finally {
        line.done(caller.clock, nothing);
      }
    }
    return undefined;
  } finally {
    if (--line.members === 0) {
      lines.delete(box);
      line.close();
    }
  }
}
