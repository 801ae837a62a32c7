import { Fault } from "../kernel/faults.ts";
import {
  type CallMetrics,
  dynamodb,
  type Ended,
  events,
  kinesis,
  s3,
  sns,
  sqs,
} from "./call-metric-tables.ts";
import type { Context } from "./define.ts";

const TABLES: Readonly<Record<string, CallMetrics>> = { dynamodb, events, kinesis, s3, sns, sqs };

/** What is counted of an operation, or undefined for most of them: nothing. */
export function callMetricsOf(service: string, operation: string): CallMetrics | undefined {
  const table = Object.hasOwn(TABLES, service) ? TABLES[service] : undefined;
  return table?.operations.includes(operation) ? table : undefined;
}

/** Counts a call when it has ended; who waits for the call does not wait for this. */
export function countCall(
  table: CallMetrics,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  context: Context,
  work: Promise<Record<string, unknown>>,
): void {
  const { metrics, clock, scope } = context;
  const { account, region } = scope;
  const isByService = context.principal.arn.endsWith(".amazonaws.com");
  const startedMs = clock.monotonic();
  const ended = (outcome: Pick<Ended, "output" | "fault">) => {
    const nowMs = clock.now();
    const durationMs = clock.monotonic() - startedMs;
    const call = { operation, input, durationMs, isByService, ...outcome };
    table.count(call, (name, dimensions, value) =>
      metrics.counter({ account, region, namespace: table.namespace, name, dimensions }).add(value, nowMs),
    );
  };
  work.then(
    (output) => ended({ output }),
    (error: unknown) =>
      ended({ fault: error instanceof Fault ? error : new Fault("InternalFailure", "", { status: 500 }) }),
  );
}
