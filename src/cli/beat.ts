import { createClock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import { ask } from "./client.ts";
import type { Terminal } from "./command.ts";
import { jsonLinesOf } from "./json-lines.ts";

/** One time of many: it says when the platform has answered, where it goes on for long. */
interface Beat {
  readonly nowMs: number;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly isThere: () => void;
}

/**
 * Does something again and again until Ctrl-C, also when the platform starts anew. The first time must
 * succeed: there must be something to follow.
 */
export async function everyBeat(
  beatMs: number,
  terminal: Terminal,
  act: (beat: Beat) => Promise<void>,
): Promise<number> {
  const clock = createClock();
  // The clock's timers keep no process alive; an open port does.
  const { port1: alive } = new MessageChannel();
  alive.on("message", () => {});
  const { signal, abort } = untilInterrupted();
  let isFirst = true;
  let gone = false;
  const isThere = () => {
    if (gone) terminal.err("-- the platform is back --\n");
    gone = false;
    isFirst = false;
  };
  try {
    while (!signal.aborted) {
      try {
        await act({ nowMs: clock.now(), signal, isThere });
        isThere();
      } catch (error) {
        if (signal.aborted) break;
        if (isFirst || !(error instanceof UserError)) throw error;
        if (!gone)
          terminal.err("-- the platform has stopped; waiting for it to start again (Ctrl-C ends) --\n");
        gone = true;
      }
      await clock.sleep(beatMs, signal).catch(() => {});
    }
  } finally {
    abort();
    alive.close();
  }
  return 0;
}

function untilInterrupted(): { readonly signal: AbortSignal; abort(): void } {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  return { signal: stop.signal, abort: () => stop.abort() };
}

/** Follows what comes line by line for as long as there is somebody to say it, and again when he is back. */
export function everyLine<T>(
  {
    endpoint,
    path,
    terminal,
  }: { readonly endpoint: string; readonly path: string; readonly terminal: Terminal },
  print: (line: T) => void,
): Promise<number> {
  return everyBeat(RETRY_MS, terminal, async ({ signal, isThere }) => {
    const response = await ask(endpoint, path, { signal });
    isThere();
    try {
      for await (const line of jsonLinesOf<T>(response)) print(line);
    } catch (error) {
      // A platform that was killed breaks off in the middle.
      if (!(error instanceof TypeError)) throw error;
    }
  });
}

const RETRY_MS = 500;

/** The cursor goes to the top, and what is below it goes. */
const CLEAR = "\x1b[H\x1b[2J";

/**
 * Prints again what has changed: a terminal has the latest drawing alone, elsewhere each stands below the one
 * before. Of JSON, which comes as a text for each line, the lines that are new.
 */
export function everyChange(
  beatMs: number,
  terminal: Terminal,
  isJson: boolean,
  read: () => Promise<readonly string[]>,
): Promise<number> {
  let before: readonly string[] = [];
  return everyBeat(beatMs, terminal, async () => {
    const now = await read();
    const known = new Map<string, number>();
    for (const text of before) known.set(text, (known.get(text) ?? 0) + 1);
    const fresh = now.filter((text) => {
      const left = known.get(text) ?? 0;
      known.set(text, left - 1);
      return left <= 0;
    });
    if (fresh.length === 0) return;
    const lead = isJson ? "" : terminal.colour ? CLEAR : before.length > 0 ? "\n" : "";
    before = now;
    terminal.out(lead + fresh.join(""));
  });
}
