import type { Verdict } from "./evaluation.ts";
import type { AlarmState, StateValue } from "./records.ts";

export const UNCHECKED = "Unchecked: Initial alarm creation";

const WORDS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

interface Facts {
  readonly comparison: string;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  /** The alarm says itself how many datapoints it takes. */
  readonly isCounting: boolean;
  readonly treatMissing: string;
  readonly before: AlarmState;
}

/** Why an alarm went into a state, as CloudWatch words it. */
export function reasonOf(state: StateValue, { real, filled }: Verdict, facts: Facts): string {
  const {
    comparison,
    threshold,
    evaluationPeriods: periods,
    datapointsToAlarm,
    isCounting,
    treatMissing,
    before,
  } = facts;
  if (state === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${counted(periods, "datapoint")} ${was(periods)} unknown.`;
  }
  const stoodIn = standIns(filled, treatMissing);
  const isAlarm = state === "ALARM";
  const telling = real.filter(({ isBreaching }) => isBreaching === isAlarm);
  if (telling.length === 0) {
    const count = real.length === 0 ? "no datapoints" : counted(real.length, "datapoint");
    const were = real.length === 0 ? "were" : was(real.length);
    return `Threshold Crossed: ${count} ${were} received for ${counted(periods, "period")}${stoodIn}.`;
  }
  const shown = telling.map(({ startMs, value }) => `${decimal(value)} (${shortDate(startMs)})`).join(", ");
  const count = isCounting
    ? `${telling.length} out of the last ${periods} datapoints`
    : counted(telling.length, "datapoint");
  const verb = `${was(telling.length)} ${isAlarm ? "" : "not "}${WORDS[comparison]}`;
  const what = `${verb} the threshold (${decimal(threshold)})`;
  const crossed = `Threshold Crossed: ${count} [${shown}] ${what}${stoodIn}`;
  if (!isCounting) return `${crossed}.`;
  const transition = before.value === "ALARM" ? "ALARM -> OK" : "OK -> ALARM";
  const least = isAlarm ? datapointsToAlarm : periods - datapointsToAlarm + 1;
  return `${crossed} (minimum ${counted(least, "datapoint")} for ${transition} transition).`;
}

/** What the periods without data were taken for, where they were taken for anything. */
function standIns(filled: number, treatMissing: string): string {
  const treated = { breaching: "Breaching", notBreaching: "NonBreaching" }[treatMissing];
  if (filled === 0 || treated === undefined) return "";
  return ` and ${counted(filled, "missing datapoint")} ${was(filled)} treated as [${treated}]`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const was = (count: number): string => (count === 1 ? "was" : "were");

/** `5.0`, as Java writes it. */
function decimal(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toFixed(1) : String(value);
}

/** `27/11/26 10:00:00` */
function shortDate(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(2, 4)} ${iso.slice(11, 19)}`;
}

/** `2026-11-27T10:00:00.000+0000`, as alarms write times. */
export function longDate(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "+0000");
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Why a composite alarm changed: `… transitioned to ALARM at Friday 27 November, 2026 10:00:00 UTC`. */
export function childReason(arn: string, { value, sinceMs }: AlarmState): string {
  const date = new Date(sinceMs);
  const day = `${DAYS[date.getUTCDay()]} ${String(date.getUTCDate()).padStart(2, "0")}`;
  const month = MONTHS[date.getUTCMonth()];
  const time = date.toISOString().slice(11, 19);
  return `${arn} transitioned to ${value} at ${day} ${month}, ${date.getUTCFullYear()} ${time} UTC`;
}
