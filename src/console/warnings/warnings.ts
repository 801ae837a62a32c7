import type { AdminRequest, AdminResponse } from "../../kernel/admin.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Observe } from "../../observe/observe.ts";
import type { FunctionAnswers } from "../concurrency.ts";
import type { Deliveries } from "../deliveries.ts";
import { allowOnly, momentOf, textOf } from "../parameters.ts";
import type { StreamsAnswers } from "../streams.ts";
import type { TableReports } from "../table.ts";
import {
  aboutRuns,
  aboutSequences,
  aboutSettings,
  aboutThrottles,
  type Throttled,
  type Warning,
} from "./rules.ts";
import { aboutLoop, aboutMapping, aboutTable, type MappingFacts, type TableFindings } from "./sources.ts";

/** `GET /_nuage/warnings`. */
export interface WarningList {
  readonly sinceMs: number;
  /** The worst first. */
  readonly warnings: readonly Warning[];
}

interface Options {
  readonly observe: Pick<Observe, "analyse">;
  readonly clock: Clock;
  readonly defaults: Scope;
  readonly functions: FunctionAnswers;
  readonly deliveries: Pick<Deliveries, "throttles" | "loops">;
  readonly streams: Pick<StreamsAnswers, "report">;
  readonly tables: TableReports;
}

const DAY_MS = 24 * 3_600_000;
const SEVERITIES = ["critical", "warning", "advice"];

/** `GET /_nuage/warnings`: a WarningList, by since (a day) and function. */
export async function warningsPage(options: Options, { query }: AdminRequest): Promise<AdminResponse> {
  allowOnly(query, ["since", "function"]);
  const nowMs = options.clock.now();
  const sinceMs = momentOf(query, "since", nowMs) ?? nowMs - DAY_MS;
  const functionName = textOf(query, "function");
  const found = [
    ...(await ofFunctions(options, sinceMs, nowMs)),
    ...((await options.streams.report()) as readonly MappingFacts[]).flatMap((each) =>
      aboutMapping(each, nowMs),
    ),
    ...(await ofLoops(options, sinceMs)),
    ...(await ofTables(options, sinceMs, nowMs)),
  ];
  const warnings = found
    .filter((warning) => functionName === undefined || warning.functionName === functionName)
    .sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity));
  return { status: 200, json: { sinceMs, warnings } satisfies WarningList };
}

async function ofFunctions(options: Options, sinceMs: number, nowMs: number): Promise<Warning[]> {
  const { observe, functions, deliveries } = options;
  const range = { sinceMs, untilMs: nowMs + 1 };
  const figures = await observe.analyse({ what: "functions", ...range });
  const sequences = await observe.analyse({ what: "sequences", ...range });
  const { throttles } = (await deliveries.throttles(sinceMs)) as { throttles: readonly Throttled[] };
  const settings = await functions.settings();
  const names = new Set([...figures, ...throttles].map(({ functionName }) => functionName));
  const runsOf = (name: string) =>
    figures
      .filter(({ functionName }) => functionName === name)
      .reduce((sum, { invocations }) => sum + invocations, 0);
  return [
    ...figures.flatMap(aboutRuns),
    ...[...names].flatMap((name) =>
      aboutThrottles(
        throttles.filter(({ functionName }) => functionName === name),
        runsOf(name),
      ),
    ),
    ...settings.flatMap((each) => {
      const own = figures.find(
        ({ functionName, region }) => functionName === each.name && region === each.region,
      );
      return aboutSettings(each, nowMs, own?.maxAtOnce);
    }),
    ...aboutSequences(sequences),
  ];
}

async function ofLoops({ deliveries }: Options, sinceMs: number): Promise<Warning[]> {
  const { loops } = (await deliveries.loops({ sinceMs })) as {
    loops: readonly Parameters<typeof aboutLoop>[0][];
  };
  return loops.map(aboutLoop);
}

/** Tables that somebody has used. */
async function ofTables(options: Options, sinceMs: number, nowMs: number): Promise<Warning[]> {
  const { observe, tables, defaults } = options;
  const edges = await observe.analyse({ what: "edges", sinceMs, untilMs: nowMs + 1 });
  const names = new Set(
    edges.flatMap(({ kind, target }) => {
      const [operation = "", table] = target.split(" ");
      return kind === "call" && operation.startsWith("dynamodb.") && table ? [table] : [];
    }),
  );
  const warnings: Warning[] = [];
  for (const name of names) {
    const report = (await tables(defaults, name)) as TableFindings | undefined;
    if (report) warnings.push(...aboutTable(report));
  }
  return warnings;
}
