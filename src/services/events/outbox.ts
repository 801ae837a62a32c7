import type * as sdk from "@aws-sdk/client-eventbridge";
import type { Scope } from "../../kernel/scope.ts";
import { formatTraceHeader, type Trace } from "../../kernel/trace.ts";
import { defineOutbox } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Exhausted } from "../target-retries.ts";
import type { Failure } from "./failures.ts";
import type { RuleName } from "./names.ts";
import type { RuleRecord } from "./records.ts";

/** One event on its way to one target of one rule. */
export interface Delivery {
  readonly v: 1;
  readonly rule: RuleName;
  /** As it was when the event came. */
  readonly target: sdk.Target;
  /** JSON text. */
  readonly event: string;
  /** When the bus took the event. */
  readonly acceptedMs: number;
  readonly trace: string;
  /** Of several targets of the rule: by this one it is counted that the rule matched. */
  readonly isFirst?: true;
  /** Of several rules: by this one it is counted that any matched. */
  readonly isFirstRule?: true;
  /** Attempts that failed and were made again. */
  readonly retries: number;
  /** Where the bus is that passed the event on to this one. */
  readonly origin?: Scope;
  /** When its API destination's rate has room for it. */
  readonly slotMs?: number;
  /** Why it was given up, when it is on its way to the dead-letter queue, which has to be asked again. */
  readonly givenUp?: GivenUp;
}

export interface GivenUp {
  readonly failure: Failure;
  readonly exhausted?: Exhausted | undefined;
}

export const deliveries = defineOutbox<Delivery>("eventsDeliveries");
/** To API destinations, which may be slow: nothing else waits behind them. */
export const calls = defineOutbox<Delivery>("eventsCalls");

export interface Posted {
  readonly event: string;
  readonly nowMs: number;
  readonly trace: Trace;
  readonly origin?: Scope | undefined;
  /** Not to be delivered before. */
  readonly dueMs?: number | undefined;
  /** No rule before it matched. */
  readonly isFirstRule?: boolean;
}

/** Puts an event on its way to each of a rule's targets. */
export function post(tx: Transaction, rule: RuleRecord, posted: Posted): void {
  const { event, nowMs, trace, origin, dueMs = nowMs, isFirstRule = false } = posted;
  const { account, region, bus, name } = rule;
  for (const [at, target] of rule.targets.entries()) {
    const work: Delivery = {
      v: 1,
      rule: { account, region, bus, name },
      target,
      event,
      acceptedMs: nowMs,
      trace: formatTraceHeader(trace),
      retries: 0,
      ...(at === 0 ? { isFirst: true, ...(isFirstRule ? { isFirstRule } : {}) } : {}),
      ...(origin === undefined ? {} : { origin }),
    };
    if (/:api-destination\//.test(target.Arn ?? ""))
      calls.post(tx, nowMs, work, { target: target.Arn ?? "", dueMs });
    else deliveries.post(tx, nowMs, work, { dueMs });
  }
}
