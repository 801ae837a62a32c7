import type { Context } from "../define.ts";
import { DEFAULT_BUS } from "./names.ts";
import type { Delivery } from "./outbox.ts";

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html

type World = Pick<Context, "metrics" | "clock">;

/** Of rules only. */
type OfRule = "FailedInvocations" | "InvocationsSentToDlq" | "InvocationsFailedToBeSentToDlq";
/** Of a rule, of its bus, and of all that there is. */
type OfEach =
  | "TriggeredRules"
  | "InvocationAttempts"
  | "SuccessfulInvocationAttempts"
  | "RetryInvocationAttempts"
  | "IngestionToInvocationStartLatency"
  | "IngestionToInvocationCompleteLatency"
  | "IngestionToInvocationSuccessLatency";
type Name = OfRule | OfEach | "MatchedEvents" | "Invocations" | "InvocationsCreated";

/** Counts once under the rule that an event is delivered for. */
export function count(world: World, { rule }: Delivery, name: OfRule): void {
  add(world, rule, name, ofRule(rule));
}

/**
 * Counts an attempt that has ended. The first one is also when the rule is counted to have matched, and the
 * event to have been matched by any.
 */
export function countAttempt(world: World, delivery: Delivery, startMs: number, isSuccess: boolean): void {
  const { rule, acceptedMs } = delivery;
  const untilNow = world.clock.now() - acceptedMs;
  const each = (name: OfEach, value?: number) => {
    for (const dimensions of [ofRule(rule), `EventBusName=${rule.bus}`, ""])
      add(world, rule, name, dimensions, value);
  };
  if (delivery.retries > 0) each("RetryInvocationAttempts");
  else {
    if (delivery.isFirst) each("TriggeredRules");
    countMatch(world, delivery);
    add(world, rule, "InvocationsCreated", "");
    for (const dimensions of [ofRule(rule), ""]) add(world, rule, "Invocations", dimensions);
    each("IngestionToInvocationStartLatency", startMs - acceptedMs);
    each("IngestionToInvocationCompleteLatency", untilNow);
  }
  each("InvocationAttempts");
  if (!isSuccess) return;
  each("SuccessfulInvocationAttempts");
  each("IngestionToInvocationSuccessLatency", untilNow);
}

function countMatch(world: World, { rule, isFirst, isFirstRule }: Delivery): void {
  if (!isFirst) return;
  add(world, rule, "MatchedEvents", ofRule(rule));
  if (!isFirstRule) return;
  add(world, rule, "MatchedEvents", `EventBusName=${rule.bus}`);
  if (rule.bus.startsWith("aws.partner/")) add(world, rule, "MatchedEvents", `EventSourceName=${rule.bus}`);
}

/** Rules of the default bus do not name it. */
function ofRule({ bus, name }: Delivery["rule"]): string {
  return bus === DEFAULT_BUS ? `RuleName=${name}` : `EventBusName=${bus},RuleName=${name}`;
}

function add(
  { metrics, clock }: World,
  { account, region }: Delivery["rule"],
  name: Name,
  dimensions: string,
  value = 1,
): void {
  const series = { account, region, namespace: "AWS/Events", name, dimensions };
  metrics.counter(series).add(value, clock.now());
}
