import { Fault } from "../../../kernel/faults.ts";
import { formatTraceHeader, parseTraceHeader, type Trace } from "../../../kernel/trace.ts";
import { DONE, defineOutbox, type Job, type Outcome } from "../../../store/outbox.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import type { DestinationRecord } from "../records.ts";
import type { Table } from "../tables/catalog.ts";
import { keyOf } from "../values/keys.ts";
import { type Change, recordOf, type Sent } from "./format.ts";

/** A record on its way to a stream. */
interface Work extends Sent {
  readonly account: string;
  readonly region: string;
  readonly streamArn: string;
  readonly trace?: string;
}

const DAY_MS = 86_400_000;
const LONGEST_PAUSE_MS = 60_000;
/** Changes of one item go one after another; those of others need not wait for them. */
const LANES = 16;
/** These pass: the stream takes more in a while, or is made again. */
const PASSING = new Set([
  "InternalFailureException",
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "ResourceInUseException",
  "ResourceNotFoundException",
]);

const outbox = defineOutbox<Work>("ddbDestination");

interface ItemChange extends Omit<Change, "key" | "atMs"> {
  readonly nowMs: number;
  readonly by: { readonly trace?: Trace };
}

/** Notes a change for the table's stream, in the transaction that makes it. */
export function sendChange(
  tx: Transaction,
  { record, schema, number }: Table,
  destination: DestinationRecord,
  { before, after, actor, nowMs, by }: ItemChange,
): void {
  const item = after ?? before;
  if (!item) return;
  const change = { key: keyOf(item, schema), before, after, actor, atMs: nowMs };
  const sent = recordOf(record, destination, change);
  const lane = `${number}/${Number.parseInt(sent.partitionKey.slice(0, 4), 16) % LANES}`;
  const { account, region } = record;
  const work: Work = { ...sent, account, region, streamArn: destination.streamArn };
  const { trace } = by;
  outbox.post(tx, nowMs, trace ? { ...work, trace: formatTraceHeader(trace) } : work, { lane });
}

/** Puts what was noted into the streams, until the platform stops. */
export function sendChanges(background: Background): Promise<void> {
  return outbox.run(background, (job) => put(background, job));
}

async function put(background: Background, { work, postedMs, attempts }: Job<Work>): Promise<Outcome<Work>> {
  const { account, region, streamArn, text, partitionKey } = work;
  const context = background.as({ account, region }, parseTraceHeader(work.trace));
  try {
    const record = { Data: Buffer.from(text), PartitionKey: partitionKey };
    await context.call("kinesis", "PutRecord", { StreamARN: streamArn, ...record });
    return DONE;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const nowMs = background.clock.now();
    if (PASSING.has(error.code) && nowMs < postedMs + DAY_MS) {
      return { kind: "later", dueMs: nowMs + Math.min(1000 * 2 ** attempts, LONGEST_PAUSE_MS) };
    }
    background.log.warn("a change of an item could not be put into its stream", { streamArn, error });
    return DONE;
  }
}
