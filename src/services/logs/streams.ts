import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { LineStream } from "../../kernel/lines.ts";
import { pageOf } from "../../kernel/paging.ts";
import type { Context, Handlers } from "../define.ts";
import { checkSource } from "./access.ts";
import { writeGone } from "./blocks.ts";
import { addStream, requireGroup, requireStream } from "./catalog.ts";
import { badToken, fault, invalid } from "./faults.ts";
import { namedGroup, streamArn } from "./names.ts";
import { allOf } from "./reading.ts";
import {
  deleteStream,
  type GroupRecord,
  readStream,
  type StreamRecord,
  streamsOf,
  writeCleared,
} from "./records.ts";
import { sequenceToken } from "./tokens.ts";

const LISTED = 50;

export const streams = {
  async CreateLogStream({ logGroupName = "", logStreamName = "" }, context) {
    const { store, scope, clock } = context;
    await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name: logGroupName });
      await checkSource(context, tx, group, "logs:CreateLogStream");
      if (await readStream(tx, group.number, logStreamName)) {
        throw fault("ResourceAlreadyExistsException", "The specified log stream already exists");
      }
      await addStream(tx, group, logStreamName, clock.now());
    });
    return {};
  },

  async DeleteLogStream({ logGroupName = "", logStreamName = "" }, { store, scope, lines }) {
    const { linesAfter } = await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name: logGroupName });
      if (group.isProtected) {
        throw fault(
          "ValidationException",
          "Cannot delete log streams of a log group with deletion protection enabled. " +
            "Disable deletion protection first.",
        );
      }
      const stream = await requireStream(tx, group.number, logStreamName);
      deleteStream(tx, group.number, logStreamName);
      writeGone(tx, group.number, stream.number);
      if (stream.linesAfter !== undefined) writeCleared(tx, lines.lastSeq, group, logStreamName);
      return stream;
    });
    if (linesAfter !== undefined) lines.forget({ ...scope, group: logGroupName, stream: logStreamName });
    return {};
  },

  async DescribeLogStreams(input, context) {
    const { store, scope } = context;
    const { logStreamNamePrefix: prefix, orderBy, descending = false, limit = LISTED, nextToken } = input;
    const byTime = orderBy === "LastEventTime";
    if (byTime && prefix !== undefined) {
      throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    const { group, found } = await store.transact(async (tx) => {
      const group = await requireGroup(tx, namedGroup(scope, input));
      return { group, found: await allOf(streamsOf(tx, group.number, { prefix })) };
    });
    const described = await describe(context, group, found);
    if (byTime) described.sort((one, other) => lastOf(one) - lastOf(other));
    if (descending) described.reverse();
    const after = (place?: readonly string[]) =>
      described.slice(place ? 1 + described.findIndex((one) => one.logStreamName === place[0]) : 0);
    const asked = { limit, token: nextToken, invalid: badToken };
    const { items, token } = await pageOf(after, (one) => [one.logStreamName ?? ""], asked);
    const { NextToken } = token;
    return { logStreams: items, ...(NextToken === undefined ? {} : { nextToken: NextToken }) };
  },
} satisfies Handlers<typeof sdk>;

const lastOf = ({ lastEventTimestamp, creationTime }: sdk.LogStream) =>
  lastEventTimestamp ?? creationTime ?? 0;

async function describe(
  { lines }: Context,
  group: GroupRecord,
  found: readonly StreamRecord[],
): Promise<sdk.LogStream[]> {
  const { account, region, name } = group;
  const hasLines = found.some(({ linesAfter }) => linesAfter !== undefined);
  const written = hasLines ? await lines.streams({ account, region, group: name }) : [];
  const byName = new Map(written.map((stream) => [stream.stream, stream]));
  return found.map((stream) => {
    const { firstMs, lastMs, putMs } = timesOf(stream, byName.get(stream.name));
    return {
      logStreamName: stream.name,
      creationTime: stream.createdMs,
      ...(firstMs === undefined ? {} : { firstEventTimestamp: firstMs }),
      ...(lastMs === undefined ? {} : { lastEventTimestamp: lastMs }),
      ...(putMs === undefined ? {} : { lastIngestionTime: putMs }),
      uploadSequenceToken: sequenceToken(group.number, stream.number, stream.blocks),
      arn: streamArn(group, stream.name),
      // AWS counts by group only, since 2019.
      storedBytes: 0,
    };
  });
}

function timesOf(stream: StreamRecord, written: LineStream | undefined) {
  const { firstMs, lastMs, putMs, linesAfter } = stream;
  if (!written || linesAfter === undefined || written.lastSeq <= linesAfter) return stream;
  const [first, last] = [Math.floor(written.firstMs), Math.floor(written.lastMs)];
  return {
    firstMs: Math.min(firstMs ?? first, first),
    lastMs: Math.max(lastMs ?? last, last),
    putMs: Math.max(putMs ?? last, last),
  };
}
