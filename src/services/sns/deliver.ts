import { parseTraceHeader } from "../../kernel/trace.ts";
import { DONE, type Job, type Outcome } from "../../store/outbox.ts";
import type { Background, Context } from "../define.ts";
import type { Delivery } from "./deliveries.ts";
import {
  type DeliveryPolicy,
  effectivePolicy,
  MANAGED_RETRIES,
  type retriesFor,
  retryDelay,
} from "./delivery-policy.ts";
import { seal } from "./envelope.ts";
import { type Failure, failureOf } from "./failures.ts";
import { giveUp, report } from "./giving-up.ts";
import type { TopicName } from "./names.ts";
import { readSubscription, readTopic } from "./records.ts";
import { type Parcel, type Rest, senderOf, sendManaged } from "./send.ts";

const DEAD_LETTER_PAUSE_MS = 1000;

/** Thrown by an attempt for which there is no room yet. */
export class Postponed extends Error {
  override readonly name = "Postponed";
  readonly dueMs: number;

  constructor(dueMs: number) {
    super(`not before ${dueMs}`);
    this.dueMs = dueMs;
  }
}

/** A context in which the topic's service goes on with what a publish began. */
export function contextOf(world: Background, topic: TopicName, trace: string): Context {
  const { account, region } = topic;
  return world.as({ account, region }, parseTraceHeader(trace), senderOf(topic));
}

/** Tries once more to send a message to a queue or a function. */
export function deliver(world: Background, job: Job<Delivery>): Promise<Outcome<Delivery>> {
  return attempt(world, job, sendManaged, () => MANAGED_RETRIES);
}

/**
 * Tries a delivery once: what fails is tried again as the retry policy has it, and goes to the dead-letter
 * queue when it never may go better.
 */
export async function attempt(
  world: Background,
  { work }: Job<Delivery>,
  send: (
    context: Context,
    parcel: Parcel,
    policy: DeliveryPolicy,
    work: Delivery,
  ) => Promise<Rest | undefined>,
  retries: (policy: DeliveryPolicy) => ReturnType<typeof retriesFor>,
): Promise<Outcome<Delivery>> {
  const { message, subscription: name } = work;
  const context = contextOf(world, message.topic, message.trace);
  const found = await world.store.transact(async (tx) => ({
    subscription: await readSubscription(tx, name),
    topic: await readTopic(tx, name.topic),
  }));
  // Nobody listens any more.
  if (!found.subscription || !found.topic) return DONE;
  const parcel = { message, subscription: found.subscription, sealed: seal(context, message) };
  const policy = effectivePolicy(
    found.topic.attributes.DeliveryPolicy,
    found.subscription.attributes.DeliveryPolicy,
  );
  if (work.dead) return bury(context, parcel, work, work.dead);
  const startMs = world.clock.now();
  try {
    const rest = await send(context, parcel, policy, work);
    return rest ? { kind: "done", write: rest } : DONE;
  } catch (error) {
    if (error instanceof Postponed) {
      return { kind: "later", dueMs: error.dueMs, work: { ...work, slotMs: error.dueMs } };
    }
    const failure = failureOf(error);
    report(context, parcel, failure, startMs);
    const delay = failure.retryable ? retryDelay(retries(policy), work.retries + 1) : undefined;
    if (delay === undefined) return bury(context, parcel, work, failure);
    const { slotMs: _, ...rest } = work;
    const again = { ...rest, retries: work.retries + 1 };
    return { kind: "later", dueMs: world.clock.now() + delay * 1000, work: again };
  }
}

async function bury(
  context: Context,
  parcel: Parcel,
  work: Delivery,
  failure: Failure,
): Promise<Outcome<Delivery>> {
  if (await giveUp(context, parcel, failure)) return DONE;
  const dueMs = context.clock.now() + DEAD_LETTER_PAUSE_MS;
  return { kind: "later", dueMs, work: { ...work, dead: failure } };
}
