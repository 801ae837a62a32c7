import { createClock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import type { Terminal } from "./command.ts";

/**
 * Does something again and again until Ctrl-C, also when the platform starts anew. The first time must
 * succeed: there must be something to follow.
 */
export async function everyBeat(
  beatMs: number,
  terminal: Terminal,
  act: (nowMs: number) => Promise<void>,
): Promise<number> {
  const clock = createClock();
  // The clock's timers keep no process alive; an open port does.
  const { port1: alive } = new MessageChannel();
  alive.on("message", () => {});
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  let isFirst = true;
  let gone = false;
  try {
    while (!stop.signal.aborted) {
      try {
        await act(clock.now());
        if (gone) terminal.err("-- the platform is back --\n");
        gone = false;
      } catch (error) {
        if (isFirst || !(error instanceof UserError)) throw error;
        if (!gone)
          terminal.err("-- the platform has stopped; waiting for it to start again (Ctrl-C ends) --\n");
        gone = true;
      }
      isFirst = false;
      await clock.sleep(beatMs, stop.signal).catch(() => {});
    }
  } finally {
    alive.close();
  }
  return 0;
}
