import type { Context } from "../define.ts";
import { DEFAULT_BUS } from "./names.ts";
import type { Delivery } from "./outbox.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
type Name =
  | "MatchedEvents"
  | "TriggeredRules"
  | "Invocations"
  | "InvocationAttempts"
  | "SuccessfulInvocationAttempts"
  | "RetryInvocationAttempts"
  | "FailedInvocations"
  | "InvocationsSentToDlq"
  | "InvocationsFailedToBeSentToDlq";

/** Counts once under the rule that an event is delivered for. */
export function count({ metrics, clock }: Context, { rule }: Delivery, ...names: readonly Name[]): void {
  const { account, region, bus, name } = rule;
  const ofBus = bus === DEFAULT_BUS ? "" : `EventBusName=${bus},`;
  const series = { account, region, namespace: "AWS/Events", dimensions: `${ofBus}RuleName=${name}` };
  for (const each of names) metrics.counter({ ...series, name: each }).add(1, clock.now());
}

/** The first attempt is also when the rule is counted to have matched. */
export function countAttempt(context: Context, delivery: Delivery): void {
  count(
    context,
    delivery,
    "InvocationAttempts",
    delivery.retries === 0 ? "Invocations" : "RetryInvocationAttempts",
  );
  if (delivery.isFirst && delivery.retries === 0) count(context, delivery, "MatchedEvents", "TriggeredRules");
}
