import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../../kernel/scope.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers, Output } from "../../define.ts";
import { upToDate } from "../data/looking.ts";
import { firstPeriodMs } from "../data/periods.ts";
import { badToken, validationError } from "../faults.ts";
import { Answers } from "./answers.ts";
import { plainLabels, writeLabel } from "./labels.ts";
import { inExpression, metricsIn, type Query, readQueries } from "./queries.ts";
import { isTimeline, isTimelines, type Timeline } from "./values.ts";

const MOST_QUERIES = 500;
const MOST_DATAPOINTS = 100_800;
const MARK = "datapoints:";

export const getData = {
  async GetMetricData(input, { store, scope, clock, metrics }) {
    const { StartTime, EndTime, MetricDataQueries = [], MaxDatapoints = MOST_DATAPOINTS } = input;
    const [startMs, toMs] = [StartTime?.getTime() ?? 0, EndTime?.getTime() ?? 0];
    if (startMs >= toMs)
      throw validationError("The parameter StartTime must be less than the parameter EndTime.");
    if (MetricDataQueries.length === 0) throw validationError("The parameter MetricDataQueries is required.");
    if (MetricDataQueries.length > MOST_QUERIES) {
      throw validationError(
        `The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`,
      );
    }
    if (MaxDatapoints < 1 || MaxDatapoints > MOST_DATAPOINTS) {
      throw validationError(`The parameter MaxDatapoints must be from 1 to ${MOST_DATAPOINTS}.`);
    }
    const queries = readQueries(MetricDataQueries, scope, "MetricDataQueries");
    if (!queries.some(({ isReturned }) => isReturned)) {
      throw validationError("At least one query of MetricDataQueries must have ReturnData set to true.");
    }
    const skipped = input.NextToken === undefined ? 0 : readToken(input.NextToken);
    await upToDate(metrics, metricsIn(queries));
    const shortestMs = Math.min(60_000, ...queries.flatMap(({ periodMs }) => periodMs ?? []));
    const fromMs = firstPeriodMs(startMs, shortestMs, clock.now());
    const rows = await store.transact((tx) => rowsOf(tx, scope, queries, { fromMs, toMs }));
    const isAscending = input.ScanBy === "TimestampAscending";
    const labels = plainLabels(rows.map(({ timeline }) => timeline));
    const results = rows.map(({ query, timeline, isOneOfMany }, at) => ({
      Id: query.id,
      Label: labelOf(query, timeline, labels[at], isOneOfMany, input.LabelOptions?.Timezone),
      points: isAscending ? [...timeline.points] : [...timeline.points].reverse(),
    }));
    return paged(results, skipped, MaxDatapoints);
  },
} satisfies Handlers<typeof sdk>;

interface Row {
  readonly query: Query;
  readonly timeline: Timeline;
  readonly isOneOfMany: boolean;
}

/** What the queries come to whose data is wanted: of an array, a row for each of its lines. */
async function rowsOf(
  tx: Transaction,
  scope: Scope,
  queries: readonly Query[],
  span: { readonly fromMs: number; readonly toMs: number },
): Promise<Row[]> {
  const answers = new Answers(tx, scope, queries, span);
  const rows: Row[] = [];
  for (const query of queries) {
    if (!query.isReturned) continue;
    const value = await answers.of(query.id);
    if (isTimelines(value)) {
      for (const timeline of value) rows.push({ query, timeline, isOneOfMany: true });
    } else if (isTimeline(value)) rows.push({ query, timeline: value, isOneOfMany: false });
    else {
      throw inExpression(
        query.id,
        "The expression must return a time series or an array of time series: see TIME_SERIES",
      );
    }
  }
  return rows;
}

function labelOf(
  { label, id, what }: Query,
  timeline: Timeline,
  metricLabel: string | undefined,
  isOneOfMany: boolean,
  timezone: string | undefined,
): string {
  const own = timeline.label || metricLabel;
  const isMetric = what.kind === "metric" || isOneOfMany;
  const plain = (isMetric ? own : undefined) ?? id;
  if (label === undefined || label === "") return plain;
  const expression = what.kind === "metric" ? undefined : what.text;
  const written = writeLabel(label, { timeline, plain, timezone, expression });
  // Of several lines each is told apart though they share a label.
  return isOneOfMany && !label.includes("${") ? `${written} ${plain}` : written;
}

interface Result {
  readonly Id: string;
  readonly Label: string;
  readonly points: readonly (readonly [number, number])[];
}

/** A page has so many datapoints; a result that does not end on it goes on in the next. */
function paged(
  results: readonly Result[],
  skipped: number,
  most: number,
): Output<typeof sdk.GetMetricDataCommand> {
  const shown: sdk.MetricDataResult[] = [];
  let passed = 0;
  let left = most;
  let isCut = false;
  for (const { Id, Label, points } of results) {
    const from = Math.max(0, skipped - passed);
    const isBefore = from > 0 && from >= points.length;
    passed += points.length;
    if (isBefore) continue;
    if (left === 0 && points.length > from) {
      isCut = true;
      break;
    }
    const some = points.slice(from, from + left);
    left -= some.length;
    isCut = from + some.length < points.length;
    shown.push({
      Id,
      Label,
      Timestamps: some.map(([startMs]) => new Date(startMs)),
      Values: some.map(([, value]) => value),
      StatusCode: isCut ? "PartialData" : "Complete",
    });
    if (isCut) break;
  }
  const NextToken = Buffer.from(MARK + String(skipped + most - left)).toString("base64");
  return {
    MetricDataResults: shown,
    Messages: [],
    ...(isCut ? { NextToken } : {}),
  };
}

function readToken(token: string): number {
  const text = Buffer.from(token, "base64").toString();
  const count = text.startsWith(MARK) ? Number(text.slice(MARK.length)) : Number.NaN;
  if (!Number.isInteger(count)) throw badToken();
  return count;
}
