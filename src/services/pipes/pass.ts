import { Fault } from "../../kernel/faults.ts";
import { callDestination } from "../api-destination.ts";
import type { Context } from "../define.ts";
import { sendToTarget } from "../targets.ts";
import { eventOfRecord, eventsOfAnswer, type PipeEvent } from "./event.ts";
import { type PipeName, pipeArn } from "./names.ts";
import { isDestination, mostAtOnce } from "./parts.ts";
import type { Sent } from "./pieces.ts";
import type { PipeRecord } from "./records.ts";
import { requirePipe } from "./require.ts";
import { httpOf, listOf, requestOf, sendBatch } from "./send.ts";
import { type Surroundings, shapedEvent } from "./template.ts";

/** A record of the source, in the shape in which functions get it. */
interface Given {
  /** JSON text. */
  readonly json: string;
}

/**
 * Passes a batch of records through a pipe: to its enrichment, and what that answers to its target. Says
 * which of the records were not taken. Throws the fault of the part that failed.
 */
export async function passBatch(context: Context, name: PipeName, records: readonly Given[]): Promise<Sent> {
  const pipe = await context.store.transact((tx) => requirePipe(tx, name));
  const taken = records.map(({ json }) => eventOfRecord(json));
  const surroundings = surroundingsOf(pipe, context.clock.now());
  const events = await enriched(context, pipe, taken, surroundings);
  if (events.length === 0) return { failed: [] };
  checkSize(pipe, events);
  const { InputTemplate } = pipe.targetParameters ?? {};
  const sent = await sendBatch(
    context,
    pipe,
    events.map((event) => ({ event, shaped: shapedEvent(InputTemplate, event, surroundings) })),
  );
  // What an enrichment made of the records cannot be traced back to one of them.
  if (sent.failed.length > 0 && pipe.enrichment !== undefined) {
    throw new Fault("PartialFailure", "The target did not take all that the enrichment answered.");
  }
  return sent;
}

async function enriched(
  context: Context,
  pipe: PipeRecord,
  events: readonly PipeEvent[],
  surroundings: Surroundings,
): Promise<readonly PipeEvent[]> {
  const { enrichment, enrichmentParameters } = pipe;
  if (enrichment === undefined) return events;
  const shaped = events.map((event) => shapedEvent(enrichmentParameters?.InputTemplate, event, surroundings));
  const [first] = events;
  const http = first ? httpOf(enrichmentParameters?.HttpParameters, first) : {};
  if (isDestination(enrichment)) {
    return eventsOfAnswer(await callDestination(context, enrichment, listOf(shaped), http));
  }
  const request = { ...requestOf(pipe, enrichment, listOf(shaped)), http };
  const { answer } = await sendToTarget(context, { ...request, synchronous: true });
  return eventsOfAnswer(answer ?? new Uint8Array(0));
}

function checkSize({ target, enrichment }: PipeRecord, events: readonly PipeEvent[]): void {
  const most = mostAtOnce(target);
  if (events.length <= most) return;
  throw new Fault(
    "EnrichmentTooLarge",
    `The enrichment ${enrichment} answered ${events.length} events; the target takes ${most} at once.`,
  );
}

function surroundingsOf(pipe: PipeRecord, nowMs: number): Surroundings {
  return {
    pipeArn: pipeArn(pipe),
    pipeName: pipe.name,
    sourceArn: pipe.source,
    enrichmentArn: pipe.enrichment ?? "",
    targetArn: pipe.target,
    ingestionTime: new Date(nowMs).toISOString(),
  };
}
