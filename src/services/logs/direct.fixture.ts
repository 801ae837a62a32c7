// The service without a platform around it: its handlers on a store, and no functions that write lines.
import type { Lines } from "../../kernel/lines.ts";
import { createMetrics, type Metrics } from "../../kernel/metrics.ts";
import type { Store } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { type Direct, directService } from "../direct.fixture.ts";
import { service } from "./service.ts";

const NO_LINES: Lines = {
  hasHistory: false,
  newStreams: () => [],
  forget() {},
  streams: async () => [],
  read: async () => ({ lines: [], more: false }),
  listen: () => () => {},
  lastSeq: 0,
};

type Run = (input: never, context: Context) => Promise<unknown>;

export type DirectLogs = Direct<typeof service.handlers> & { readonly metrics: Metrics };

export function directLogs(store: Store): DirectLogs {
  const metrics = createMetrics();
  const more = { metrics, lines: NO_LINES };
  const handlers = Object.entries(service.handlers as Record<string, Run>).map(([name, run]) => [
    name,
    (input: never, context: Context) => run(input, Object.assign(context, more)),
  ]);
  const whole = {
    ...service,
    handlers: Object.fromEntries(handlers) as typeof service.handlers,
    background: async (world: Background) => service.background?.({ ...world, ...more }),
  };
  return { ...directService("logs", whole, store, async () => {}), metrics };
}
