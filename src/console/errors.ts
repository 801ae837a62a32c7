import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import { Fault } from "../kernel/faults.ts";
import type { Issue, IssueDetail, IssueList, IssueQuery } from "../observe/issues/model.ts";
import type { StoredLine } from "../observe/model.ts";
import type { Observe } from "../observe/observe.ts";
import type { Decision, Decisions, IssueState } from "./decisions.ts";
import { allowOnly, flagOf, momentOf, textOf, wholeOf } from "./parameters.ts";

export type IssueView = Issue & { readonly state: IssueState };

/** Issues with what was decided of them. */
export interface IssueListView extends Omit<IssueList, "issues"> {
  readonly issues: readonly IssueView[];
}

/** One issue with all that helps to understand it. */
export interface IssueDetailView extends Omit<IssueDetail, "issue"> {
  readonly issue: IssueView;
  /** What the sample's attempt wrote, the oldest first. */
  readonly lines: readonly StoredLine[];
}

interface Options {
  readonly observe: Pick<Observe, "issues" | "issue" | "logs" | "failure">;
  readonly decisions: Decisions;
  readonly clock: Clock;
}

const ISSUES = { least: 1, most: 1_000 };
const STATES = ["new", "regressed", "resolved", "ignored"];
const LINES = 50;
const PARAMETERS = ["since", "function", "class", "state", "limit", "follow"];

/**
 * `GET /_nuage/errors`: an IssueListView, by since, function, class, state and limit (50); with follow
 * IssueViews, one a line: those there are, the oldest first, then each as often as it is seen again.
 */
export async function errorsPage(options: Options, request: AdminRequest): Promise<AdminResponse> {
  const { query, signal } = request;
  allowOnly(query, PARAMETERS);
  const state = textOf(query, "state");
  if (state !== undefined && !STATES.includes(state)) {
    throw new Fault("BadParameter", `"state" is one of ${STATES.join(", ")}.`, { status: 400 });
  }
  const sinceMs = momentOf(query, "since", options.clock.now());
  const functionName = textOf(query, "function");
  const kind = textOf(query, "class");
  const asked: Asked = {
    limit: wholeOf(query, "limit", ISSUES) ?? 50,
    ...(state === undefined ? {} : { state }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(functionName === undefined ? {} : { functionName }),
    ...(kind === undefined ? {} : { class: kind }),
  };
  if (flagOf(query, "follow")) return { status: 200, lines: follow(options, asked, signal) };
  return { status: 200, json: await listIssues(options, asked) };
}

type Asked = IssueQuery & { readonly limit: number; readonly state?: string };

async function listIssues(
  { observe, decisions }: Options,
  { state, limit, ...query }: Asked,
): Promise<IssueListView> {
  // What was decided is not known where issues are counted: of a state, all are looked through.
  const list = await observe.issues({ ...query, limit: state === undefined ? limit : ISSUES.most });
  const views = await Promise.all(list.issues.map((issue) => viewOf(decisions, issue)));
  const issues = views.filter((issue) => state === undefined || issue.state === state);
  return { ...list, issues: issues.slice(0, limit), more: list.more || issues.length > limit };
}

async function* follow(options: Options, asked: Asked, signal: AbortSignal): AsyncGenerator<IssueView> {
  const told = new Map<string, number>();
  while (!signal.aborted) {
    const failure = options.observe.failure(signal);
    const { issues } = await listIssues(options, asked);
    for (const issue of issues.toReversed()) {
      if (told.get(issue.id) === issue.attempts) continue;
      told.set(issue.id, issue.attempts);
      yield issue;
    }
    await failure;
  }
}

/** `GET /_nuage/errors/{id}`: an IssueDetailView; the id may be the beginning of one. */
export async function errorPage({ observe, decisions }: Options, id: string): Promise<AdminResponse> {
  const found = await find(observe, id);
  const { requestId } = found.last;
  const { lines } =
    requestId === "" ? { lines: [] } : await observe.logs({ requestId, order: "latest", limit: LINES });
  const issue = await viewOf(decisions, found.issue);
  return { status: 200, json: { ...found, issue, lines: lines.toReversed() } satisfies IssueDetailView };
}

const DECISIONS: Readonly<Record<string, Decision | undefined>> = {
  resolve: "resolved",
  ignore: "ignored",
  reopen: undefined,
};

/** `POST /_nuage/errors/{id}`: decides about it, by decision: resolve, ignore or reopen. */
export async function decideError(
  { observe, decisions }: Options,
  { query }: AdminRequest,
  id: string,
): Promise<AdminResponse> {
  allowOnly(query, ["decision"]);
  const decision = textOf(query, "decision") ?? "";
  if (!Object.hasOwn(DECISIONS, decision)) {
    throw new Fault("BadParameter", '"decision" is resolve, ignore or reopen.', { status: 400 });
  }
  const { issue } = await find(observe, id);
  await decisions.decide(issue.id, DECISIONS[decision]);
  return { status: 200, json: await viewOf(decisions, issue) };
}

async function find(observe: Options["observe"], id: string): Promise<IssueDetail> {
  const found = await observe.issue(id);
  if (!found) throw new Fault("UnknownError", `There is no error ${id}.`, { status: 404 });
  return found;
}

async function viewOf(decisions: Decisions, issue: Issue): Promise<IssueView> {
  return { ...issue, state: await decisions.stateOf(issue) };
}
