// The service without a platform around it: handlers and background on a store, and a clock to turn.
import { createVirtualClock, type VirtualClock } from "../../kernel/clock.ts";
import { createIds } from "../../kernel/ids.ts";
import { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Scope } from "../../kernel/scope.ts";
import { newTrace } from "../../kernel/trace.ts";
import type { Store } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { scheduler } from "./index.ts";

type Handlers = Required<typeof scheduler.handlers>;

export interface Direct {
  readonly clock: VirtualClock;
  /** The operations, with nothing but their input. */
  readonly call: {
    [Name in keyof Handlers]: (input: Parameters<Handlers[Name]>[0]) => ReturnType<Handlers[Name]>;
  };
  /** The service's work between calls; `stop` ends it. */
  start(): { stop(): Promise<void> };
  idle(): Promise<void>;
}

const SCOPE = { account: "000000000000", region: "us-east-1" };
const SILENT = { error() {}, warn() {}, info() {}, debug() {} };

/** `sent`: what is called when a message is sent to a queue. */
export function directScheduler(store: Store, sent: (body: string) => void): Direct {
  const lifecycle = new Lifecycle();
  const idle = () => lifecycle.settled();
  const clock = createVirtualClock(idle);
  const ids = createIds();
  const ports = { store, clock, ids, log: SILENT, recorder: { span() {}, log() {}, usage() {} } };
  const contextOf = (scope: Scope, trace = newTrace(clock, ids)) =>
    ({
      ...ports,
      scope,
      trace,
      requestId: ids.uuid(),
      endpoint: "http://localhost:4566",
      call: async (_: string, __: string, input: Record<string, unknown>) => {
        sent(String(input.MessageBody));
        return {};
      },
    }) as unknown as Context;
  const call: Record<string, unknown> = {};
  for (const [name, handler] of Object.entries(scheduler.handlers)) {
    const run = handler as (input: unknown, context: Context) => Promise<unknown>;
    call[name] = async (input: unknown) => {
      const end = lifecycle.begin();
      try {
        return await run(input, contextOf(SCOPE));
      } finally {
        // As long as a request takes to be answered: who watches has woken by then.
        setImmediate(end);
      }
    };
  }
  return {
    clock,
    call: call as unknown as Direct["call"],
    start() {
      const stopping = new AbortController();
      const world = {
        ...ports,
        signal: stopping.signal,
        begin: () => lifecycle.begin(),
        as: contextOf,
      } as unknown as Background;
      const ended = scheduler.background?.(world);
      return {
        async stop() {
          stopping.abort();
          await ended;
        },
      };
    },
    idle,
  };
}
