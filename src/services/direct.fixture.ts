// A service without a platform around it: handlers and background on a store, and a clock to turn.
import { createVirtualClock, type VirtualClock } from "../kernel/clock.ts";
import type { AsyncEvent } from "../kernel/functions.ts";
import { createIds } from "../kernel/ids.ts";
import { Lifecycle } from "../kernel/lifecycle.ts";
import { createMetrics } from "../kernel/metrics.ts";
import { NO_CHAOS } from "../kernel/no-chaos.fixture.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Usage } from "../kernel/telemetry.ts";
import { newTrace, type Trace } from "../kernel/trace.ts";
import type { Store, Transaction } from "../store/store.ts";
import type { Background, Context } from "./define.ts";

/** What is called on another service: `sqs.SendMessage` and its input; `tx`: as part of a transaction. */
export type Called = (operation: string, input: Record<string, unknown>, tx?: Transaction) => Promise<void>;

type Run = (input: never, context: never) => Promise<unknown>;

interface Service<Handlers> {
  readonly handlers: Handlers;
  readonly background?: (background: Background) => Promise<void>;
}

export interface Direct<Handlers> {
  readonly clock: VirtualClock;
  /** The operations, with nothing but their input. */
  readonly call: {
    [Name in keyof Handlers]-?: NonNullable<Handlers[Name]> extends (
      input: infer Input,
      context: never,
    ) => infer Answer
      ? (input: Input) => Answer
      : never;
  };
  /** The service's work between calls; `stop` ends it. */
  start(): { stop(): Promise<void> };
  idle(): Promise<void>;
  /** What was noted for the bill. */
  readonly usage: Usage[];
}

const SCOPE = { account: "000000000000", region: "us-east-1" };
const SILENT = { error() {}, warn() {}, info() {}, debug() {} };

/** `enqueue`: what becomes of events for functions, in the transaction given. */
export function directService<Handlers extends object>(
  id: string,
  service: Service<Handlers>,
  store: Store,
  called: Called,
  enqueue: (tx: Transaction, event: AsyncEvent) => void = () => {},
): Direct<Handlers> {
  const lifecycle = new Lifecycle();
  const idle = () => lifecycle.settled();
  const clock = createVirtualClock(idle);
  const ids = createIds();
  const usage: Usage[] = [];
  const ports = {
    store,
    clock,
    ids,
    log: SILENT,
    capacity: "observe",
    chaos: NO_CHAOS,
    metrics: createMetrics(),
    recorder: { span() {}, log() {}, usage: (one: Usage) => usage.push(one) },
    functions: { permits: async () => "allowed", enqueue },
  };
  const contextOf = (scope: Scope, trace: Trace, arn: string, tx?: Transaction): Context =>
    ({
      ...ports,
      within: (inner: Transaction) => contextOf(scope, trace, arn, inner),
      scope,
      trace,
      requestId: ids.uuid(),
      principal: { account: scope.account, arn, accessKeyId: "test", userId: arn },
      endpoint: "http://localhost:4566",
      call: async (other: string, operation: string, input: Record<string, unknown>) => {
        await called(`${other}.${operation}`, input, tx);
        return {};
      },
    }) as unknown as Context;
  const call: Record<string, unknown> = {};
  for (const [name, run] of Object.entries(service.handlers as Record<string, Run>)) {
    call[name] = async (input: never) => {
      const end = lifecycle.begin();
      try {
        const context = contextOf(SCOPE, newTrace(clock, ids), "arn:aws:iam::000000000000:root");
        return await run(input, context as never);
      } finally {
        // As long as a request takes to be answered: who watches has woken by then.
        setImmediate(end);
      }
    };
  }
  return {
    clock,
    call: call as Direct<Handlers>["call"],
    start() {
      const stopping = new AbortController();
      const world = {
        ...ports,
        signal: stopping.signal,
        begin: () => lifecycle.begin(),
        as: (scope: Scope, trace = newTrace(clock, ids)) => contextOf(scope, trace, `${id}.amazonaws.com`),
      } as unknown as Background;
      const ended = service.background?.(world);
      return {
        async stop() {
          stopping.abort();
          await ended;
        },
      };
    },
    idle,
    usage,
  };
}
