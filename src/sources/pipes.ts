import { Fault } from "../kernel/faults.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import { childTrace, type Trace } from "../kernel/trace.ts";
import { readAnswer } from "./answers.ts";
import type { Failure, Outcome, SourceRecord } from "./batch.ts";
import { causesOf } from "./causes.ts";
import { batchInfo } from "./failures.ts";
import { batchSpan, writeLine } from "./report.ts";
import type { Deliver, SourcePorts } from "./source.ts";

interface PipePorts extends Pick<SourcePorts, "clock" | "ids" | "log" | "recorder"> {
  /** Passes records through a pipe; throws the fault of the part that failed. */
  readonly pass: (mapping: SourceMapping, records: readonly SourceRecord[], trace: Trace) => Promise<Passed>;
}

interface Passed {
  /** Places of the records that were not taken. */
  readonly failed: readonly number[];
  /** What a function answered that is the target. */
  readonly answer?: Uint8Array;
}

/** Delivers batches through pipes. */
export function deliverToPipes(ports: PipePorts): Deliver {
  return async (mapping, batch) => {
    const { records, requestId = ports.ids.uuid() } = batch;
    const causes = causesOf(records, ports.clock, ports.ids);
    const facts = { requestId, attempt: batch.tries + 1, causes, records };
    const trace = childTrace(causes.trace, batchSpan(ports, mapping, facts));
    try {
      return outcomeOf(records, await ports.pass(mapping, records, trace), requestId);
    } catch (error) {
      if (!(error instanceof Fault)) ports.log.error("a pipe has failed", { pipe: mapping.arn, error });
      const fault =
        error instanceof Fault ? error : new Fault("InternalException", String(error), { status: 500 });
      batchSpan(ports, mapping, { ...facts, refusal: fault });
      writeLine(ports, mapping, `${mapping.arn}: ${fault.code}: ${fault.message}`, trace, requestId);
      return { kind: kindOf(fault), requestId, errorType: fault.code, errorMessage: fault.message };
    }
  };
}

/** A part that is throttled uses up no retry; one that fails does. */
function kindOf({ code, status }: Fault): "stopped" | "refused" | "failed" {
  if (code === "RecursiveInvocationException") return "stopped";
  return status === 429 || /Throttl|ThroughputExceeded/.test(code) ? "refused" : "failed";
}

function outcomeOf(records: readonly SourceRecord[], passed: Passed, requestId: string): Outcome {
  if (passed.answer) {
    return { ...readAnswer(passed.answer, records, { items: true, state: false }), requestId };
  }
  const failed = new Set(passed.failed.map((place) => records[place]?.id ?? ""));
  return { kind: "done", failed, requestId };
}

/**
 * What a pipe tells its dead-letter queue.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html
 */
export function pipeFailure(mapping: SourceMapping, failure: Failure): Record<string, unknown> {
  return {
    context: { partnerResourceArn: mapping.arn, condition: failure.condition },
    version: "1.0",
    timestamp: new Date(failure.nowMs).toISOString(),
    ...batchInfo(mapping, failure),
  };
}
