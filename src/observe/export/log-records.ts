import type { LogLine } from "../../kernel/telemetry.ts";
import { nanosOf, pairsOf, traceIdOf } from "./attributes.ts";
import { severityOf } from "./severity.ts";

/** A line, and the span in which it was written, where it is known. */
export interface SpannedLine {
  readonly line: LogLine;
  readonly spanId: string | undefined;
}

const SAMPLED = 1;

/** A line as OTLP has it. */
export function otlpLogRecord({ line, spanId }: SpannedLine): object {
  const traceId = line.traceId === undefined ? undefined : traceIdOf(line.traceId);
  const isOfTrace = traceId !== undefined;
  return {
    timeUnixNano: nanosOf(line.timeMs),
    observedTimeUnixNano: nanosOf(line.timeMs),
    ...severityOf(line.message),
    body: { stringValue: line.message },
    attributes: pairsOf({ "faas.invocation_id": line.requestId, "nuage.source": line.source }),
    ...(isOfTrace ? { traceId, flags: SAMPLED } : {}),
    ...(isOfTrace && spanId !== undefined ? { spanId } : {}),
  };
}
