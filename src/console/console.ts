import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import { Fault } from "../kernel/faults.ts";
import type { Scope } from "../kernel/scope.ts";
import type { LogQuery, TraceQuery } from "../observe/model.ts";
import type { Observe } from "../observe/observe.ts";
import { groupOf } from "../observe/records.ts";
import { type ChaosRules, chaosAdd, chaosList, chaosRemove } from "./chaos.ts";
import { concurrencyPage, type FunctionAnswers } from "./concurrency.ts";
import type { Decisions } from "./decisions.ts";
import { type Deliveries, loopsPage, replayPage, throttlesPage } from "./deliveries.ts";
import { decideError, errorPage, errorsPage } from "./errors.ts";
import { evictionsPage } from "./evictions.ts";
import { mapPage } from "./map/map.ts";
import { otlpPage } from "./otlp.ts";
import { answerLetter, type Letters, outboxPage } from "./outbox.ts";
import { allowOnly, flagOf, momentOf, textOf, wholeOf } from "./parameters.ts";
import { type Exposed, prometheusPage } from "./prometheus.ts";
import {
  decisionPage,
  quarantinePage,
  replayAsidePage,
  type StreamsAnswers,
  streamsPage,
} from "./streams.ts";
import { type TableReports, tablePage } from "./table.ts";
import { warningsPage } from "./warnings/warnings.ts";

export interface ConsoleOptions {
  readonly observe: Observe;
  /** Relative times are counted back from it. */
  readonly clock: Clock;
  /** Whose tables a request means that names no region or account. */
  readonly defaults: Scope;
  readonly tables: TableReports;
  readonly chaos: ChaosRules;
  readonly letters: Letters;
  readonly streams: StreamsAnswers;
  readonly deliveries: Deliveries;
  readonly decisions: Decisions;
  readonly functions: FunctionAnswers;
  readonly exposed: Exposed;
}

/** Answers a path below `/_nuage/`, or undefined for one that is not the console's. */
export type Console = (request: AdminRequest) => Promise<AdminResponse | undefined>;

const LINES = { least: 0, most: 10_000 };
const TRACES = { least: 1, most: 1_000 };
const PLACES = { least: 0, most: Number.MAX_SAFE_INTEGER };
const TRACE_PARAMETERS = ["since", "until", "function", "failed", "limit"];
const LOG_PARAMETERS = [
  ...["function", "group", "since", "until", "filter", "requestId", "traceId"],
  ...["limit", "order", "follow", "after"],
];

/**
 * The JSON API of the console and the CLI:
 * - `GET /_nuage/traces`: a TraceList, by since, until, function, failed, limit
 * - `GET /_nuage/traces/{id}`: a TraceView; the id as in Observe.trace, `latest` for the latest
 * - `GET /_nuage/logs`: a LogPage, by function, group, since, until, filter, requestId, traceId, limit
 *   (1,000), order (latest or oldest) and after (a line's seq); with `follow=1` StoredLines, one a line
 * - `GET /_nuage/tables/{name}`: a TableReport, by region and account
 * - `GET /_nuage/errors`: an IssueListView, by since, function, class, state, limit (50)
 * - `GET /_nuage/errors/{id}`: an IssueDetailView; `POST` decides about it, by decision (resolve, ignore,
 *   reopen)
 * - `POST /_nuage/otlp/v1/traces`: takes spans of OpenTelemetry
 * - `GET /_nuage/concurrency`: a ConcurrencyView, by since, until, function, buckets; with at an InstantView
 * - `GET /_nuage/warnings`: a WarningList, by since and function
 * - `GET /_nuage/map`: a MapView, by since and until
 * - `GET /_nuage/metrics`: all numbers as Prometheus reads them
 * - `GET /_nuage/evictions`: what is no longer kept, by kind and group: an EvictionList
 * - `GET /_nuage/throttles`: a ThrottleReport, by since and function
 * - `GET /_nuage/loops`: a LoopList, by since and function
 * - `POST /_nuage/replay`: sends kept events again: Replayed documents, one a line
 * - `GET /_nuage/outbox`: LetterViews of what nobody was sent, by to, protocol, since, limit (100); `POST`
 *   confirms the subscription that a letter asks to confirm, by letter
 * - `GET /_nuage/chaos`: the rules of faults on purpose; `POST` adds one, `DELETE` removes one by id, or all
 * - `GET /_nuage/streams`: MappingReports, by mapping; `POST` decides about what blocks, by mapping, decision
 *   (retry, quarantine, skip) and shard
 * - `GET /_nuage/quarantine`: records that were set aside, by mapping; `POST` delivers them again
 *
 * A parameter it cannot read answers 400 with a message, an unknown trace 404.
 */
export function createConsole(options: ConsoleOptions): Console {
  return async (request) => {
    const page = pageOf(request.path);
    if (!page) return undefined;
    const method = request.method === "HEAD" ? "GET" : request.method;
    const answer = page[method as keyof Page];
    if (!answer) {
      const known = Object.keys(page).join(" and ");
      return { status: 405, json: { message: `${request.path} answers ${known} only.` } };
    }
    try {
      return await answer(options, request);
    } catch (error) {
      if (error instanceof Fault) return { status: error.status, json: { message: error.message } };
      throw error;
    }
  };
}

type Answer = (options: ConsoleOptions, request: AdminRequest) => Promise<AdminResponse>;

/** What an address answers, by method. */
type Page = { readonly [Method in "GET" | "POST" | "DELETE"]?: Answer };

function pageOf(path: string): Page | undefined {
  const [, root, noun, id, ...rest] = path.split("/");
  if (root !== "_nuage") return undefined;
  if (noun === "otlp" && id === "v1" && rest.length === 1) {
    return { POST: async (options, request) => otlpPage(options, request, rest[0] ?? "") };
  }
  if (rest.length > 0) return undefined;
  if (noun === "logs" && id === undefined) return { GET: logsPage };
  if (noun === "tables" && id) {
    return { GET: ({ tables, defaults }, request) => tablePage(tables, defaults, request, id) };
  }
  if (noun === "errors" && id) {
    return {
      GET: (options) => errorPage(options, id),
      POST: (options, request) => decideError(options, request, id),
    };
  }
  if (id === undefined && Object.hasOwn(PAGES, noun ?? "")) return PAGES[noun ?? ""];
  if (noun !== "traces") return undefined;
  return { GET: id ? (options, request) => tracePage(options, request, id) : tracesPage };
}

const PAGES: Readonly<Record<string, Page>> = {
  chaos: {
    GET: async ({ chaos }, request) => chaosList(chaos, request),
    POST: async ({ chaos }, request) => chaosAdd(chaos, request),
    DELETE: async ({ chaos }, request) => chaosRemove(chaos, request),
  },
  outbox: {
    GET: async ({ letters, clock }, request) => outboxPage(letters, request, clock.now()),
    POST: async ({ letters, defaults }, request) => answerLetter(letters, defaults, request),
  },
  streams: {
    GET: async ({ streams }, request) => streamsPage(streams, request),
    POST: async ({ streams }, request) => decisionPage(streams, request),
  },
  quarantine: {
    GET: async ({ streams }, request) => quarantinePage(streams, request),
    POST: async ({ streams }, request) => replayAsidePage(streams, request),
  },
  errors: { GET: errorsPage },
  evictions: { GET: evictionsPage },
  concurrency: { GET: concurrencyPage },
  warnings: { GET: warningsPage },
  map: { GET: mapPage },
  metrics: { GET: async ({ exposed }, request) => prometheusPage(exposed, request) },
  throttles: { GET: throttlesPage },
  loops: { GET: loopsPage },
  replay: { POST: replayPage },
};

async function tracesPage(
  { observe, clock }: ConsoleOptions,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, TRACE_PARAMETERS);
  const nowMs = clock.now();
  const asked: TraceQuery = {
    ...present("sinceMs", momentOf(query, "since", nowMs)),
    ...present("untilMs", momentOf(query, "until", nowMs)),
    ...present("functionName", textOf(query, "function")),
    ...present("limit", wholeOf(query, "limit", TRACES)),
    failed: flagOf(query, "failed"),
  };
  return { status: 200, json: await observe.traces(asked) };
}

async function tracePage(options: ConsoleOptions, request: AdminRequest, id: string): Promise<AdminResponse> {
  allowOnly(request.query, []);
  const trace = await options.observe.trace(id === "latest" ? undefined : decode(id));
  if (trace) return { status: 200, json: trace };
  const message =
    id === "latest" ? "Nothing has been traced yet." : `No trace or request begins with "${id}".`;
  return { status: 404, json: { message } };
}

async function logsPage({ observe, clock }: ConsoleOptions, request: AdminRequest): Promise<AdminResponse> {
  const { query, signal } = request;
  allowOnly(query, LOG_PARAMETERS);
  const nowMs = clock.now();
  const order = textOf(query, "order") ?? "latest";
  if (order !== "latest" && order !== "oldest") {
    throw new Fault("BadParameter", `"order" must be latest or oldest, not "${order}".`);
  }
  const asked: LogQuery = {
    groups: [...query.getAll("function").map(groupOf), ...query.getAll("group")],
    order,
    ...present("sinceMs", momentOf(query, "since", nowMs)),
    ...present("untilMs", momentOf(query, "until", nowMs)),
    ...present("filter", textOf(query, "filter")),
    ...present("requestId", textOf(query, "requestId")),
    ...present("traceId", textOf(query, "traceId")),
    ...present("limit", wholeOf(query, "limit", LINES)),
    ...present("afterSeq", wholeOf(query, "after", PLACES)),
  };
  if (flagOf(query, "follow")) return { status: 200, lines: observe.follow(asked, signal) };
  return { status: 200, json: await observe.logs(asked) };
}

function present<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V });
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    throw new Fault("BadParameter", `"${id}" is not a trace id.`);
  }
}
