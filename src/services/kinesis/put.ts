import type * as sdk from "@aws-sdk/client-kinesis";
import type { Context, Handlers } from "../define.ts";
import { admitWrites } from "./capacity.ts";
import { type Named, requireStream } from "./catalog.ts";
import { noteTraffic } from "./demand.ts";
import { fault, invalid, rateExceeded } from "./faults.ts";
import { bytesOf, type Entry, type Load, loadsOf, type Placed, writeLoads } from "./putting.ts";
import { readStream, type StreamRecord } from "./records.ts";
import { parseSequence } from "./sequence.ts";
import { requireWritable } from "./statuses.ts";
import { observeTraffic } from "./traffic.ts";

const MIB = 1024 * 1024;
const MOST_BYTES = 10 * MIB;
/** How often the shards may change in the middle of one put. */
const MOST_TRIES = 10;

/** What became of a put: where its records lie, and which met a limit. */
interface Outcome {
  readonly stream: StreamRecord;
  readonly placed: ReadonlyMap<number, Placed>;
  readonly refused: readonly Load[];
}

export const put = {
  async PutRecord(input, context) {
    const { SequenceNumberForOrdering: after } = input;
    // Places only grow: a record put later is ordered behind it in any case.
    if (after !== undefined && !parseSequence(after)) {
      throw invalid(`SequenceNumberForOrdering ${after} used in PutRecord is invalid.`);
    }
    const { stream, placed, refused } = await putAll(context, input, [input], () => "");
    if (refused[0]) throw rateExceeded(stream, refused[0].shard.index);
    return { ...(placed.get(0) as Placed), ...encryptionOf(stream) };
  },

  async PutRecords({ Records = [], ...named }, context) {
    const total = Records.reduce((bytes, entry) => bytes + bytesOf(entry), 0);
    if (total > MOST_BYTES) throw invalid(`Records size exceeds ${MOST_BYTES / MIB} MB limit`);
    const path = (at: number) => `records.${at + 1}.member.`;
    const { stream, placed, refused } = await putAll(context, named, Records, path);
    const problems = new Map<number, sdk.PutRecordsResultEntry>();
    for (const { shard, places } of refused) {
      const { code, message } = rateExceeded(stream, shard.index);
      for (const place of places) problems.set(place, { ErrorCode: code, ErrorMessage: message });
    }
    return {
      FailedRecordCount: problems.size,
      Records: Records.map((_, at) => placed.get(at) ?? problems.get(at) ?? {}),
      ...encryptionOf(stream),
    };
  },
} satisfies Handlers<typeof sdk>;

async function putAll(
  context: Context,
  named: Named & { readonly DryRun?: boolean | undefined },
  entries: readonly Entry[],
  path: (at: number) => string,
): Promise<Outcome> {
  const { store, scope, ids, capacity, clock } = context;
  const sizeOf = (place: number) => bytesOf(entries[place] as Entry);
  if (named.DryRun || capacity === "enforce") return putWithin(context, named, entries, path);
  const { stream, loads, placed } = await store.transact(async (tx) => {
    const found = await requireStream(store, tx, scope, named);
    requireWritable(found.record, clock.now());
    const all = loadsOf(found, entries, path, ids);
    return {
      stream: found.record,
      loads: all,
      placed: await writeLoads(tx, found.record, all, entries, context),
    };
  });
  admitWrites(context, stream, loads, sizeOf);
  await observe(context, stream, loads, sizeOf);
  return { stream, placed, refused: [] };
}

/** What the shards take of a put is asked before anything is written: the answer counts, and only once. */
async function putWithin(
  context: Context,
  named: Named & { readonly DryRun?: boolean | undefined },
  entries: readonly Entry[],
  path: (at: number) => string,
): Promise<Outcome> {
  const { store, scope, ids, clock } = context;
  const sizeOf = (place: number) => bytesOf(entries[place] as Entry);
  for (let tries = 1; ; tries++) {
    const found = await store.transact((tx) => requireStream(store, tx, scope, named));
    const stream = found.record;
    requireWritable(stream, clock.now());
    const loads = loadsOf(found, entries, path, ids);
    if (named.DryRun) throw dryRun();
    const { admitted, refused } = admitWrites(context, stream, loads, sizeOf);
    if (admitted.length === 0) return { stream, placed: new Map(), refused };
    const placed = await store.transact(async (tx) => {
      const record = await readStream(tx, stream);
      if (record?.revision !== stream.revision) return undefined;
      return writeLoads(tx, record, admitted, entries, context);
    });
    if (placed) {
      await observe(context, stream, admitted, sizeOf);
      return { stream, placed, refused };
    }
    if (tries === MOST_TRIES) throw fault("InternalFailureException", "The stream's shards keep changing.");
  }
}

/** An on-demand stream follows its traffic. */
async function observe(
  context: Context,
  stream: StreamRecord,
  loads: readonly Load[],
  sizeOf: (place: number) => number,
): Promise<void> {
  if (stream.mode !== "ON_DEMAND" || context.capacity === "off") return;
  const traffic = observeTraffic(context, stream, loads, sizeOf);
  if (traffic) await noteTraffic(context, stream, traffic);
}

/** Says that a request would have succeeded. */
export function dryRun() {
  return fault("DryRunOperationException", "Request would have succeeded, but DryRun flag is set.");
}

function encryptionOf({ keyId }: StreamRecord): { EncryptionType?: "KMS" } {
  return keyId === undefined ? {} : { EncryptionType: "KMS" };
}
