import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Tally } from "../../../kernel/tally.ts";
import type { Handlers } from "../../define.ts";
import { invalidCombination, invalidValue, missingParameter, validationError } from "../faults.ts";
import { upToDate } from "./looking.ts";
import { dimensionsOf } from "./metric-name.ts";
import { firstPeriodMs, isPeriod } from "./periods.ts";
import { readPeriodsByUnit } from "./reading.ts";
import { isPlainStatistic, statisticOf } from "./statistics.ts";
import { isUnit, type Unit } from "./units.ts";

const MOST_DATAPOINTS = 1_440;
const SECOND_MS = 1_000;

export const getStatistics = {
  async GetMetricStatistics(input, { store, scope, clock, metrics }) {
    const { Namespace: namespace = "", MetricName: name = "", Period = 0, Unit: unit } = input;
    const { Statistics: plain = [], ExtendedStatistics: extended = [] } = input;
    const [startMs, toMs] = [input.StartTime?.getTime() ?? 0, input.EndTime?.getTime() ?? 0];
    if (plain.length === 0 && extended.length === 0) {
      throw missingParameter("Must specify either Statistics or ExtendedStatistics");
    }
    if (plain.length > 0 && extended.length > 0) {
      throw invalidCombination("Must specify either Statistics or ExtendedStatistics but not both");
    }
    for (const one of extended) {
      if (isPlainStatistic(one) || !statisticOf(one)) {
        throw invalidValue(`The value ${one} for parameter ExtendedStatistics is not supported.`);
      }
    }
    if (startMs >= toMs)
      throw validationError("The parameter StartTime must be less than the parameter EndTime.");
    if (!isPeriod(Period)) {
      throw invalidValue("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.");
    }
    const periodMs = Period * SECOND_MS;
    const fromMs = firstPeriodMs(startMs, periodMs, clock.now());
    const asked = Math.ceil((toMs - fromMs) / periodMs);
    if (asked > MOST_DATAPOINTS) {
      throw invalidCombination(
        `You have requested up to ${asked.toLocaleString("en-US")} datapoints, which exceeds the ` +
          "limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing " +
          "the time range.",
      );
    }
    const metric = { ...scope, namespace, name, dimensions: dimensionsOf(input.Dimensions) };
    await upToDate(metrics, [metric]);
    const window = { fromMs, toMs, periodMs, unit: isUnit(unit) ? unit : undefined };
    const byUnit = await store.transact((tx) => readPeriodsByUnit(tx, metric, window));
    const Datapoints = [...byUnit].flatMap(([own, periods]) =>
      Array.from(periods, ([start, tally]) => describe(start, tally, own, plain, extended)),
    );
    return { Label: name, Datapoints };
  },
} satisfies Handlers<typeof sdk>;

function describe(
  startMs: number,
  tally: Tally,
  unit: Unit,
  plain: readonly string[],
  extended: readonly string[],
): sdk.Datapoint {
  const found = Object.fromEntries(plain.map((one) => [one, statisticOf(one)?.(tally)]));
  const more = extended.flatMap((one) => {
    const value = statisticOf(one)?.(tally);
    return value === undefined ? [] : [[one, value] as const];
  });
  return {
    Timestamp: new Date(startMs),
    ...found,
    Unit: unit,
    ...(more.length > 0 ? { ExtendedStatistics: Object.fromEntries(more) } : {}),
  };
}
