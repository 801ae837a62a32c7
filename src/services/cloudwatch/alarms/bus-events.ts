import { Fault } from "../../../kernel/faults.ts";
import type { Scope } from "../../../kernel/scope.ts";
import { DONE, defineOutbox, type Job, type Outcome } from "../../../store/outbox.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Background } from "../../define.ts";
import { alarmData, configurationDetail } from "./details.ts";
import type { Change } from "./notices.ts";
import { type Alarm, alarmArn } from "./records.ts";

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html

/** An event of an alarm on its way to the bus. */
interface BusEvent extends Scope {
  readonly v: 1;
  readonly detailType: "CloudWatch Alarm State Change" | "CloudWatch Alarm Configuration Change";
  readonly alarmArn: string;
  readonly timeMs: number;
  /** JSON text. */
  readonly detail: string;
}

const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
const MOST_ATTEMPTS = 60;

const events = defineOutbox<BusEvent>("cloudwatchEvents");

export function postStateChange(tx: Transaction, { alarm, before }: Change): void {
  post(tx, alarm, "CloudWatch Alarm State Change", alarm.state.sinceMs, alarmData(alarm, before));
}

export function postConfigurationChange(
  tx: Transaction,
  operation: "create" | "update" | "delete",
  alarm: Alarm,
  atMs: number,
  previous?: Alarm,
): void {
  const detail = configurationDetail(operation, alarm, previous);
  post(tx, alarm, "CloudWatch Alarm Configuration Change", atMs, detail);
}

function post(
  tx: Transaction,
  alarm: Alarm,
  detailType: BusEvent["detailType"],
  timeMs: number,
  detail: object,
): void {
  const { account, region } = alarm;
  const own = { account, region, alarmArn: alarmArn(alarm) };
  events.post(tx, timeMs, { v: 1, ...own, detailType, timeMs, detail: JSON.stringify(detail) });
}

/** Tells the event bus, at least once. */
export function tellingBus(world: Background): Promise<void> {
  return events.run(world, (job) => tell(world, job));
}

async function tell(world: Background, { work, attempts }: Job<BusEvent>): Promise<Outcome<BusEvent>> {
  const { account, region, detailType, timeMs, detail } = work;
  const Entries = [
    {
      Source: "aws.cloudwatch",
      DetailType: detailType,
      Detail: detail,
      Time: new Date(timeMs),
      Resources: [work.alarmArn],
    },
  ];
  try {
    await world.as({ account, region }).call("events", "PutEvents", { Entries });
    return DONE;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.sender || error.code === "NotImplemented" || attempts >= MOST_ATTEMPTS) return DONE;
    const waitMs = Math.min(RETRY_MS * 2 ** attempts, LONGEST_RETRY_MS);
    return { kind: "later", dueMs: world.clock.now() + waitMs };
  }
}
