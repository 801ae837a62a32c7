import type { LineStream } from "../kernel/lines.ts";
import type { Span, Usage } from "../kernel/telemetry.ts";
import type { SpanQuery } from "../kernel/traces.ts";
import type { Analysis, AnalysisResult } from "./analysis/model.ts";
import { analyse } from "./analysis/rows.ts";
import { Conditions } from "./conditions.ts";
import {
  type Columns,
  Database,
  type DatabaseOptions,
  firstLine,
  isDamage,
  type Row,
  setAside,
} from "./duckdb.ts";
import { selectEvents, writeEvent } from "./event-rows.ts";
import { weighEvent } from "./events.ts";
import { detailOf } from "./issues/detail.ts";
import type { IssueDetail, IssueList, IssueQuery } from "./issues/model.ts";
import { selectIssues, selectSeen, selectTries, writeEnding, writeStrike } from "./issues/rows.ts";
import { endingsOf, type Strike, strikesOfEvent, strikesOfLine, strikesOfSpan } from "./issues/strikes.ts";
import { selectLines, selectStreams, WHOLE_ID, writeLine } from "./line-rows.ts";
import {
  type EventPage,
  type EventQuery,
  type Limits,
  type LogPage,
  type LogQuery,
  type Numbered,
  type StreamQuery,
  TRACE_ANSWER,
  type TraceDetail,
  type TraceList,
  type TraceQuery,
} from "./model.ts";
import type { Batch, Eviction, Keeper, RecordKind } from "./records.ts";
import { retain } from "./retain.ts";
import { TABLE_NAMES, traceKey } from "./schema.ts";
import { spansOf, writeSpan } from "./span-rows.ts";
import { summarise } from "./summary.ts";

export interface DatabaseKeeperOptions extends DatabaseOptions {
  readonly fileLimits: Limits;
  readonly memoryLimits: Limits;
}

/** Retention looks at the tables once in so many records, or once events have grown by this share. */
const RETAIN_EVERY = 20_000;
const RETAIN_GROWTH = 0.1;

/** Keeps telemetry in the embedded database. Calls must not overlap. */
export class DatabaseKeeper implements Keeper {
  #database: Database;
  readonly #options: DatabaseKeeperOptions;
  #sinceRetention = 0;
  #eventBytes = 0;

  private constructor(database: Database, options: DatabaseKeeperOptions) {
    this.#database = database;
    this.#options = options;
  }

  static async open(options: DatabaseKeeperOptions): Promise<DatabaseKeeper> {
    return new DatabaseKeeper(await Database.open(options), options);
  }

  append(batch: Batch): Promise<void> {
    return this.#withRecovery(async (database) => {
      await database.transact(async () => {
        await database.append("spans", batch.spans, writeSpan);
        await database.append("lines", batch.lines, writeLine);
        await database.append("usages", batch.usages, writeUsage);
        await database.append("events", batch.events, writeEvent);
        await database.append("strikes", strikesOf(batch), writeStrike);
        await database.append("endings", batch.spans.flatMap(endingsOf), writeEnding);
        await database.append("evictions", batch.evicted, (to, { kind, group, count }) => {
          to.text(kind);
          to.text(group);
          to.number(count);
        });
      });
      this.#sinceRetention += batch.spans.length + batch.lines.length + batch.usages.length;
      this.#sinceRetention += batch.events.length;
      for (const { record } of batch.events) this.#eventBytes += weighEvent(record);
      const { fileLimits, memoryLimits } = this.#options;
      const limits = database.inMemory ? memoryLimits : fileLimits;
      const grown = this.#eventBytes >= limits.eventBytes * RETAIN_GROWTH;
      if (this.#sinceRetention < RETAIN_EVERY && !grown) return;
      this.#sinceRetention = 0;
      this.#eventBytes = 0;
      await retain(database, limits);
    });
  }

  traces(query: TraceQuery): Promise<TraceList> {
    return this.#withRecovery(async (database) => {
      const limit = query.limit ?? 20;
      const where = new Conditions();
      where.add("began >= ?", query.sinceMs);
      where.add("began < ?", query.untilMs);
      where.add("list_contains(functions, ?)", query.functionName);
      if (query.failed) where.fixed("failed");
      if (query.stopped) where.fixed("stopped");
      const functions = query.functionName === undefined ? "" : `, ${FUNCTIONS} AS functions`;
      const failed = query.failed ? ", bool_or(status <> 'ok') AS failed" : "";
      const stopped = query.stopped ? ", bool_or(kind = 'stopped') AS stopped" : "";
      const found = await database.rows(
        `SELECT trace_key FROM (
           SELECT trace_key, min(start_ms) AS began${functions}${failed}${stopped}
           FROM spans GROUP BY trace_key
         ) ${where.text} ORDER BY began DESC LIMIT ${limit + 1}`,
        where.values,
      );
      const keys = found.slice(0, limit).map((row) => Number(row.trace_key));
      const traces = await spansOf(database, keys);
      return {
        traces: traces.map(summarise).sort((a, b) => b.startMs - a.startMs),
        more: found.length > limit,
        evicted: await evicted(database, "span"),
      };
    });
  }

  trace(id: string | undefined): Promise<TraceDetail | undefined> {
    return this.#withRecovery(async (database) => {
      const found = await findTraces(database, id);
      const traceId = found[0]?.trace_id;
      if (typeof traceId !== "string") return undefined;
      const spans = (await spansOf(database, [traceKey(traceId)])).find(([span]) => span.traceId === traceId);
      if (!spans) return undefined;
      const { lines, more } = await selectLines(database, {
        traceId,
        order: "oldest",
        limit: TRACE_ANSWER.lines,
      });
      return {
        summary: summarise(spans),
        spans: spans.toSorted((a, b) => a.startMs - b.startMs).slice(0, TRACE_ANSWER.spans),
        lines,
        matches: id === undefined ? 1 : Number(found[0]?.matches),
        truncated: more || spans.length > TRACE_ANSWER.spans,
        evicted: await evicted(database, "span"),
      };
    });
  }

  logs(query: LogQuery): Promise<LogPage> {
    return this.#withRecovery(async (database) => ({
      ...(await selectLines(database, query)),
      evicted: await evicted(database, "line", query.groups),
    }));
  }

  streams(query: StreamQuery): Promise<LineStream[]> {
    return this.#withRecovery((database) => selectStreams(database, query));
  }

  events(query: EventQuery): Promise<EventPage> {
    return this.#withRecovery(async (database) => ({
      ...(await selectEvents(database, query)),
      evicted: await evicted(database, "event"),
    }));
  }

  spans({ traceIds, sinceMs, untilMs, limit }: SpanQuery): Promise<[Span, ...Span[]][]> {
    return this.#withRecovery(async (database) => {
      const named = new Conditions();
      if (traceIds) named.anyOf("trace_key", traceIds.map(traceKey));
      const where = new Conditions();
      where.values.push(...named.values);
      where.add("began >= ?", sinceMs);
      where.add("began < ?", untilMs);
      const found = await database.rows(
        `SELECT trace_key FROM (
           SELECT trace_key, min(start_ms) AS began FROM spans ${named.text} GROUP BY trace_key
         ) ${where.text} ORDER BY began DESC LIMIT ${limit}`,
        where.values,
      );
      const traces = await spansOf(
        database,
        found.map((row) => Number(row.trace_key)),
      );
      return traces
        .filter(([{ traceId }]) => !traceIds || traceIds.includes(traceId))
        .map((spans) => spans.sort((one, other) => one.startMs - other.startMs))
        .sort(([one], [other]) => other.startMs - one.startMs);
    });
  }

  issues(query: IssueQuery): Promise<IssueList> {
    return this.#withRecovery(async (database) => {
      const found = await selectIssues(database, query);
      const limit = query.limit ?? 50;
      return {
        issues: found.slice(0, limit),
        more: found.length > limit,
        evicted: await evicted(database, "event"),
      };
    });
  }

  issue(id: string): Promise<IssueDetail | undefined> {
    return this.#withRecovery(async (database) => {
      const [issue] = await selectIssues(database, { id, limit: 1 });
      const seen = issue && (await selectSeen(database, issue.id));
      if (!seen) return undefined;
      return detailOf(issue, seen, seen.sample ? await selectTries(database, seen.sample) : []);
    });
  }

  analyse<What extends Analysis["what"]>(analysis: Extract<Analysis, { what: What }>) {
    return this.#withRecovery((database) => analyse(database, analysis)) as Promise<AnalysisResult[What]>;
  }

  evictions(): Promise<Eviction[]> {
    return this.#withRecovery(async (database) => {
      const rows = await database.rows(
        `SELECT kind, name AS "group", sum(records)::DOUBLE AS count FROM evictions
         GROUP BY kind, name ORDER BY count DESC, kind, name`,
      );
      return rows as unknown as Eviction[];
    });
  }

  clear(): Promise<void> {
    return this.#withRecovery(async (database) => {
      await database.transact(async () => {
        for (const table of TABLE_NAMES) await database.rows(`TRUNCATE ${table}`);
      });
    });
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** Damage that shows only now sets the file aside; the work is then done on a new one. */
  async #withRecovery<T>(work: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await work(this.#database);
    } catch (error) {
      const { file } = this.#options;
      if (!isDamage(error) || file === undefined || this.#database.inMemory) throw error;
      this.#database.close();
      setAside(file, this.#options, firstLine(error));
      this.#database = await Database.open(this.#options);
      return work(this.#database);
    }
  }
}

/** The latest of the traces that the id may mean, and how many there are. */
async function findTraces(database: Database, id: string | undefined): Promise<Row[]> {
  const latest = "GROUP BY trace_key ORDER BY min(start_ms) DESC LIMIT 1";
  const select = "SELECT any_value(trace_id) AS trace_id, count(*) OVER () AS matches FROM spans";
  if (id === undefined) return database.rows(`${select} ${latest}`);
  if (WHOLE_ID.test(id)) {
    return database.rows(`${select} WHERE trace_key = $1 AND trace_id = $2 ${latest}`, [traceKey(id), id]);
  }
  const where = "starts_with(trace_id, $1) OR starts_with(request_id, $1)";
  return database.rows(`${select} WHERE ${where} ${latest}`, [id]);
}

const FUNCTIONS = "list(DISTINCT name) FILTER (kind IN ('invoke', 'stopped'))";

async function evicted(database: Database, kind: RecordKind, groups?: readonly string[]): Promise<number> {
  const where = new Conditions();
  where.add("kind = ?", kind);
  if (groups?.length) where.anyOf("name", groups);
  const [row] = await database.rows(
    `SELECT sum(records) AS total FROM evictions ${where.text}`,
    where.values,
  );
  return Number(row?.total ?? 0);
}

function strikesOf({ events, spans, lines }: Batch): Strike[] {
  return [
    ...events.flatMap(strikesOfEvent),
    ...spans.flatMap(strikesOfSpan),
    ...lines.flatMap(strikesOfLine),
  ];
}

function writeUsage(to: Columns, { seq, record }: Numbered<Usage>): void {
  to.whole(seq);
  to.number(record.timeMs);
  to.text(record.account);
  to.text(record.region);
  to.text(record.unit);
  to.number(record.quantity);
  to.text(record.resource);
  to.text(record.cause);
}
