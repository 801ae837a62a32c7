// The service without a platform around it: handlers and background on a store, and a clock to turn.
import { createVirtualClock, type VirtualClock } from "../../kernel/clock.ts";
import type { AsyncEvent } from "../../kernel/functions.ts";
import { createIds } from "../../kernel/ids.ts";
import { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Scope } from "../../kernel/scope.ts";
import { newTrace, type Trace } from "../../kernel/trace.ts";
import type { Store, Transaction } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { sns } from "./index.ts";

type Handlers = Required<typeof sns.handlers>;

/** What a queue is sent, by its name. */
export type Send = (queue: string, input: Record<string, unknown>) => Promise<void>;

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

/** `enqueue`: what becomes of events for functions, in the transaction given. */
export function directSns(
  store: Store,
  send: Send,
  enqueue: (tx: Transaction, event: AsyncEvent) => void = () => {},
): Direct {
  const lifecycle = new Lifecycle();
  const idle = () => lifecycle.settled();
  const clock = createVirtualClock(idle);
  const ids = createIds();
  const ports = {
    store,
    clock,
    ids,
    log: SILENT,
    recorder: { span() {}, log() {}, usage() {} },
    functions: { permits: async () => "allowed", enqueue },
  };
  const contextOf = (scope: Scope, trace: Trace, arn: string) =>
    ({
      ...ports,
      scope,
      trace,
      requestId: ids.uuid(),
      principal: { account: scope.account, arn, accessKeyId: "test", userId: arn },
      endpoint: "http://localhost:4566",
      call: async (_service: string, operation: string, input: Record<string, unknown>) => {
        if (operation === "SendMessage") await send(String(input.QueueUrl).split("/").at(-1) ?? "", input);
        return {};
      },
    }) as unknown as Context;
  const call: Record<string, unknown> = {};
  for (const [name, handler] of Object.entries(sns.handlers)) {
    const run = handler as (input: unknown, context: Context) => Promise<unknown>;
    call[name] = async (input: unknown) => {
      const end = lifecycle.begin();
      try {
        return await run(input, contextOf(SCOPE, newTrace(clock, ids), "arn:aws:iam::000000000000:root"));
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
        as: (scope: Scope, trace = newTrace(clock, ids)) => contextOf(scope, trace, "sns.amazonaws.com"),
      } as unknown as Background;
      const ended = sns.background?.(world);
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

/** The same chances every time: a linear congruence, as good as any here. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A store that is cut off from one moment on, as by the death of its process. */
export function mortal(store: Store): Store & { die(): void } {
  let dead = false;
  const never = new Promise<never>(() => {});
  return {
    transact: (body) => (dead ? never : store.transact(body)),
    watch: (prefix, signal) => (dead ? never : store.watch(prefix, signal)),
    clear: () => store.clear(),
    close: () => store.close(),
    die() {
      dead = true;
    },
  };
}
