import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { checkSource } from "./access.ts";
import { putEvents } from "./blocks.ts";
import { requireGroup, requireStream } from "./catalog.ts";
import { countEmbedded } from "./embedded.ts";
import type { LogEvent } from "./event.ts";
import { filtersOf } from "./filter-records.ts";
import { forward } from "./forwarding.ts";
import { publish } from "./hub.ts";
import { count, countMetrics } from "./metric-counting.ts";
import { type CheckedEvent, checkBatch, sortOut } from "./put-rules.ts";
import { allOf, expiryOf } from "./reading.ts";
import { addBytes, type GroupRecord, type StreamRecord, writeStream } from "./records.ts";
import { sequenceToken } from "./tokens.ts";

export const put = {
  async PutLogEvents(input, context) {
    const { logGroupName: name = "", logStreamName = "" } = input;
    const { store, scope, clock, metrics } = context;
    const events = checkBatch((input.logEvents ?? []) as Parameters<typeof checkBatch>[0]);
    const nowMs = Math.floor(clock.now());
    const put = await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name });
      const stream = await requireStream(tx, group.number, logStreamName);
      await checkSource(context, tx, group, "logs:PutLogEvents");
      const { taken, rejected } = sortOut(events, nowMs, expiryOf(group, nowMs));
      const written = write(tx, group, stream, taken, nowMs);
      await forward(tx, context, group, written.events, context.trace);
      const filters = await allOf(filtersOf(tx, "metric", group));
      const token = sequenceToken(group.number, stream.number, written.blocks);
      return { group, filters, token, rejected, ...written };
    });
    const { group, filters, token, rejected } = put;
    count(metrics, group, "IncomingLogEvents", put.events.length, nowMs);
    count(metrics, group, "IncomingBytes", put.bytes, nowMs);
    countMetrics(metrics, group, filters, put.events);
    for (const { message } of put.events) countEmbedded(metrics, group, message, { nowMs });
    publish(store, group, put.events);
    return {
      nextSequenceToken: token,
      ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
    };
  },
} satisfies Handlers<typeof sdk>;

function write(
  tx: Transaction,
  { number: group }: GroupRecord,
  stream: StreamRecord,
  taken: readonly CheckedEvent[],
  putMs: number,
): { readonly events: readonly LogEvent[]; readonly blocks: number; readonly bytes: number } {
  if (taken.length === 0) return { events: [], blocks: stream.blocks, bytes: 0 };
  const { number, name: streamName, blocks: before } = stream;
  const place = { group, stream: number, streamName, blocks: before, putMs };
  const { events, blocks } = putEvents(tx, place, taken);
  const bytes = taken.reduce((sum, event) => sum + event.bytes, 0);
  writeStream(tx, group, { ...stream, ...spanOf(stream, taken), blocks, putMs });
  addBytes(tx, group, bytes);
  return { events, blocks, bytes };
}

function spanOf({ firstMs, lastMs }: StreamRecord, taken: readonly { readonly timeMs: number }[]) {
  const first = taken[0]?.timeMs ?? 0;
  const last = taken.at(-1)?.timeMs ?? 0;
  return { firstMs: Math.min(firstMs ?? first, first), lastMs: Math.max(lastMs ?? last, last) };
}
