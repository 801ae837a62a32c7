// The same numbers as the database gives, counted in this process' memory.
import type { Span } from "../../kernel/telemetry.ts";
import type { KeptEvent, Numbered } from "../model.ts";
import { failureOf } from "./failure.ts";
import type { Issue, IssueQuery } from "./model.ts";

interface One {
  readonly key: string;
  readonly failed: boolean;
}

/** Issues of the attempts given, the one seen last first. */
export function countIssues(
  attempts: readonly Numbered<KeptEvent>[],
  spans: readonly Numbered<Span>[],
  query: IssueQuery,
): Issue[] {
  const last = new Map<string, boolean>();
  for (const { record } of attempts) for (const { key, failed } of eachOf(record)) last.set(key, failed);
  const givenUp = new Set(
    spans.flatMap(({ record: { kind, status, attributes, requestId } }) =>
      kind === "queue" && status === "fault" && attributes.outcome !== "refused" ? [requestId] : [],
    ),
  );
  const byIssue = new Map<string, KeptEvent[]>();
  for (const { record } of attempts) {
    const id = failureOf(record)?.issue;
    if (id !== undefined) byIssue.set(id, [...(byIssue.get(id) ?? []), record]);
  }
  return [...byIssue]
    .map(([id, records]) => {
      const failures = records.map(failureOf);
      const [first] = records;
      const struck = new Map(
        records.flatMap((record) =>
          eachOf(record).flatMap(({ key, failed }) => (failed ? [[key, record] as const] : [])),
        ),
      );
      const isLost = ([key, { source, requestId }]: readonly [string, KeptEvent]) =>
        last.get(key) === true && (source === "invoke" || givenUp.has(requestId));
      const times = records.map(({ timeMs }) => timeMs);
      return {
        id,
        class: failures[0]?.class ?? "handler",
        title: failures.at(-1)?.title ?? "",
        functionName: first?.functionName ?? "",
        functionArn: first?.functionArn ?? "",
        events: struck.size,
        attempts: records.length,
        recovered: [...struck.keys()].filter((key) => last.get(key) === false).length,
        failedForGood: [...struck].filter(isLost).length,
        firstMs: Math.min(...times),
        lastMs: Math.max(...times),
        versions: [...new Set(records.map(({ version }) => version))].sort(),
      };
    })
    .filter((issue) => isAsked(query, issue))
    .sort((one, other) => other.lastMs - one.lastMs);
}

function eachOf({ functionArn, sourceArn = "", items, requestId, failed }: KeptEvent): One[] {
  return (items ?? requestId).split(" ").map((item) => ({
    key: `${functionArn} ${sourceArn} ${item.replace("!", "")}`,
    failed: failed || item.startsWith("!"),
  }));
}

function isAsked({ id, functionName, class: kind, sinceMs }: IssueQuery, issue: Issue): boolean {
  return (
    (id === undefined || issue.id.startsWith(id)) &&
    (functionName === undefined || issue.functionName === functionName) &&
    (kind === undefined || issue.class === kind) &&
    (sinceMs === undefined || issue.lastMs >= sinceMs)
  );
}
