import type { ProvisionedThroughput, UpdateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { fault } from "../faults.ts";
import type { BillingRecord, GlobalIndexRecord, TableRecord, ThroughputRecord } from "../records.ts";
import { invalid } from "../values/value.ts";
import { sameDay } from "./describe.ts";
import { checkUnits, wrongParameter } from "./rules.ts";

/** Decreases of one UTC day that need no pause between them. */
const FREE_DECREASES = 4;
const DECREASE_PAUSE_MS = 3_600_000;
/** Changes to on-demand within a day. */
const MOST_SWITCHES = 4;
const SWITCH_WINDOW_MS = 86_400_000;

/** Faults: ValidationException for units that do not go with the billing mode that is asked for. */
export function checkThroughputInput({ BillingMode, ProvisionedThroughput }: UpdateTableCommandInput): void {
  if (BillingMode === "PROVISIONED" && !ProvisionedThroughput) {
    throw wrongParameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  if (ProvisionedThroughput) checkUnits(ProvisionedThroughput);
}

/**
 * The table with its billing mode and units changed. Faults: ValidationException where nothing changes,
 * LimitExceededException for too many decreases or changes to on-demand in a day.
 */
export function changeBilling(
  record: TableRecord,
  input: UpdateTableCommandInput,
  nowMs: number,
): TableRecord {
  const mode = input.BillingMode ?? record.billing.mode;
  if (mode === "PAY_PER_REQUEST" && input.ProvisionedThroughput) {
    throw wrongParameter(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
    );
  }
  if (mode === "PAY_PER_REQUEST") {
    return record.billing.mode === mode ? record : switchToOnDemand(record, nowMs);
  }
  const switching = record.billing.mode !== mode;
  const units = input.ProvisionedThroughput;
  const billing: BillingRecord = {
    ...record.billing,
    mode,
    throughput: units
      ? changed(record.billing.throughput, units, nowMs, switching)
      : record.billing.throughput,
  };
  return { ...record, billing, globals: changeIndexUnits(record, input, nowMs, switching) };
}

function switchToOnDemand(record: TableRecord, nowMs: number): TableRecord {
  const recent = (record.billing.switchesMs ?? []).filter((atMs) => nowMs - atMs < SWITCH_WINDOW_MS);
  const [oldest] = recent;
  if (recent.length >= MOST_SWITCHES && oldest !== undefined) {
    throw fault(
      "LimitExceededException",
      "Subscriber limit exceeded: Update to PayPerRequest mode are limited to " +
        `${MOST_SWITCHES} times in 1 day(s). Last update at ${javaDate(recent.at(-1) ?? oldest)}. ` +
        `Next update can be made at ${javaDate(oldest + SWITCH_WINDOW_MS)}`,
    );
  }
  const none = (throughput: ThroughputRecord): ThroughputRecord => ({ ...throughput, read: 0, write: 0 });
  return {
    ...record,
    billing: {
      mode: "PAY_PER_REQUEST",
      onDemandSinceMs: nowMs,
      throughput: none(record.billing.throughput),
      switchesMs: [...recent, nowMs],
    },
    globals: record.globals.map((index) => ({ ...index, throughput: none(index.throughput) })),
  };
}

function changeIndexUnits(
  record: TableRecord,
  input: UpdateTableCommandInput,
  nowMs: number,
  switching: boolean,
): readonly GlobalIndexRecord[] {
  const asked = new Map(
    (input.GlobalSecondaryIndexUpdates ?? []).flatMap(({ Update }) =>
      Update?.ProvisionedThroughput ? [[Update.IndexName, Update.ProvisionedThroughput] as const] : [],
    ),
  );
  const without = record.globals.filter(({ name }) => !asked.has(name));
  if (switching && without.length > 0) {
    throw wrongParameter(
      `ProvisionedThroughput must be specified for index: ${without.map(({ name }) => name).join(",")}`,
    );
  }
  return record.globals.map((index) => {
    const units = asked.get(index.name);
    if (!units) return index;
    checkUnits(units);
    return { ...index, throughput: changed(index.throughput, units, nowMs, switching) };
  });
}

function changed(
  throughput: ThroughputRecord,
  units: ProvisionedThroughput,
  nowMs: number,
  switching: boolean,
): ThroughputRecord {
  const { ReadCapacityUnits: read = 0, WriteCapacityUnits: write = 0 } = units;
  if (!switching && read === throughput.read && write === throughput.write) {
    throw invalid(
      "The provisioned throughput for the table will not change. The requested value equals the current " +
        `value. Current ReadCapacityUnits provisioned for the table: ${throughput.read}. Requested ` +
        `ReadCapacityUnits: ${read}. Current WriteCapacityUnits provisioned for the table: ` +
        `${throughput.write}. Requested WriteCapacityUnits: ${write}. Refer to the Amazon ` +
        "DynamoDB Developer " +
        "Guide for current limits and how to request higher limits.",
    );
  }
  const increased = read > throughput.read || write > throughput.write;
  const decreased = !switching && (read < throughput.read || write < throughput.write);
  const today = throughput.decreasedMs !== undefined && sameDay(throughput.decreasedMs, nowMs);
  const decreases = today ? throughput.decreases : 0;
  if (decreased) checkDecrease(throughput, decreases, nowMs);
  return {
    ...throughput,
    read,
    write,
    decreases: decreases + (decreased ? 1 : 0),
    ...(increased ? { increasedMs: nowMs } : {}),
    ...(decreased ? { decreasedMs: nowMs } : {}),
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
function checkDecrease({ decreasedMs = 0 }: ThroughputRecord, decreases: number, nowMs: number): void {
  const nextMs = decreasedMs + DECREASE_PAUSE_MS;
  if (decreases < FREE_DECREASES || nowMs >= nextMs) return;
  throw fault(
    "LimitExceededException",
    "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After " +
      `the first ${FREE_DECREASES} decreases, each subsequent decrease in the same UTC day ` +
      "can be performed " +
      `at most once every ${DECREASE_PAUSE_MS / 1000} seconds. Number of decreases today: ${decreases}. ` +
      `Last decrease at ${javaDate(decreasedMs)}. Next decrease can be made at ${javaDate(nextMs)}`,
  );
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"],
  ...["November", "December"],
];

/** `Thursday, January 12, 2017 4:16:58 PM UTC`, as AWS writes times in these messages. */
function javaDate(atMs: number): string {
  const at = new Date(atMs);
  const two = (number: number) => String(number).padStart(2, "0");
  const hour = at.getUTCHours();
  const time = `${hour % 12 || 12}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  const day =
    `${DAYS[at.getUTCDay()]}, ${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()}, ` + `${at.getUTCFullYear()}`;
  return `${day} ${time} ${hour < 12 ? "AM" : "PM"} UTC`;
}
