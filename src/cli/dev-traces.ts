import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import type { TraceList, TraceSummary } from "../observe/model.ts";
import { ask } from "./client.ts";
import type { Terminal } from "./command.ts";
import { counted, formatDuration, type Palette, palette, printable } from "./terminal.ts";

/** So often the platform is asked; a trace that has not grown meanwhile is told. */
const BEAT_MS = 500;

/** A function's physical name, and the one that its template gives it. */
interface Named {
  readonly name: string;
  readonly logicalId: string;
}

interface Following {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Traces in which one of these ran. */
  readonly loop: { readonly functions: readonly Named[] };
  readonly terminal: Terminal;
  readonly print: (text: string) => unknown;
}

/** Prints one line for each trace once it has come to rest, until the signal aborts. */
export async function followTraces(following: Following): Promise<void> {
  const { endpoint, clock, signal, loop, print, terminal } = following;
  const colours = palette(terminal.colour);
  const sizes = new Map<string, number>();
  const told = new Set<string>();
  const since = `${Math.floor(clock.now())}`;
  while (!signal.aborted) {
    await clock.sleep(BEAT_MS, signal).catch(() => {});
    for (const trace of await tracesSince(endpoint, since, signal)) {
      const { traceId, spanCount } = trace;
      if (told.has(traceId) || !concerns(trace, loop.functions)) continue;
      if (sizes.get(traceId) === spanCount) {
        told.add(traceId);
        sizes.delete(traceId);
        print(drawTraceLine(trace, loop.functions, colours));
      } else sizes.set(traceId, spanCount);
    }
  }
}

function concerns({ functions: ran }: TraceSummary, functions: readonly Named[]): boolean {
  return functions.some(({ name }) => ran.includes(name));
}

/** The oldest first. A platform that is away has none. */
async function tracesSince(endpoint: string, since: string, signal: AbortSignal): Promise<TraceSummary[]> {
  if (signal.aborted) return [];
  try {
    const answer = await ask(endpoint, `/_nuage/traces?limit=100&since=${since}`, { signal });
    return [...((await answer.json()) as TraceList).traces].reverse();
  } catch (error) {
    if (error instanceof UserError || signal.aborted) return [];
    throw error;
  }
}

function drawTraceLine(trace: TraceSummary, known: readonly Named[], colours: Palette): string {
  const called = (text: string) =>
    printable(known.reduce((all, { name, logicalId }) => all.replaceAll(name, logicalId), text));
  const { traceId, entry, functions, spanCount, durationMs, errorCount, stopped } = trace;
  const result = stopped ? "loop stopped" : errorCount > 0 ? counted(errorCount, "error") : "ok";
  const paint = errorCount > 0 || stopped ? colours.red : colours.green;
  const facts = [called(functions.join(", ")), counted(spanCount, "span"), formatDuration(durationMs)];
  const head = `${colours.dim("╰")} ${colours.bold(called(entry))}`;
  return `${head}  ${facts.join(" · ")} · ${paint(result)}  ${colours.dim(`nuage trace ${traceId}`)}`;
}
