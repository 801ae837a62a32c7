import { hash } from "node:crypto";
import type { Arn } from "../kernel/arn.ts";
import { Fault } from "../kernel/faults.ts";
import type { Context, InvokeSource } from "./define.ts";

/** One event as a log group gets it. */
export interface LogEntry {
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly message: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MOST_ENTRIES = 10_000;
const MOST_BYTES = 1_048_576;
const ENTRY_BYTES = 26;
const LONGEST_MS = 86_400_000;

/** A stream of a sender's own, with a name as AWS's have it: a UUID. */
export function logStreamOf({ sourceArn }: InvokeSource): string {
  const [, ...parts] = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(hash("sha256", sourceArn, "hex")) ?? [];
  return parts.join("-");
}

/** Puts entries into a stream of a log group, made when it is not there. Throws the service's faults. */
export async function putLogs(
  context: Context,
  { account, region, resource }: Arn,
  logStreamName: string,
  entries: readonly LogEntry[],
): Promise<void> {
  if (account !== context.scope.account) {
    throw new Fault("AccessDeniedException", "A log group of another account cannot be a target.");
  }
  const there = context.inRegion(region);
  const stream = { logGroupName: resource.replace(/^log-group:|:\*$/g, ""), logStreamName };
  for (const batch of batchesOf(entries)) {
    const logEvents = batch.map(({ timeMs, message }) => ({ timestamp: timeMs, message }));
    const put = () => there.call("logs", "PutLogEvents", { ...stream, logEvents });
    const { rejectedLogEventsInfo } = await put().catch(async (error) => {
      if (!(error instanceof Fault) || error.code !== "ResourceNotFoundException") throw error;
      await makeStream(there, stream);
      return put();
    });
    if (rejectedLogEventsInfo) {
      context.log.warn("a log group took not all of its events: some are too old or too new", stream);
    }
  }
}

async function makeStream(
  context: Context,
  stream: { readonly logGroupName: string; readonly logStreamName: string },
): Promise<void> {
  try {
    await context.call("logs", "CreateLogStream", stream);
  } catch (error) {
    const isThere = error instanceof Fault && error.code === "ResourceAlreadyExistsException";
    if (!isThere) throw error;
  }
}

/** In the order of their times, and in requests that the service takes. */
function batchesOf(entries: readonly LogEntry[]): LogEntry[][] {
  const batches: LogEntry[][] = [];
  let bytes = 0;
  for (const entry of [...entries].sort((one, other) => one.timeMs - other.timeMs)) {
    const size = Buffer.byteLength(entry.message) + ENTRY_BYTES;
    const batch = batches.at(-1);
    const fits =
      batch !== undefined &&
      batch.length < MOST_ENTRIES &&
      bytes + size <= MOST_BYTES &&
      entry.timeMs - (batch[0]?.timeMs ?? 0) <= LONGEST_MS;
    if (fits) batch.push(entry);
    else batches.push([entry]);
    bytes = fits ? bytes + size : size;
  }
  return batches;
}
