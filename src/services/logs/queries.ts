import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Store } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { badToken, fault, invalid, missing, notHere } from "./faults.ts";
import type { Source } from "./insights/ast.ts";
import { QueryProblem } from "./insights/problem.ts";
import { compileQuery, type Query } from "./insights/query.ts";
import { groupArn, identifiedGroup } from "./names.ts";
import { groupsOf as allGroups, type GroupRecord, readGroup } from "./records.ts";
import { QueryTimeout, runQuery, type Statistics } from "./running.ts";

const MOST_GROUPS = 50;
const DEFAULT_ROWS = 10_000;
const PAGE = 10_000;
/** Queries that are remembered, and the rows that came out of them. */
const MOST_KNOWN = 1_000;
const MOST_ROWS = 200_000;
const KEPT_MS = 7 * 86_400_000;
/** Later than this a time is in milliseconds: clients give both. */
const SECONDS_END = 100_000_000_000;

interface Known {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly text: string;
  readonly groups: readonly GroupRecord[];
  readonly createdMs: number;
  readonly user: string;
  readonly statistics: Statistics;
  status: "Running" | "Complete" | "Failed" | "Cancelled" | "Timeout";
  endedMs?: number;
  results: sdk.ResultField[][];
}

/** What was asked, in memory: a restart forgets it. */
const knownOf = new WeakMap<Store, Map<string, Known>>();

export const queries = {
  async StartQuery(input, context) {
    const { queryString = "", startTime = 0, endTime = 0, queryLanguage = "CWLI" } = input;
    if (queryLanguage !== "CWLI") throw notHere(`Queries in ${queryLanguage} are not part of this platform.`);
    const fromMs = startTime < SECONDS_END ? startTime * 1000 : startTime;
    // Both ends are included.
    const untilMs = endTime < SECONDS_END ? (endTime + 1) * 1000 : endTime + 1;
    if (startTime > endTime) throw invalid("The start time must not be later than the end time.");
    const query = compiled(queryString, input.limit ?? DEFAULT_ROWS, context.clock.now());
    const groups = await (query.source ? sourceGroups(context, query.source) : groupsOf(context, input));
    const groupsWithin = await Promise.all(
      query.subqueries.map(({ subquery }) => sourceGroups(context, subquery.source)),
    );
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
    void run(context, known, query, { groups, groupsWithin, fromMs, untilMs, nowMs: clock.now() });
    return { queryId: known.id };
  },

  async GetQueryResults({ queryId = "", nextToken, maxItems = PAGE }, context) {
    const known = require(context, queryId);
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
    const known = require(context, queryId);
    if (known.status !== "Running") {
      throw invalid(`Query is not in a stoppable state: ${known.status}`);
    }
    known.status = "Cancelled";
    return { success: true };
  },

  async DescribeQueries(input, { store, scope }) {
    const { logGroupName, status, maxResults = 1_000, nextToken, queryLanguage = "CWLI" } = input;
    const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64").toString());
    if (!Number.isInteger(from) || from < 0) throw badToken();
    const found = [...(knownOf.get(store)?.values() ?? [])]
      .filter(({ account, region }) => account === scope.account && region === scope.region)
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
    return { logGroupIdentifiers: require(context, queryId).groups.map(groupArn) };
  },
} satisfies Handlers<typeof sdk>;

/** Throws MalformedQueryException, which says where the query is wrong. */
function compiled(text: string, most: number, nowMs: number): Query {
  try {
    return compileQuery(text, most, nowMs);
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    const { message, start, end } = error;
    throw fault("MalformedQueryException", message, {
      queryCompileError: { location: { startCharOffset: start, endCharOffset: end }, message },
    });
  }
}

function groupsOf(
  { store, scope }: Context,
  input: sdk.StartQueryCommandInput,
): Promise<readonly GroupRecord[]> {
  const { logGroupName, logGroupNames, logGroupIdentifiers } = input;
  const given = [logGroupName === undefined ? undefined : [logGroupName], logGroupNames, logGroupIdentifiers];
  const [identifiers, ...others] = given.filter((one) => one !== undefined);
  if (!identifiers?.length || others.length > 0) {
    throw invalid(
      "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified in the request.",
    );
  }
  if (identifiers.length > MOST_GROUPS)
    throw invalid(`At most ${MOST_GROUPS} log groups can be queried at once.`);
  return namedGroups({ store, scope }, identifiers);
}

/** The groups that `SOURCE` says. */
async function sourceGroups(context: Context, source: Source): Promise<readonly GroupRecord[]> {
  if (source.kind === "names") return await namedGroups(context, source.names);
  const { prefixes = [""], classes, accounts } = source;
  const { store, scope } = context;
  if (accounts && !accounts.includes(scope.account)) return [];
  return await store.transact(async (tx) => {
    const groups: GroupRecord[] = [];
    for await (const group of allGroups(tx, scope, {})) {
      if (classes.includes(group.class) && prefixes.some((prefix) => group.name.startsWith(prefix)))
        groups.push(group);
    }
    return groups;
  });
}

async function namedGroups(
  { store, scope }: Pick<Context, "store" | "scope">,
  identifiers: readonly string[],
): Promise<readonly GroupRecord[]> {
  return await store.transact(async (tx) => {
    const groups: GroupRecord[] = [];
    for (const identifier of new Set(identifiers)) {
      const group = await readGroup(tx, identifiedGroup(scope, identifier));
      if (!group) {
        throw missing(`Log group '${identifier}' does not exist for account ID '${scope.account}'`);
      }
      groups.push(group);
    }
    return groups;
  });
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

function remember(store: Store, known: Known): void {
  const all = knownOf.get(store) ?? new Map<string, Known>();
  knownOf.set(store, all);
  let rows = 0;
  for (const { results } of all.values()) rows += results.length;
  // The oldest come first.
  for (const [id, { createdMs, results }] of all) {
    const isOld = createdMs < known.createdMs - KEPT_MS;
    if (all.size < MOST_KNOWN && rows < MOST_ROWS && !isOld) break;
    rows -= results.length;
    all.delete(id);
  }
  all.set(known.id, known);
}

function require({ store, scope }: Context, id: string): Known {
  const known = knownOf.get(store)?.get(id);
  if (known?.account !== scope.account || known.region !== scope.region) {
    throw missing("The specified query does not exist.");
  }
  return known;
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
