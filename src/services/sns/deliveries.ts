import { defineOutbox } from "../../store/outbox.ts";
import type { Failure } from "./failures.ts";
import type { Message } from "./messages.ts";
import type { SubscriptionName } from "./names.ts";

/** One message on its way to one subscription. */
export interface Delivery {
  readonly v: 1;
  readonly message: Message;
  readonly subscription: SubscriptionName;
  /** Attempts that failed and were made again. */
  readonly retries: number;
  /** When its endpoint's rate has room for it. */
  readonly slotMs?: number;
  /** Why it was given up, when it is on its way to the dead-letter queue. */
  readonly dead?: Failure;
}

/** To queues and functions. A lane is a subscription and a message group. */
export const deliveries = defineOutbox<Delivery>("snsDeliveries");
/** To HTTP endpoints, which may be slow: nothing else waits behind them. */
export const posts = defineOutbox<Delivery>("snsPosts");
