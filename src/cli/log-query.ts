import { setTimeout as pause } from "node:timers/promises";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  GetQueryResultsCommand,
  type QueryStatistics,
  type ResultField,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { createClock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import { openSession, refusalsOf, type ScopeValues } from "./aws-session.ts";
import { everyChange } from "./beat.ts";
import type { Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { type Column, counted, formatBytes, formatDuration, palette, printable, table } from "./terminal.ts";
import { momentOf } from "./time-range.ts";

export interface LogQueryValues extends ScopeValues {
  readonly function?: readonly string[] | undefined;
  readonly group?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit?: string | undefined;
  readonly json?: boolean | undefined;
}

/** As many as one query may look through. */
const MOST_GROUPS = 50;
const HOUR = "1h";
const LOOK_AGAIN_MS = 50;

/** A query of Logs Insights, and its rows as a table. */
export async function queryLogs(text: string, values: LogQueryValues, terminal: Terminal): Promise<number> {
  const clock = createClock();
  const startedMs = clock.monotonic();
  const { rows, statistics } = await found(text, values);
  if (values.json) {
    terminal.out(linesOf(rows).join(""));
    return 0;
  }
  terminal.out(drawRows(rows, terminal));
  const { recordsMatched = 0, recordsScanned = 0, bytesScanned = 0 } = statistics;
  const facts = [
    counted(rows.length, "row"),
    `${recordsMatched.toLocaleString("en")} of ${counted(recordsScanned, "line")} matched`,
    formatBytes(bytesScanned),
    formatDuration(clock.monotonic() - startedMs),
  ];
  terminal.err(`${palette(terminal.colour).dim(facts.join(" · "))}\n`);
  return 0;
}

/** The same again and again; of JSON the rows that are new. */
export function followQuery(text: string, values: LogQueryValues, terminal: Terminal): Promise<number> {
  return everyChange(BEAT_MS, terminal, values.json === true, async () => {
    const { rows } = await found(text, values);
    return values.json ? linesOf(rows) : [drawRows(rows, terminal)];
  });
}

/** Over many lines, asking takes the platform a second. */
const BEAT_MS = 2_000;

const linesOf = (rows: readonly Row[]): string[] => rows.map((row) => jsonText([Object.fromEntries(row)]));

async function found(text: string, values: LogQueryValues): Promise<Found> {
  const { settings, nowMs } = await openSession(values);
  const client = new CloudWatchLogsClient(settings);
  const { queryId } = await refusalsOf(
    client.send(
      new StartQueryCommand({
        queryString: text,
        logGroupNames: await groupsOf(client, values),
        startTime: Math.floor(momentOf("since", values.since ?? HOUR, nowMs)),
        endTime: Math.ceil(values.until === undefined ? nowMs : momentOf("until", values.until, nowMs)),
        ...(values.limit === undefined ? {} : { limit: Number(values.limit) }),
      }),
    ),
  );
  return resultsOf(client, queryId, () => pause(LOOK_AGAIN_MS));
}

/** Those that are named, or all there are. */
async function groupsOf(client: CloudWatchLogsClient, values: LogQueryValues): Promise<string[]> {
  const named = [...(values.function ?? []).map((name) => `/aws/lambda/${name}`), ...(values.group ?? [])];
  if (named.length > 0) return named;
  const { logGroups = [], nextToken } = await refusalsOf(
    client.send(new DescribeLogGroupsCommand({ limit: MOST_GROUPS })),
  );
  if (nextToken !== undefined)
    throw new UserError(
      `a query looks through ${MOST_GROUPS} log groups at most: say --function or --group.`,
    );
  if (logGroups.length === 0) throw new UserError("there is no log group yet: nothing has been logged.");
  return logGroups.map(({ logGroupName = "" }) => logGroupName);
}

type Row = readonly (readonly [name: string, value: string])[];

interface Found {
  readonly rows: readonly Row[];
  readonly statistics: QueryStatistics;
}

async function resultsOf(
  client: CloudWatchLogsClient,
  queryId: string | undefined,
  wait: () => Promise<void>,
): Promise<Found> {
  const rows: Row[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const page = await refusalsOf(client.send(new GetQueryResultsCommand({ queryId, nextToken })));
    const { status, results = [], statistics = {} } = page;
    if (status === "Running" || status === "Scheduled") await wait();
    else if (status !== "Complete") throw new UserError(`the query ended: ${status}.`);
    else {
      rows.push(...results.map(rowOf));
      nextToken = page.nextToken;
      if (nextToken === undefined) return { rows, statistics };
    }
  }
}

/** Without the pointer to the line, which is for programs. */
function rowOf(fields: readonly ResultField[]): Row {
  return fields.flatMap(({ field = "", value = "" }) => (field === "@ptr" ? [] : [[field, value] as const]));
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function drawRows(rows: readonly Row[], terminal: Terminal): string {
  if (rows.length === 0) return "Nothing matches.\n";
  const colours = palette(terminal.colour);
  const maps = rows.map((row) => new Map(row));
  const names = [...new Set(rows.flatMap((row) => row.map(([name]) => name)))];
  const columns = names.map((name): Column<Map<string, string>> => {
    const isNumber = maps.every((row) => NUMBER.test(row.get(name) ?? "0"));
    const isTime = /^(@timestamp|@ingestionTime|bin\(.*)$/.test(name);
    return {
      title: printable(name),
      of: (row) => printable(row.get(name)?.trimEnd() ?? ""),
      ...(isNumber ? { right: true } : isTime ? { paint: colours.dim } : { least: 12 }),
    };
  });
  return `${table(columns, maps, Math.max(80, terminal.columns)).join("\n")}\n`;
}
