import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { badToken, fault, invalid, notHere } from "./faults.ts";
import { compileQuery, type Query } from "./insights/query.ts";
import type { QueryTime } from "./insights/reading/ast.ts";
import { QueryProblem } from "./insights/reading/problem.ts";
import { type Known, knownQueries, remember, requireQuery } from "./known-queries.ts";
import { settleTables } from "./lookup-tables.ts";
import { groupArn } from "./names.ts";
import { groupsOf, sourceGroups } from "./query-groups.ts";
import { QueryTimeout, runQuery } from "./running.ts";

const DEFAULT_ROWS = 10_000;
const PAGE = 10_000;
/** Later than this a time is in milliseconds: clients give both. */
const SECONDS_END = 100_000_000_000;

export const queries = {
  async StartQuery(input, context) {
    const { queryString = "", startTime = 0, endTime = 0, queryLanguage = "CWLI" } = input;
    if (queryLanguage !== "CWLI") throw notHere(`Queries in ${queryLanguage} are not part of this platform.`);
    const fromMs = startTime < SECONDS_END ? startTime * 1000 : startTime;
    // Both ends are included.
    const untilMs = endTime < SECONDS_END ? (endTime + 1) * 1000 : endTime + 1;
    if (startTime > endTime) throw invalid("The start time must not be later than the end time.");
    const time = { nowMs: context.clock.now(), fromMs, untilMs: untilMs - 1 };
    const query = compiled(queryString, input.limit ?? DEFAULT_ROWS, time);
    const groups = await (query.source ? sourceGroups(context, query.source) : groupsOf(context, input));
    const groupsWithin = await Promise.all(
      query.subqueries.map(({ subquery: { source } }) => (source ? sourceGroups(context, source) : groups)),
    );
    await settleTables(context, query.tables);
    const { ids, clock, scope, store, principal } = context;
    const known: Known = {
      id: ids.uuid(),
      ...scope,
      text: queryString,
      groups,
      createdMs: Math.floor(clock.now()),
      user: principal.arn,
      statistics: { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0, logGroupsScanned: groups.length },
      status: "Running",
      results: [],
    };
    remember(store, known);
    void run(context, known, query, { groups, groupsWithin, fromMs, untilMs, nowMs: time.nowMs });
    return { queryId: known.id };
  },

  async GetQueryResults({ queryId = "", nextToken, maxItems = PAGE }, context) {
    const known = requireQuery(context, queryId);
    const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64").toString());
    if (!Number.isInteger(from) || from < 0) throw badToken();
    const until = from + (maxItems || PAGE);
    const { recordsMatched, recordsScanned, bytesScanned, logGroupsScanned } = known.statistics;
    return {
      queryLanguage: "CWLI",
      results: known.results.slice(from, until),
      statistics: {
        recordsMatched,
        recordsScanned,
        bytesScanned,
        logGroupsScanned,
        estimatedRecordsSkipped: 0,
        estimatedBytesSkipped: 0,
      },
      status: known.status,
      ...(until < known.results.length ? { nextToken: Buffer.from(String(until)).toString("base64") } : {}),
    };
  },

  async StopQuery({ queryId = "" }, context) {
    const known = requireQuery(context, queryId);
    if (known.status !== "Running") {
      throw invalid(`Query is not in a stoppable state: ${known.status}`);
    }
    known.status = "Cancelled";
    return { success: true };
  },

  async DescribeQueries(input, context) {
    const { logGroupName, status, maxResults = 1_000, nextToken, queryLanguage = "CWLI" } = input;
    const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64").toString());
    if (!Number.isInteger(from) || from < 0) throw badToken();
    const found = knownQueries(context)
      .filter((known) => status === undefined || known.status === status)
      .filter(({ groups }) => logGroupName === undefined || groups.some(({ name }) => name === logGroupName))
      .filter(() => queryLanguage === "CWLI")
      .reverse();
    const until = from + maxResults;
    return {
      queries: found.slice(from, until).map(describe),
      ...(until < found.length ? { nextToken: Buffer.from(String(until)).toString("base64") } : {}),
    };
  },

  async ListLogGroupsForQuery({ queryId = "" }, context) {
    return { logGroupIdentifiers: requireQuery(context, queryId).groups.map(groupArn) };
  },
} satisfies Handlers<typeof sdk>;

/** Throws MalformedQueryException, which says where the query is wrong. */
function compiled(text: string, most: number, time: QueryTime): Query {
  try {
    return compileQuery(text, most, time);
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    const { message, start, end } = error;
    throw fault("MalformedQueryException", message, {
      queryCompileError: { location: { startCharOffset: start, endCharOffset: end }, message },
    });
  }
}

async function run(
  context: Context,
  known: Known,
  query: Query,
  scan: Parameters<typeof runQuery>[2],
): Promise<void> {
  try {
    const rows = await runQuery(context, query, scan, known.statistics, () => known.status === "Cancelled");
    known.results = rows.map((row) => query.show(row));
    if (known.status === "Running") known.status = "Complete";
  } catch (error) {
    known.status = error instanceof QueryTimeout ? "Timeout" : "Failed";
    if (!(error instanceof QueryTimeout)) context.log.error("a query of logs failed", { error });
  } finally {
    known.endedMs = Math.floor(context.clock.now());
  }
}

function describe(known: Known): sdk.QueryInfo {
  const { id, text, status, createdMs, endedMs, groups, statistics, user } = known;
  const [group, ...others] = groups;
  return {
    queryLanguage: "CWLI",
    queryId: id,
    queryString: text,
    status,
    createTime: createdMs,
    ...(group && others.length === 0 ? { logGroupName: group.name } : {}),
    ...(endedMs === undefined ? {} : { queryDuration: endedMs - createdMs }),
    bytesScanned: statistics.bytesScanned,
    userIdentity: user,
  };
}
