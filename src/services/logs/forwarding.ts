import { gzipSync } from "node:zlib";
import { Fault } from "../../kernel/faults.ts";
import type { Trace } from "../../kernel/trace.ts";
import { formatTraceHeader, parseTraceHeader } from "../../kernel/trace.ts";
import { DONE, defineOutbox, type Job, type Outcome } from "../../store/outbox.ts";
import type { Store, Transaction } from "../../store/store.ts";
import type { Background, Ports } from "../define.ts";
import { isRetryable } from "../targets.ts";
import { subscriptionsFor } from "./account-subscriptions.ts";
import { destinationOfArn, readDestination } from "./destination-records.ts";
import { eventId, type LogEvent } from "./event.ts";
import { patternOf, withinTime } from "./filter-patterns.ts";
import type { SubscriptionRecord } from "./filter-records.ts";
import { contentsArn, type GroupName } from "./names.ts";
import { sendTo } from "./targets.ts";

/** A function's event carries at most a megabyte, and base64 makes four bytes of three. */
const MOST_ZIPPED_BYTES = 700_000;
/** What the expressions of one filter may take with one batch. */
const LONGEST_MS = 2_000;
const DAY_MS = 86_400_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;

/** Events on their way to a stream. */
interface Delivery {
  readonly v: 1;
  readonly group: GroupName;
  readonly filter: string;
  readonly destinationArn: string;
  readonly key: string;
  readonly document: string;
  readonly trace: string;
}

const deliveries = defineOutbox<Delivery>("logsDeliveries");

type World = Pick<Ports, "clock" | "ids" | "functions">;

/** Puts events of one stream on their way to all that subscribed, in the transaction that keeps them. */
export async function forward(
  tx: Transaction,
  world: World,
  group: GroupName,
  events: readonly LogEvent[],
  trace: Trace,
): Promise<void> {
  for (const filter of await subscriptionsFor(tx, group)) {
    const found = matching(filter, events);
    for (const { zipped, document } of documents(group, filter, found)) {
      if (filter.destinationArn.includes(":function:")) {
        const awslogs = { data: zipped().toString("base64") };
        world.functions.enqueue(tx, {
          requestId: world.ids.uuid(),
          functionArn: filter.destinationArn,
          payload: Buffer.from(JSON.stringify({ awslogs })),
          trace,
          source: "logs",
          sourceArn: contentsArn(group),
        });
        continue;
      }
      const streamName = events[0]?.streamName ?? "";
      const work: Delivery = {
        v: 1,
        group,
        filter: filter.name,
        destinationArn: filter.destinationArn,
        key: filter.distribution === "Random" ? world.ids.hex(32) : `${group.name}:${streamName}`,
        document,
        trace: formatTraceHeader(trace),
      };
      deliveries.post(tx, world.clock.now(), work, { target: filter.destinationArn });
    }
  }
}

interface Found {
  readonly event: LogEvent;
  readonly fields: Readonly<Record<string, string>> | undefined;
}

function matching({ pattern: text }: SubscriptionRecord, events: readonly LogEvent[]): readonly Found[] {
  const pattern = patternOf(text);
  const find = () => {
    const found: Found[] = [];
    for (const event of events) {
      const extract = pattern.match(event.message);
      if (!extract) continue;
      found.push({ event, fields: pattern.kind === "fields" ? extract.all() : undefined });
    }
    return found;
  };
  // Nobody's events are refused because of what another subscribed to.
  return pattern.expressions > 0 ? (withinTime(LONGEST_MS, find) ?? []) : find();
}

interface Document {
  readonly document: string;
  zipped(): Buffer;
}

/** The events as subscribers are given them: as few documents as fit into what a function takes. */
function* documents(
  group: GroupName,
  filter: SubscriptionRecord,
  found: readonly Found[],
): Generator<Document> {
  const [first] = found;
  if (!first) return;
  const document = JSON.stringify({
    messageType: "DATA_MESSAGE",
    owner: group.account,
    logGroup: group.name,
    logStream: first.event.streamName,
    subscriptionFilters: [filter.name],
    logEvents: found.map(({ event, fields }) => ({
      id: eventId(event),
      timestamp: event.timeMs,
      message: event.message,
      ...(fields ? { extractedFields: withoutDollars(fields) } : {}),
    })),
  });
  // What is short enough unzipped is so zipped.
  const isShort = document.length < MOST_ZIPPED_BYTES;
  const zipped = isShort ? undefined : gzipSync(document);
  if (isShort || found.length === 1 || (zipped && zipped.length < MOST_ZIPPED_BYTES)) {
    yield { document, zipped: () => zipped ?? gzipSync(document) };
    return;
  }
  const half = Math.ceil(found.length / 2);
  yield* documents(group, filter, found.slice(0, half));
  yield* documents(group, filter, found.slice(half));
}

function withoutDollars(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.slice(1), value]));
}

/** Delivers to streams what waits for it. */
export function delivering(world: Background): Promise<void> {
  return deliveries.run(world, (job) => deliver(world, job));
}

/** AWS tries for 24 hours. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
async function deliver(
  world: Background,
  { work, postedMs, attempts }: Job<Delivery>,
): Promise<Outcome<Delivery>> {
  const { account, region } = work.group;
  const context = world.as({ account, region }, parseTraceHeader(work.trace));
  const arn = await targetArn(world.store, work.destinationArn);
  if (arn === undefined) return DONE;
  try {
    await sendTo(context, { arn, key: work.key }, work.document);
    return DONE;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const nowMs = world.clock.now();
    if (isRetryable(error) && nowMs - postedMs < DAY_MS) {
      return { kind: "later", dueMs: nowMs + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts) };
    }
    world.log.warn("log events could not be delivered, and are dropped", {
      logGroup: work.group.name,
      filter: work.filter,
      destination: work.destinationArn,
      problem: `${error.code}: ${error.message}`,
    });
    return DONE;
  }
}

/** A destination stands for its stream; undefined for one that is gone. */
async function targetArn(store: Store, arn: string): Promise<string | undefined> {
  const name = destinationOfArn(arn);
  if (!name) return arn;
  return (await store.transact((tx) => readDestination(tx, name)))?.targetArn;
}
