import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import { Fault } from "../kernel/faults.ts";
import type { Issue, IssueDetail, IssueList } from "../observe/issues/model.ts";
import type { StoredLine } from "../observe/model.ts";
import type { Observe } from "../observe/observe.ts";
import type { Decision, Decisions, IssueState } from "./decisions.ts";
import { allowOnly, momentOf, textOf, wholeOf } from "./parameters.ts";

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
  readonly observe: Pick<Observe, "issues" | "issue" | "logs">;
  readonly decisions: Decisions;
  readonly clock: Clock;
}

const ISSUES = { least: 1, most: 1_000 };
const STATES = ["new", "regressed", "resolved", "ignored"];
const LINES = 50;

/** `GET /_nuage/errors`: an IssueListView, by since, function, class, state and limit (50). */
export async function errorsPage(
  { observe, decisions, clock }: Options,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, ["since", "function", "class", "state", "limit"]);
  const state = textOf(query, "state");
  if (state !== undefined && !STATES.includes(state)) {
    throw new Fault("BadParameter", `"state" is one of ${STATES.join(", ")}.`, { status: 400 });
  }
  const sinceMs = momentOf(query, "since", clock.now());
  const functionName = textOf(query, "function");
  const kind = textOf(query, "class");
  const list = await observe.issues({
    limit: wholeOf(query, "limit", ISSUES) ?? 50,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(functionName === undefined ? {} : { functionName }),
    ...(kind === undefined ? {} : { class: kind }),
  });
  const views = await Promise.all(list.issues.map((issue) => viewOf(decisions, issue)));
  const issues = views.filter((issue) => state === undefined || issue.state === state);
  return { status: 200, json: { ...list, issues } satisfies IssueListView };
}

/** `GET /_nuage/errors/{id}`: an IssueDetailView; the id may be the beginning of one. */
export async function errorPage({ observe, decisions }: Options, id: string): Promise<AdminResponse> {
  const found = await find(observe, id);
  const { requestId } = found.sample;
  const { lines } = await observe.logs({ requestId, order: "latest", limit: LINES });
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
