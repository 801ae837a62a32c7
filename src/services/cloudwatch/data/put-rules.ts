import type * as sdk from "@aws-sdk/client-cloudwatch";
import { addTally, addValue, newTally, type Tally } from "../../../kernel/tally.ts";
import { invalidCombination, invalidValue, missingParameter } from "../faults.ts";
import { type Dimension, dimensionsOf } from "./metric-name.ts";
import type { NewPoint } from "./records.ts";
import { isUnit } from "./units.ts";

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
const MOST_PAST_MS = 14 * 24 * 60 * MINUTE_MS;
const MOST_AHEAD_MS = 2 * 60 * MINUTE_MS;
const MOST_VALUES = 150;
const MOST_DIMENSIONS = 30;
/** Values lie within these powers of 2. */
const MOST_VALUE = 2 ** 360;

/** One datum as it is kept. */
interface Datum {
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly point: NewPoint;
}

/** Faults: as PutMetricData's, which name the datum by its place from 1. */
export function readDatum(datum: sdk.MetricDatum, at: number, nowMs: number): Datum {
  const place = `MetricData.member.${at}`;
  const { MetricName: name = "", StorageResolution = 60, Unit: unit = "None" } = datum;
  const dimensions = readDimensions(datum.Dimensions, place);
  if (!isUnit(unit)) throw invalidValue(`The parameter ${place}.Unit must be a standard unit.`);
  if (StorageResolution !== 1 && StorageResolution !== 60) {
    throw invalidValue(`The parameter ${place}.StorageResolution must be either 1 or 60.`);
  }
  const timeMs = timeOf(datum.Timestamp, place, nowMs);
  const isHigh = StorageResolution === 1;
  const beatMs = isHigh ? SECOND_MS : MINUTE_MS;
  const startMs = Math.floor(timeMs / beatMs) * beatMs;
  return { name, dimensions, point: { startMs, unit, isHigh, tally: tallyOf(datum, place) } };
}

/** Faults: for names that come twice, that begin with a colon, or that have nothing but spaces. */
export function readDimensions(given: readonly sdk.Dimension[] | undefined, place: string): Dimension[] {
  const dimensions = dimensionsOf(given);
  if (dimensions.length > MOST_DIMENSIONS) {
    throw invalidValue(
      `The collection ${place}.Dimensions must not have a size greater than ${MOST_DIMENSIONS}.`,
    );
  }
  const names = new Set<string>();
  for (const [at, [name, value]] of dimensions.entries()) {
    const own = `${place}.Dimensions.member.${at + 1}`;
    if (name.trim() === "") throw invalidValue(`The parameter ${own}.Name must not be empty.`);
    if (value.trim() === "") throw invalidValue(`The parameter ${own}.Value must not be empty.`);
    if (name.startsWith(":")) throw invalidValue(`The parameter ${own}.Name must not start with a colon.`);
    if (names.has(name)) {
      throw invalidValue(`The parameter ${place}.Dimensions must not contain duplicate names: ${name}`);
    }
    names.add(name);
  }
  return dimensions;
}

function timeOf(given: Date | undefined, place: string, nowMs: number): number {
  const timeMs = given?.getTime() ?? nowMs;
  if (nowMs - timeMs > MOST_PAST_MS) {
    throw invalidValue(
      `The parameter ${place}.Timestamp must specify a time no more than two weeks in the past.`,
    );
  }
  if (timeMs - nowMs > MOST_AHEAD_MS) {
    throw invalidValue(
      `The parameter ${place}.Timestamp must specify a time no more than two hours in the future.`,
    );
  }
  return timeMs;
}

function tallyOf({ Value, Values, Counts, StatisticValues }: sdk.MetricDatum, place: string): Tally {
  const given = [Value, Values, StatisticValues].filter((one) => one !== undefined).length;
  if (given > 1) {
    const [one, other] = Value === undefined ? ["Values", "StatisticValues"] : twoOf(Values !== undefined);
    throw invalidCombination(
      `The parameters ${place}.${one} and ${place}.${other} are mutually exclusive and you have ` +
        "specified both.",
    );
  }
  if (StatisticValues) return fromStatistics(StatisticValues, place);
  if (Values) return fromValues(Values, Counts, place);
  if (Value === undefined) {
    throw missingParameter(
      `At least one of the parameters ${place}.Value, ${place}.Values and ${place}.StatisticValues ` +
        "must be specified.",
    );
  }
  const tally = newTally();
  addValue(tally, checked(Value, `${place}.Value`));
  return tally;
}

const twoOf = (hasValues: boolean): [string, string] => ["Value", hasValues ? "Values" : "StatisticValues"];

function fromStatistics(given: sdk.StatisticSet, place: string): Tally {
  const own = `${place}.StatisticValues`;
  const count = checked(given.SampleCount ?? 0, `${own}.SampleCount`);
  const sum = checked(given.Sum ?? 0, `${own}.Sum`);
  const minimum = checked(given.Minimum ?? 0, `${own}.Minimum`);
  const maximum = checked(given.Maximum ?? 0, `${own}.Maximum`);
  if (count <= 0) throw invalidValue(`The parameter ${own}.SampleCount must be greater than 0.`);
  if (minimum > maximum) {
    throw invalidValue(`The parameter ${own}.Minimum must be less than or equal to ${own}.Maximum.`);
  }
  const tally = newTally();
  // What lies between the least and the most nobody knows: there are no percentiles of it.
  const blind = count !== 1 && minimum !== maximum ? { blind: true as const } : {};
  addTally(tally, { count, sum, minimum, maximum, ...blind });
  return tally;
}

function fromValues(values: readonly number[], counts: readonly number[] | undefined, place: string): Tally {
  if (values.length === 0) throw invalidValue(`The collection ${place}.Values must not be empty.`);
  if (values.length > MOST_VALUES) {
    throw invalidValue(`The collection ${place}.Values must not have a size greater than ${MOST_VALUES}.`);
  }
  if (counts && counts.length !== values.length) {
    throw invalidValue(`The parameters ${place}.Values and ${place}.Counts must be of the same size.`);
  }
  const tally = newTally();
  for (const [at, value] of values.entries()) {
    const times = counts?.[at] ?? 1;
    if (!(times > 0)) throw invalidValue(`The parameter ${place}.Counts.member.${at + 1} must be positive.`);
    addValue(tally, checked(value, `${place}.Values.member.${at + 1}`), times);
  }
  return tally;
}

function checked(value: number, place: string): number {
  if (Number.isFinite(value) && Math.abs(value) <= MOST_VALUE) return value;
  throw invalidValue(`The value ${value} for parameter ${place} is invalid.`);
}
