import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import { formatTraceHeader, parseTraceHeader } from "../../kernel/trace.ts";
import type { Key, Transaction } from "../../store/store.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background, Context } from "../define.ts";

/** A message on its way to a queue: written with the change it tells of, so that none is lost. */
interface Posted {
  readonly v: 1;
  readonly queueArn: string;
  readonly body: string;
  /** The trace header of the request that changed the object. */
  readonly trace: string;
  readonly account: string;
}

const OUTBOX: Key = ["s3Outbox"];
const SENT_AT_ONCE = 50;

/** Has a message sent to a queue once the transaction is committed. */
export function post(tx: Transaction, { trace, scope }: Context, queueArn: string, body: string): void {
  const posted: Posted = { v: 1, queueArn, body, trace: formatTraceHeader(trace), account: scope.account };
  tx.append(OUTBOX, { ...posted });
}

/** Sends what was posted, at least once each. */
export function deliverOutbox(world: Background): Promise<void> {
  return whenever(world, OUTBOX, () => deliver(world));
}

async function deliver(world: Background): Promise<number | undefined> {
  const waiting = await world.store.transact(async (tx) => {
    const found: [Key, Posted][] = [];
    for await (const [key, value] of tx.range({ prefix: OUTBOX }, { limit: SENT_AT_ONCE })) {
      found.push([key, value as unknown as Posted]);
    }
    return found;
  });
  await Promise.all(waiting.map(([, posted]) => send(world, posted)));
  await world.store.transact(async (tx) => {
    for (const [key] of waiting) tx.delete(key);
  });
  return waiting.length > 0 ? 0 : undefined;
}

/** What the queue refuses it would refuse again, since it is gone or full: that is told and dropped. */
async function send(world: Background, { queueArn, body, trace, account }: Posted): Promise<void> {
  const region = parseArn(queueArn)?.region ?? "";
  const context = world.as({ account, region }, parseTraceHeader(trace));
  try {
    await context.call("sqs", "SendMessage", { QueueUrl: queueUrl(context, queueArn), MessageBody: body });
  } catch (error) {
    if (!(error instanceof Fault) || !error.sender) throw error;
    world.log.warn("a bucket's notification was refused by its queue", { queueArn, error: error.message });
  }
}

/** A URL that names the queue's region too, wherever it is asked from. */
export function queueUrl({ endpoint }: Context, queueArn: string): string {
  const { region, account, resource } = parseArn(queueArn) ?? {};
  return `${endpoint}/queue/${region}/${account}/${resource}`;
}
