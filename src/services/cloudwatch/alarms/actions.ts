import { Fault } from "../../../kernel/faults.ts";
import { defineOutbox, type Job, type Outcome } from "../../../store/outbox.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Background, InvokeSource } from "../../define.ts";
import { scalingSignals } from "../../scaling-signals.ts";
import { notHere } from "../faults.ts";
import { note } from "./history-records.ts";
import { type Change, functionEvent, topicNotice } from "./notices.ts";
import { type Alarm, alarmArn } from "./records.ts";

/** A change of an alarm's state on its way to one who is told: `to` is an ARN. */
interface Telling {
  readonly v: 1;
  readonly to: string;
  readonly change: Change;
}

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
const MOST_ATTEMPTS = 60;

const tellings = defineOutbox<Telling>("cloudwatchActions");

/** Has the actions of an alarm's new state taken, once the transaction is committed. */
export function postActions(tx: Transaction, change: Change): void {
  const { alarm } = change;
  if (!alarm.actionsEnabled) return;
  for (const to of alarm.actions[alarm.state.value]) {
    tellings.post(tx, alarm.state.sinceMs, { v: 1, to, change });
  }
}

/**
 * Has scaling policies carried out again, every minute that an alarm stays in its state: of what is told only
 * once nothing is told again.
 */
export function postScaling(tx: Transaction, alarm: Alarm, nowMs: number): void {
  if (!alarm.actionsEnabled) return;
  for (const to of alarm.actions[alarm.state.value]) {
    if (SCALING.test(to)) tellings.post(tx, nowMs, { v: 1, to, change: { alarm, before: alarm.state } });
  }
}

const SCALING = /^arn:[^:]+:autoscaling:/;

/** Tells those who are to be told, at least once. */
export function acting(world: Background): Promise<void> {
  return tellings.run(world, (job) => act(world, job));
}

async function act(world: Background, { work, attempts }: Job<Telling>): Promise<Outcome<Telling>> {
  const { to, change } = work;
  try {
    const write = await tell(world, to, change);
    return {
      kind: "done",
      async write(tx) {
        write?.(tx);
        await noteAction(tx, world, work, undefined);
      },
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (!error.sender && error.code !== "NotImplemented" && attempts < MOST_ATTEMPTS) {
      const waitMs = Math.min(RETRY_MS * 2 ** attempts, LONGEST_RETRY_MS);
      return { kind: "later", dueMs: world.clock.now() + waitMs };
    }
    const destination = to;
    world.log.warn("an alarm's action failed", { destination, error: error.message });
    return { kind: "done", write: (tx) => noteAction(tx, world, work, error.message) };
  }
}

async function tell(
  world: Background,
  to: string,
  change: Change,
): Promise<((tx: Transaction) => void) | undefined> {
  const { alarm } = change;
  const { account, region } = alarm;
  const [, , service, there = region] = to.split(":");
  if (service === "sns") {
    const context = world.as({ account, region: there }, undefined, senderOf(alarm, "cloudwatch"));
    await context.call("sns", "Publish", { TopicArn: to, ...topicNotice(change) });
    return undefined;
  }
  if (service === "lambda") return tellFunction(world, to, change);
  if (service === "autoscaling") return scale(world, to, change);
  throw notHere(`Actions of ${service} are not part of this platform.`);
}

/** A function's own policy lets alarms in. */
async function tellFunction(world: Background, functionArn: string, change: Change) {
  const source = senderOf(change.alarm, "lambda.alarms.cloudwatch");
  const permitted = await world.functions.permits(functionArn, source);
  if (permitted !== "allowed") {
    const why = permitted === "missing" ? "Function not found" : "CloudWatch is not authorized to perform";
    throw new Fault("AccessDeniedException", `${why}: lambda:InvokeFunction on resource: ${functionArn}`);
  }
  const { trace } = world.as(change.alarm);
  const requestId = world.ids.uuid();
  const payload = Buffer.from(JSON.stringify(functionEvent(change)));
  const { sourceArn } = source;
  return (tx: Transaction) =>
    world.functions.enqueue(tx, { requestId, functionArn, payload, trace, source: "cloudwatch", sourceArn });
}

/** Has a policy of Application Auto Scaling carried out, which must be there. */
async function scale(world: Background, policyArn: string, { alarm }: Change) {
  const namespace = /:resource\/([^/]+)\//.exec(policyArn)?.[1];
  if (namespace === undefined)
    throw notHere("Groups of Amazon EC2 Auto Scaling are not part of this platform.");
  const { account, region, name } = alarm;
  const { ScalingPolicies = [] } = await world
    .as({ account, region })
    .call("application-auto-scaling", "DescribeScalingPolicies", {
      ServiceNamespace: namespace as "dynamodb",
    });
  if (!ScalingPolicies.some(({ PolicyARN }) => PolicyARN === policyArn))
    throw new Fault("ValidationError", `No scaling policy found for ARN: ${policyArn}`);
  return (tx: Transaction) =>
    scalingSignals.post(tx, world.clock.now(), { v: 1, account, region, policyArn, alarm: name });
}

/** As resource policies name an alarm. */
function senderOf(alarm: Alarm, service: string): InvokeSource {
  return { service: `${service}.amazonaws.com`, sourceArn: alarmArn(alarm), sourceAccount: alarm.account };
}

function noteAction(
  tx: Transaction,
  { clock }: Background,
  { to, change }: Telling,
  error: string | undefined,
): Promise<void> {
  const isTopic = to.startsWith("arn:aws:sns:");
  return note(tx, change.alarm, clock.now(), {
    type: "Action",
    summary:
      error === undefined
        ? `Successfully executed action ${to}`
        : `Failed to execute action ${to}. Received error: "${error}"`,
    data: {
      actionState: error === undefined ? "Succeeded" : "Failed",
      stateUpdateTimestamp: Math.floor(change.alarm.state.sinceMs),
      notificationResource: to,
      ...(isTopic ? { publishedMessage: JSON.stringify({ default: topicNotice(change).Message }) } : {}),
      ...(error === undefined ? {} : { error }),
    },
  });
}
