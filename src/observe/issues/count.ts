// The same numbers as the database gives, counted in this process' memory.
import type { LogLine, Span } from "../../kernel/telemetry.ts";
import type { KeptEvent, Numbered } from "../model.ts";
import type { Issue, IssueQuery } from "./model.ts";
import { endingsOf, type Strike, strikesOfEvent, strikesOfLine, strikesOfSpan } from "./strikes.ts";

interface Records {
  readonly events: readonly Numbered<KeptEvent>[];
  readonly spans: readonly Numbered<Span>[];
  readonly lines: readonly Numbered<LogLine>[];
}

/** What was struck, in the order of recording, without what is a part of another failure. */
export function strikesIn({ events, spans, lines }: Records): Strike[] {
  const attempts = events.flatMap(strikesOfEvent);
  const failed = new Set(attempts.map(({ requestId }) => requestId));
  const failedSpans = new Set(
    spans.flatMap(({ record: { kind, status, spanId } }) =>
      kind === "invoke" && status !== "ok" ? [spanId] : [],
    ),
  );
  const logged = lines.flatMap(strikesOfLine).filter(({ requestId }) => !failed.has(requestId));
  const told = spans.flatMap(strikesOfSpan).filter(({ parentId = "" }) => !failedSpans.has(parentId));
  return [...attempts, ...logged, ...told].sort((one, other) => one.seq - other.seq);
}

/** Issues of the records given, the one seen last first. */
export function countIssues(records: Records, query: IssueQuery): Issue[] {
  const last = new Map<string, boolean>();
  for (const { record } of records.events) {
    const { functionName, items, requestId, failed } = record;
    for (const item of (items ?? requestId).split(" "))
      last.set(`${functionName} ${item.replace("!", "")}`, failed || item.startsWith("!"));
  }
  const endings = records.spans.flatMap(endingsOf);
  const lost = new Set(endings.flatMap(({ id, isLost }) => (isLost ? [id] : [])));
  const done = new Set(endings.flatMap(({ id, isLost }) => (isLost ? [] : [id])));
  const byIssue = new Map<string, Strike[]>();
  for (const strike of strikesIn(records)) {
    const known = byIssue.get(strike.issue);
    if (known) known.push(strike);
    else byIssue.set(strike.issue, [strike]);
  }
  const isDone = ({ functionName, id }: Strike) => {
    const isFailed = last.get(`${functionName} ${id}`);
    return isFailed === undefined ? done.has(id) : !isFailed;
  };
  const isOver = (strike: Strike) => strike.isFinal || lost.has(strike.id) || lost.has(strike.requestId);
  return [...byIssue.values()]
    .map((strikes) => issueOf(strikes, isDone, isOver))
    .filter((issue) => isAsked(query, issue))
    .sort((one, other) => other.lastMs - one.lastMs);
}

function issueOf(
  strikes: readonly Strike[],
  isDone: (strike: Strike) => boolean,
  isOver: (strike: Strike) => boolean,
): Issue {
  const latest = strikes.at(-1) as Strike;
  const { issue, class: kind, title, functionName, account, region } = latest;
  const distinct = (of: (strike: Strike) => string | number | undefined) =>
    new Set(strikes.map(of).filter((value) => value !== undefined));
  const recovered = new Set(strikes.filter(isDone).map(({ id }) => id));
  const over = new Set(strikes.filter((strike) => isOver(strike) && !isDone(strike)).map(({ id }) => id));
  const times = strikes.map(({ timeMs }) => timeMs);
  return {
    ...{ id: issue, class: kind, title, functionName, account, region },
    events: distinct(({ id }) => id).size,
    attempts: distinct(({ seq }) => seq).size,
    recovered: recovered.size,
    failedForGood: over.size,
    firstMs: Math.min(...times),
    lastMs: Math.max(...times),
    versions: [...distinct(({ version }) => version)].map(String).sort(),
    environments: distinct(({ environment }) => environment).size,
  };
}

function isAsked({ id, functionName, class: kind, sinceMs }: IssueQuery, issue: Issue): boolean {
  return (
    (id === undefined || issue.id.startsWith(id)) &&
    (functionName === undefined || issue.functionName === functionName) &&
    (kind === undefined || issue.class === kind) &&
    (sinceMs === undefined || issue.lastMs >= sinceMs)
  );
}
