import { Fault } from "../kernel/faults.ts";
import type { FunctionTarget, Invocation, InvocationResult } from "../kernel/functions.ts";
import type { SourceMapping } from "../kernel/sources.ts";
import { childTrace } from "../kernel/trace.ts";
import { readAnswer } from "./answers.ts";
import type { Batch, Outcome, SourceRecord } from "./batch.ts";
import { causesOf, lineageOf } from "./causes.ts";
import { batchSpan, writeLine } from "./report.ts";
import type { Deliver, SourcePorts } from "./source.ts";

interface FunctionPorts extends Pick<SourcePorts, "clock" | "ids" | "log" | "recorder" | "metrics"> {
  readonly resolve: (functionArn: string) => Promise<FunctionTarget | undefined>;
  readonly invoke: (target: FunctionTarget, invocation: Invocation) => Promise<InvocationResult>;
}

/** Delivers batches to functions, as Lambda's event source mappings do. */
export function deliverToFunctions(ports: FunctionPorts): Deliver {
  return async (mapping, batch) => {
    const outcome = await deliver(ports, mapping, batch);
    if (outcome.kind !== "stopped") return outcome;
    // Some records have been round too often: others that only came along with them are none of that loop.
    const parts = byLineage(batch.records);
    return parts.length < 2 ? outcome : deliverParts(ports, mapping, batch, parts);
  };
}

async function deliver(ports: FunctionPorts, mapping: SourceMapping, batch: Batch): Promise<Outcome> {
  const { records, requestId = ports.ids.uuid() } = batch;
  const attempt = batch.tries + 1;
  const causes = causesOf(records, ports.clock, ports.ids);
  const facts = { requestId, attempt, causes, records };
  const trace = childTrace(causes.trace, batchSpan(ports, mapping, facts));
  try {
    const target = await ports.resolve(mapping.targetArn);
    if (!target) {
      const message = `Function not found: ${mapping.targetArn}`;
      throw new Fault("ResourceNotFoundException", message, { status: 404 });
    }
    const payload = new TextEncoder().encode(eventOf(mapping, batch));
    const invokedArn = mapping.targetArn;
    noteAge(ports, mapping, records);
    const { sourceArn } = mapping;
    const source = sourceArn.split(":")[2] ?? "";
    const cause = { requestId, trace, attempt, source, sourceArn };
    const items = (result?: InvocationResult) => itemsOf(mapping, records, result);
    const result = await ports.invoke(target, { ...cause, payload, invokedArn, items });
    return outcomeOf(mapping, batch, requestId, result);
  } catch (error) {
    if (!(error instanceof Fault))
      ports.log.error("a function could not be run", { mapping: mapping.arn, error });
    const fault =
      error instanceof Fault ? error : new Fault("ServiceException", String(error), { status: 500 });
    const { code: errorType, message: errorMessage } = fault;
    const kind = errorType === "RecursiveInvocationException" ? "stopped" : "refused";
    batchSpan(ports, mapping, { ...facts, refusal: fault });
    if (errorType === "ResourceNotFoundException") writeLine(ports, mapping, errorMessage, trace, requestId);
    return { kind, requestId, errorType, errorMessage };
  }
}

/** Each part as an event of its own, in order; where one is not taken, those behind are not tried. */
async function deliverParts(
  ports: FunctionPorts,
  mapping: SourceMapping,
  batch: Batch,
  parts: readonly (readonly SourceRecord[])[],
): Promise<Outcome> {
  const failed = new Set<string>();
  let last: Outcome | undefined;
  for (const part of parts) {
    const outcome = failed.size > 0 ? last : await deliver(ports, mapping, partOf(batch, part));
    last = outcome;
    if (outcome?.kind === "done" && failed.size === 0) for (const id of outcome.failed) failed.add(id);
    else for (const { id } of part) failed.add(id);
  }
  const { requestId = "" } = last ?? {};
  if (last && last.kind !== "done" && failed.size === batch.records.length) return last;
  return { kind: "done", failed, requestId };
}

const partOf = (batch: Batch, records: readonly SourceRecord[]): Batch => ({
  ...batch,
  ...{ records, requestId: undefined, tries: 0 },
});

/** Runs of records that came with the same lineage, in the order of the batch. */
function byLineage(records: readonly SourceRecord[]): SourceRecord[][] {
  const parts: SourceRecord[][] = [];
  let before: string | undefined;
  for (const record of records) {
    const lineage = lineageOf(record);
    if (lineage !== before) parts.push([]);
    parts.at(-1)?.push(record);
    before = lineage;
  }
  return parts;
}

function outcomeOf(
  mapping: SourceMapping,
  { records, window }: Batch,
  requestId: string,
  result: InvocationResult,
): Outcome {
  const { executedVersion, functionError } = result;
  if (functionError) {
    const { errorType = result.errorType, errorMessage = "" } = readError(result.payload);
    return {
      kind: "failed",
      requestId,
      executedVersion,
      functionError,
      errorType: errorType ?? "Error",
      errorMessage,
    };
  }
  const expects = { items: mapping.settings.reportsItems, state: window !== undefined };
  return { ...readAnswer(result.payload, records, expects), requestId, executedVersion };
}

/** What became of each record, as events that are kept tell it. */
function itemsOf(
  { settings }: SourceMapping,
  records: readonly SourceRecord[],
  result: InvocationResult | undefined,
): string[] {
  const ids = records.map(({ id }) => id);
  if (!result || result.functionError || !settings.reportsItems) return ids;
  const answer = readAnswer(result.payload, records, { items: true, state: false });
  if (answer.kind === "failed") return ids.map((id) => `!${id}`);
  // A stream goes on from the first that failed.
  const first = settings.start ? ids.findIndex((id) => answer.failed.has(id)) : -1;
  return ids.map((id, at) => (answer.failed.has(id) || (first >= 0 && at > first) ? `!${id}` : id));
}

function readError(payload: Uint8Array): { errorType?: string; errorMessage?: string } {
  try {
    const { errorType, errorMessage } = JSON.parse(new TextDecoder().decode(payload));
    return {
      ...(typeof errorType === "string" ? { errorType } : {}),
      ...(typeof errorMessage === "string" ? { errorMessage } : {}),
    };
  } catch {
    return {};
  }
}

/** The event of a batch as JSON text. */
function eventOf(mapping: SourceMapping, { records, window, shardId }: Batch): string {
  const list = `"Records":[${records.map(({ json }) => json).join(",")}]`;
  if (!window) return `{${list}}`;
  const facts = JSON.stringify({
    shardId,
    eventSourceARN: mapping.sourceArn,
    isFinalInvokeForWindow: window.isFinal,
    isWindowTerminatedEarly: window.isEarly,
  }).slice(1, -1);
  const second = (timeMs: number) => new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
  const span = JSON.stringify({ start: second(window.startMs), end: second(window.endMs) });
  return `{${list},"window":${span},"state":${window.state},${facts}}`;
}

/** How old the last record of a batch is when its function begins. Queues have no such number. */
function noteAge(
  { metrics, clock }: FunctionPorts,
  mapping: SourceMapping,
  records: readonly SourceRecord[],
) {
  const last = records.at(-1);
  if (!last || !mapping.settings.start) return;
  const nowMs = clock.now();
  const { account, region, name } = mapping;
  metrics
    .counter({
      account,
      region,
      namespace: "AWS/Lambda",
      name: "IteratorAge",
      dimensions: `FunctionName=${name}`,
    })
    .add(Math.max(0, nowMs - last.arrivedMs), nowMs);
}
