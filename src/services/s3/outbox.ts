import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import { formatTraceHeader, parseTraceHeader } from "../../kernel/trace.ts";
import { DONE, defineOutbox, type Job, type Outcome } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Background, Context } from "../define.ts";
import { queueUrl } from "./destinations.ts";

/** A message on its way to a queue, a topic or the default event bus. */
export type Letter =
  | { readonly to: "queue" | "topic"; readonly arn: string; readonly body: string }
  | { readonly to: "bus"; readonly region: string; readonly entry: BusEntry };

/** An event as PutEvents takes it. */
export interface BusEntry {
  readonly detailType: string;
  /** JSON text. */
  readonly detail: string;
  readonly bucketArn: string;
  readonly timeMs: number;
}

interface Posted {
  readonly letter: Letter;
  /** The trace header of the request that changed the object. */
  readonly trace: string;
  readonly account: string;
}

const outbox = defineOutbox<Posted>("s3Outbox");
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** Has a message sent once the transaction is committed: at least once. */
export function post(tx: Transaction, { trace, scope, clock }: Context, letter: Letter): void {
  outbox.post(tx, clock.now(), { letter, trace: formatTraceHeader(trace), account: scope.account });
}

/** Sends what was posted. */
export function deliverOutbox(world: Background): Promise<void> {
  return outbox.run(world, (job) => deliver(world, job));
}

/** What a destination refuses it would refuse again, since it is gone or full: that is told and dropped. */
async function deliver(world: Background, { work, attempts }: Job<Posted>): Promise<Outcome<Posted>> {
  const { letter, trace, account } = work;
  const region = letter.to === "bus" ? letter.region : (parseArn(letter.arn)?.region ?? "");
  try {
    await send(world.as({ account, region }, parseTraceHeader(trace)), letter);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (!error.sender) {
      const waitMs = Math.min(RETRY_MS * 2 ** attempts, LONGEST_RETRY_MS);
      return { kind: "later", dueMs: world.clock.now() + waitMs };
    }
    const destination = letter.to === "bus" ? "the default event bus" : letter.arn;
    world.log.warn("a bucket's notification was refused", { destination, error: error.message });
  }
  return DONE;
}

async function send(context: Context, letter: Letter): Promise<void> {
  if (letter.to === "bus") {
    const { detailType, detail, bucketArn, timeMs } = letter.entry;
    const entry = { Source: "aws.s3", DetailType: detailType, Detail: detail, Resources: [bucketArn] };
    await context.call("events", "PutEvents", { Entries: [{ ...entry, Time: new Date(timeMs) }] });
  } else if (letter.to === "queue") {
    const QueueUrl = queueUrl(context, letter.arn);
    await context.call("sqs", "SendMessage", { QueueUrl, MessageBody: letter.body });
  } else {
    const Subject = "Amazon S3 Notification";
    await context.call("sns", "Publish", { TopicArn: letter.arn, Message: letter.body, Subject });
  }
}
