import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Scope } from "../../../kernel/scope.ts";
import { dimensionsOf, type MetricName } from "../data/metric-name.ts";
import { isPeriod } from "../data/periods.ts";
import { statisticOf } from "../data/statistics.ts";
import { isUnit, type Unit } from "../data/units.ts";
import { invalidCombination, missingParameter, notHere, validationError } from "../faults.ts";
import { callsIn, type Node, namesIn, parseExpression } from "./parse.ts";
import { isSelection, parseSelection, type Selection } from "./select.ts";
import { ExpressionError } from "./tokens.ts";

/** One of the queries of a request, or of an alarm, read and checked. */
export interface Query {
  readonly id: string;
  readonly label?: string | undefined;
  readonly isReturned: boolean;
  readonly periodMs?: number | undefined;
  readonly what:
    | {
        readonly kind: "metric";
        readonly metric: MetricName;
        readonly stat: string;
        readonly unit?: Unit | undefined;
      }
    | { readonly kind: "expression"; readonly text: string; readonly node: Node }
    | { readonly kind: "selection"; readonly text: string; readonly selection: Selection };
}

const ID = /^[a-z][a-zA-Z0-9_]*$/;
const SECOND_MS = 1_000;

/** Faults: ValidationError and its kin; NotImplemented for what needs what is not here. */
export function readQueries(given: readonly sdk.MetricDataQuery[], scope: Scope, list: string): Query[] {
  const ids = new Set<string>();
  const queries = given.map((one, at) => {
    const place = `${list}.member.${at + 1}`;
    const { Id: id = "" } = one;
    if (!ID.test(id)) {
      throw validationError(
        `The value ${id} for parameter ${place}.Id is not matching the expected pattern ` +
          "^[a-z][a-zA-Z0-9_]*$.",
      );
    }
    if (ids.has(id)) throw validationError(`The values for parameter id in ${list} are not unique.`);
    ids.add(id);
    return readQuery(one, scope, place);
  });
  for (const { id, what } of queries) {
    if (what.kind !== "expression") continue;
    const unknown = namesIn(what.node).find((name) => /^[a-z]/.test(name) && !ids.has(name) && !isWord(name));
    if (unknown !== undefined) throw inExpression(id, `Undefined identifier: ${unknown}`);
  }
  return queries;
}

/** The metrics that are named, not those that a search would find. */
export function metricsIn(queries: readonly Query[]): MetricName[] {
  return queries.flatMap(({ what }) => (what.kind === "metric" ? [what.metric] : []));
}

const isWord = (name: string): boolean => /^(repeat|linear|asc|desc|avg|min|max|sum|stddev|last)$/.test(name);

export function inExpression(id: string, message: string) {
  return validationError(`Error in expression '${id}': ${message}`);
}

function readQuery(given: sdk.MetricDataQuery, scope: Scope, place: string): Query {
  const { Id: id = "", Label: label, ReturnData: isReturned = true, Expression: text, MetricStat } = given;
  if (MetricStat && text !== undefined) {
    throw invalidCombination(
      `The parameters ${place}.MetricStat and ${place}.Expression are mutually exclusive and you have ` +
        "specified both.",
    );
  }
  if (!MetricStat && text === undefined) {
    throw missingParameter(
      `Exactly one of the parameters ${place}.Expression and ${place}.MetricStat must be specified.`,
    );
  }
  const seconds = MetricStat?.Period ?? given.Period;
  if (seconds !== undefined && !isPeriod(seconds)) throw badPeriod(`${place}.Period`);
  const own = {
    id,
    label,
    isReturned,
    periodMs: seconds === undefined ? undefined : seconds * SECOND_MS,
  };
  const account = given.AccountId ?? scope.account;
  if (MetricStat) return { ...own, what: readMetric(MetricStat, { ...scope, account }, place) };
  return { ...own, what: readExpression(id, text ?? "") };
}

const badPeriod = (place: string) =>
  validationError(`The parameter ${place} must be 1, 5, 10, 20, 30, or a multiple of 60.`);

function readMetric(given: sdk.MetricStat, scope: Scope, place: string): Query["what"] {
  const { Stat: stat = "", Unit: unit, Metric } = given;
  if (!statisticOf(stat)) {
    throw validationError(`The value ${stat} for parameter ${place}.MetricStat.Stat is not supported.`);
  }
  const { Namespace: namespace = "", MetricName: name = "" } = Metric ?? {};
  if (namespace === "" || name === "") {
    throw missingParameter(
      `The parameters ${place}.MetricStat.Metric.Namespace and MetricName are required.`,
    );
  }
  const metric = { ...scope, namespace, name, dimensions: dimensionsOf(Metric?.Dimensions) };
  return { kind: "metric", metric, stat, unit: isUnit(unit) ? unit : undefined };
}

const ELSEWHERE: Readonly<Record<string, string>> = {
  ANOMALY_DETECTION_BAND: "Anomaly detection needs models that this platform does not train",
  INSIGHT_RULE_METRIC: "Contributor Insights rules are not part of this platform",
  DB_PERF_INSIGHTS: "Databases' Performance Insights are not part of this platform",
  LAMBDA: "Data sources of functions are not part of this platform",
  SERVICE_QUOTA: "Service quotas are not part of this platform",
};

function readExpression(id: string, text: string): Query["what"] {
  try {
    if (isSelection(text)) return { kind: "selection", text, selection: parseSelection(text) };
    const node = parseExpression(text);
    for (const name of callsIn(node)) {
      const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
      if (elsewhere !== undefined) throw notHere(`${elsewhere} (${name} in expression '${id}').`);
    }
    return { kind: "expression", text, node };
  } catch (error) {
    if (error instanceof ExpressionError) throw inExpression(id, error.message);
    throw error;
  }
}
