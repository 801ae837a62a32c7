// Delivery over a memory store, a clock to turn and functions of the tests' own.
import { createVirtualClock } from "../kernel/clock.ts";
import { Fault } from "../kernel/faults.ts";
import type {
  AsyncEvent,
  AsyncSettings,
  FunctionTarget,
  Invocation,
  InvocationResult,
} from "../kernel/functions.ts";
import { createIds } from "../kernel/ids.ts";
import { Lifecycle } from "../kernel/lifecycle.ts";
import { createLog } from "../kernel/log.ts";
import { createMetrics } from "../kernel/metrics.ts";
import { NO_CHAOS } from "../kernel/no-chaos.fixture.ts";
import type { FunctionEvent, LogLine, Span } from "../kernel/telemetry.ts";
import { createHostileStore } from "../store/drivers/hostile.ts";
import { createMemoryStore } from "../store/drivers/memory.ts";
import type { Store } from "../store/store.ts";
import { createDelivery, type Delivery } from "./delivery.ts";
import { createFunctionMetrics } from "./metrics.ts";
import type { DeliveryOptions, ServiceCall } from "./options.ts";

export interface Run {
  readonly name: string;
  readonly invocation: Invocation;
  readonly atMs: number;
}

export type Body = (invocation: Invocation) => Promise<unknown> | unknown;

/** A failure of the function's own code. */
export class FunctionError extends Error {}

export const ARN = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
export const MINUTE_MS = 60_000;

export interface FunctionOptions {
  readonly asynchronous?: AsyncSettings;
  readonly reservedConcurrency?: number;
  readonly provisionedConcurrency?: number;
  readonly claimedConcurrency?: number;
  readonly recursiveLoop?: "Allow" | "Terminate";
}

/** The stores that delivery is tried on: a kind one, and one that does all that the interface allows. */
export const STORES: readonly (readonly [string, () => Store])[] = [
  ["kind", createMemoryStore],
  ["hostile", () => createHostileStore(createMemoryStore(), createIds().fraction)],
];

export function openDelivery(
  store: Store = createMemoryStore(),
  call?: ServiceCall,
  more: Partial<Pick<DeliveryOptions, "chaos" | "concurrency" | "fidelity">> = {},
) {
  const functions = new Map<string, { target: FunctionTarget; body: Body }>();
  const runs: Run[] = [];
  const spans: Span[] = [];
  const lines: LogLine[] = [];
  const events: FunctionEvent[] = [];
  const problems: string[] = [];
  /** Of every function: as many environments as there are invocations, and none started ahead. */
  const census = { onDemand: Number.POSITIVE_INFINITY, provisioned: 0, free: 0 };
  const lifecycle = new Lifecycle();
  const metrics = createMetrics();
  const clock = createVirtualClock(() => delivery.settled());
  const ids = createIds();
  const delivery: Delivery = createDelivery({
    chaos: NO_CHAOS,
    store,
    clock,
    ids,
    lifecycle,
    log: createLog("error", (line) => problems.push(line)),
    recorder: {
      span: (span) => spans.push(span),
      log: (line) => lines.push(line),
      usage: () => {},
      event: (event) => events.push(event),
    },
    compute: {
      async invoke(version, invocation) {
        runs.push({ name: version.name, invocation, atMs: clock.now() });
        return runBody(functions.get(version.arn)?.body ?? (() => null), invocation);
      },
      census: () => census,
    },
    accountConcurrency: 1000,
    metrics: createFunctionMetrics(metrics, clock),
    resolve: async (arn) => functions.get(arn)?.target,
    concurrency: 32,
    call:
      call ??
      (async (service, operation) => {
        throw new Fault("NotImplemented", `${service}.${operation} is not implemented.`, { status: 501 });
      }),
    ...more,
  });
  delivery.start();
  return {
    delivery,
    clock,
    store,
    lifecycle,
    runs,
    spans,
    lines,
    events,
    problems,
    census,
    define(name: string, body: Body, options: FunctionOptions = {}) {
      functions.set(ARN(name), { target: targetOf(name, options), body });
    },
    /** The sum of a metric of a function, over all time. */
    metric(name: string, metric: string): number {
      const series = { account: "000000000000", region: "us-east-1", namespace: "AWS/Lambda" };
      const of = { ...series, name: metric, dimensions: `FunctionName=${name}` };
      return metrics.minutes(of, 0, Number.MAX_SAFE_INTEGER).reduce((sum, minute) => sum + minute.sum, 0);
    },
    forget: (name: string) => functions.delete(ARN(name)),
    target: (name: string) => functions.get(ARN(name))?.target ?? targetOf(name, {}),
    async send(name: string, payload: unknown, more: Partial<AsyncEvent> = {}) {
      const event: AsyncEvent = {
        requestId: ids.uuid(),
        functionArn: ARN(name),
        payload: new TextEncoder().encode(JSON.stringify(payload)),
        trace: { root: "1-00000000-000000000000000000000000", sampled: true, lineage: [] },
        source: "lambda",
        ...more,
      };
      await store.transact(async (tx) => delivery.enqueue(tx, event));
      return event;
    },
    async close() {
      await lifecycle.close(() => {});
      await delivery.stop();
    },
  };
}

async function runBody(body: Body, invocation: Invocation): Promise<InvocationResult> {
  const base = {
    executedVersion: "$LATEST",
    environment: "one",
    logTail: () => new Uint8Array(),
    report: { durationMs: 1, billedDurationMs: 1, memoryMb: 128, maxMemoryMb: 30 },
  };
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value ?? null));
  try {
    return { ...base, payload: encode(await body(invocation)) };
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    const payload = encode({ errorType: "Error", errorMessage: error.message });
    return { ...base, payload, functionError: "Unhandled", errorType: "Error" };
  }
}

function targetOf(name: string, options: FunctionOptions): FunctionTarget {
  return {
    version: {
      account: "000000000000",
      region: "us-east-1",
      name,
      arn: ARN(name),
      version: "$LATEST",
      revision: "1",
      runtime: "nodejs22.x",
      handler: "index.handler",
      role: "arn:aws:iam::000000000000:role/r",
      codeBlob: "blob",
      codeSha256: "",
      layers: [],
      timeoutMs: 3000,
      memoryMb: 128,
      ephemeralStorageMb: 512,
      architecture: "x86_64",
      environment: {},
      logGroup: `/aws/lambda/${name}`,
      logFormat: "Text",
    },
    claimedConcurrency: 0,
    recursiveLoop: "Terminate",
    asynchronous: {},
    ...options,
  };
}
