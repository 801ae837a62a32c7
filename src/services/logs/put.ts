import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Handlers } from "../define.ts";
import { checkSource } from "./access.ts";
import { putEvents } from "./blocks.ts";
import { requireGroup, requireStream } from "./catalog.ts";
import { checkBatch, sortOut } from "./put-rules.ts";
import { expiryOf } from "./reading.ts";
import { addBytes, type StreamRecord, writeStream } from "./records.ts";
import { sequenceToken } from "./tokens.ts";

export const put = {
  async PutLogEvents(input, context) {
    const { logGroupName: name = "", logStreamName = "" } = input;
    const { store, scope, clock } = context;
    const events = checkBatch((input.logEvents ?? []) as Parameters<typeof checkBatch>[0]);
    return store.transact(async (tx) => {
      const nowMs = Math.floor(clock.now());
      const group = await requireGroup(tx, { ...scope, name });
      const stream = await requireStream(tx, group.number, logStreamName);
      await checkSource(context, tx, group, "logs:PutLogEvents");
      const { taken, rejected } = sortOut(events, nowMs, expiryOf(group, nowMs));
      const written = putEvents(
        tx,
        {
          group: group.number,
          stream: stream.number,
          streamName: stream.name,
          blocks: stream.blocks,
          putMs: nowMs,
        },
        taken,
      );
      if (taken.length > 0) {
        const { blocks } = written;
        writeStream(tx, group.number, { ...stream, ...spanOf(stream, taken), blocks, putMs: nowMs });
        addBytes(
          tx,
          group.number,
          taken.reduce((sum, { bytes }) => sum + bytes, 0),
        );
      }
      return {
        nextSequenceToken: sequenceToken(group.number, stream.number, written.blocks),
        ...(rejected === undefined ? {} : { rejectedLogEventsInfo: rejected }),
      };
    });
  },
} satisfies Handlers<typeof sdk>;

function spanOf({ firstMs, lastMs }: StreamRecord, taken: readonly { readonly timeMs: number }[]) {
  const first = taken[0]?.timeMs ?? 0;
  const last = taken.at(-1)?.timeMs ?? 0;
  return { firstMs: Math.min(firstMs ?? first, first), lastMs: Math.max(lastMs ?? last, last) };
}
