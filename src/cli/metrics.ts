import { parseArgs } from "node:util";
import { CloudWatchClient, type Metric } from "@aws-sdk/client-cloudwatch";
import { UserError } from "../kernel/faults.ts";
import { openSession, SCOPE_OPTIONS } from "./aws-session.ts";
import { everyChange } from "./beat.ts";
import { ENDPOINT_OPTION } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import {
  type Dimensions,
  listMetrics,
  type MetricSeries,
  named,
  readMath,
  readMetrics,
  type Wanted,
} from "./metric-series.ts";
import { drawCharts, drawList, drawTables } from "./metric-view.ts";
import { palette } from "./terminal.ts";
import { momentOf } from "./time-range.ts";

const HELP = `Usage: nuage metrics [NAMESPACE [METRIC]] [options]

CloudWatch's metrics, the platform's own and yours. Without METRIC those that there are, with a picture of
each; with it, that one over time: nuage metrics lambda Duration --function orders --stat p99 --since 1h
NAMESPACE is AWS/Lambda, or lambda for short.

  --function NAME    of this function
  --queue NAME       of this queue
  --dimension NAME=VALUE    of what has this dimension, repeatable: TableName=orders
  --stat STATISTIC   Sum, Average, Minimum, Maximum, SampleCount, p99, tm90 … (what suits the metric)
  --since TIME       from then on: 10m, 2h, or a date (1h)
  --until TIME       until then (now)
  --period SECONDS   how much time one value stands for (what fits in the terminal)
  --math EXPRESSION  metric math, such as 'errors / invocations * 100', or a SEARCH
  --metric ID=METRIC what a name in --math stands for, repeatable: 'errors=lambda Errors Sum'
  --table            each value in a row
  --limit N          how many metrics at most (100)
  -f, --follow       then again whenever a value has changed, until Ctrl-C
  --region REGION, --account ID    whose (the platform's)
  --json             one JSON document a line, for each metric
  --port PORT, --endpoint URL    where the platform is
`;

const OPTIONS = {
  ...ENDPOINT_OPTION,
  ...SCOPE_OPTIONS,
  function: { type: "string" },
  queue: { type: "string" },
  dimension: { type: "string", multiple: true },
  stat: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  period: { type: "string" },
  math: { type: "string" },
  metric: { type: "string", multiple: true },
  table: { type: "boolean" },
  limit: { type: "string" },
  follow: { type: "boolean", short: "f" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const HOUR = "1h";
const MOST_METRICS = 100;

const parse = (args: string[]) => parseArgs({ args, allowPositionals: true, options: OPTIONS });

export const metrics: Command = async (args, terminal) => {
  const { values, positionals } = parse(args);
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [namespace, name, ...more] = positionals;
  if (more.length > 0) throw new UserError(`metrics takes a namespace and a metric.\n\n${HELP}`);
  if (!values.follow) return show(values, namespace, name, terminal);
  if (values.until) throw new UserError("--follow has no end: leave --until out.");
  return everyChange(BEAT_MS, terminal, values.json === true, async () => {
    let text = "";
    const out = (more: string) => {
      text += more;
    };
    await show(values, namespace, name, { ...terminal, out, err: () => {} });
    return values.json ? text.split(/(?<=\n)/) : [text];
  });
};

/** CloudWatch counts by the minute; what has not ended yet changes meanwhile. */
const BEAT_MS = 2_000;

async function show(
  values: ReturnType<typeof parse>["values"],
  namespace: string | undefined,
  name: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const dimensions = dimensionsOf(values);
  const limit = values.limit === undefined ? MOST_METRICS : wholeOf("limit", values.limit);
  const { settings, nowMs } = await openSession(values);
  const client = new CloudWatchClient(settings);
  const wanted = wantedOf(values, terminal.columns, nowMs);
  const printing: Printing = {
    terminal,
    wanted,
    isTable: values.table === true,
    isJson: values.json === true,
  };
  if (values.math !== undefined) {
    const parts = await partsOf(client, values.metric ?? [], dimensions);
    return print(printing, await readMath(client, values.math, parts, wanted), true);
  }
  if (values.metric) throw new UserError("--metric says what a name in --math stands for.");
  const there = await listMetrics(client, namespace, dimensions);
  const found = name === undefined ? there : named(there, name, dimensions);
  if (found.length === 0) throw new UserError(nothing(there, namespace, name));
  const status = print(
    printing,
    await readMetrics(client, found.slice(0, limit), wanted),
    name !== undefined,
  );
  if (found.length > limit)
    terminal.err(palette(terminal.colour).dim(`… and ${found.length - limit} more: --limit shows them.\n`));
  return status;
}

interface Printing {
  readonly terminal: Terminal;
  readonly wanted: Wanted;
  readonly isTable: boolean;
  readonly isJson: boolean;
}

function print(
  { terminal, wanted, isTable, isJson }: Printing,
  all: readonly MetricSeries[],
  isLarge: boolean,
) {
  if (isJson) {
    terminal.out(jsonText(all.map((series) => ({ ...series, periodSeconds: wanted.periodSeconds }))));
    return 0;
  }
  const colours = palette(terminal.colour);
  const columns = Math.max(80, terminal.columns);
  const lines = isTable
    ? drawTables(all, columns, colours)
    : isLarge
      ? drawCharts(all, wanted, columns, colours)
      : drawList(all, wanted, columns, colours);
  terminal.out(lines.length === 0 ? "No data.\n" : `${lines.join("\n")}\n`);
  return 0;
}

function nothing(there: readonly Metric[], namespace: string | undefined, name: string | undefined): string {
  if (there.length === 0 || name === undefined)
    return `there are no metrics${namespace === undefined ? "" : ` of ${namespace}`} like this yet.`;
  const names = [...new Set(there.map(({ MetricName = "" }) => MetricName))].sort();
  return `there is no metric ${name} of ${namespace} here. There are: ${names.join(", ")}.`;
}

interface Values {
  readonly function?: string | undefined;
  readonly queue?: string | undefined;
  readonly dimension?: readonly string[] | undefined;
  readonly stat?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly period?: string | undefined;
}

function dimensionsOf({ function: functionName, queue, dimension = [] }: Values): Dimensions {
  const pairs = dimension.map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new UserError(`--dimension is NAME=VALUE, not "${pair}".`);
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return {
    ...(functionName === undefined ? {} : { FunctionName: functionName }),
    ...(queue === undefined ? {} : { QueueName: queue }),
    ...Object.fromEntries(pairs),
  };
}

/** The periods that CloudWatch keeps data by, and more of it a value. */
const PERIODS = [60, 300, 900, 3_600, 21_600, 86_400];

function wantedOf(values: Values, columns: number, nowMs: number): Wanted {
  const fromMs = momentOf("since", values.since ?? HOUR, nowMs);
  const untilMs = values.until === undefined ? nowMs : momentOf("until", values.until, nowMs);
  if (fromMs >= untilMs) throw new UserError("--since must be before --until.");
  const fitting = (untilMs - fromMs) / 1_000 / Math.max(60, columns);
  const periodSeconds =
    values.period === undefined
      ? (PERIODS.find((each) => each >= fitting) ?? 86_400)
      : wholeOf("period", values.period);
  const periodMs = periodSeconds * 1_000;
  const beginMs = Math.floor(fromMs / periodMs) * periodMs;
  const endMs = Math.ceil(untilMs / periodMs) * periodMs;
  return { fromMs: beginMs, untilMs: endMs, periodSeconds, stat: values.stat };
}

function wholeOf(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UserError(`--${name} takes a whole number from 1, not "${text}".`);
}

/** `errors=lambda Errors Sum`, of what has the dimensions that are named. */
async function partsOf(client: CloudWatchClient, given: readonly string[], dimensions: Dimensions) {
  const parts = new Map<string, Metric & { stat?: string | undefined }>();
  for (const text of given) {
    const [, id = "", rest = ""] = /^([a-z]\w*)=(.+)$/.exec(text) ?? [];
    const [namespace, name, stat] = rest.trim().split(/\s+/);
    if (name === undefined)
      throw new UserError(`--metric is 'id=NAMESPACE METRIC [STATISTIC]', not "${text}".`);
    const there = await listMetrics(client, namespace, dimensions);
    const [metric, ...others] = named(there, name, dimensions);
    // What did not happen has no data, and is no mistake.
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const Namespace = there[0]?.Namespace ?? namespace;
    if (others.length > 0) throw new UserError(`there are several ${name}: say --function or --dimension.`);
    parts.set(id, { ...(metric ?? { Namespace, MetricName: name, Dimensions }), stat });
  }
  return parts;
}
