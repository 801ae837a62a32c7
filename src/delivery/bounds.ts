/** What an environment takes of the machine's memory, about. */
const ENVIRONMENT_BYTES = 128 * 1024 * 1024;

/**
 * How many asynchronous events run at once on a machine: enough for functions that wait for others, not so
 * many that a burst takes all of its memory.
 */
export function eventsAtOnce(cores: number, availableBytes: number): number {
  const wanted = Math.max(64, 8 * cores);
  const fitting = Math.floor(availableBytes / ENVIRONMENT_BYTES);
  return Math.max(16, Math.min(wanted, fitting));
}
