// What a report says, whatever it is written as. Pure.
import type { ConcurrencyView } from "../../console/concurrency.ts";
import type { IssueDetailView, IssueView } from "../../console/errors.ts";
import type { Warning } from "../../console/warnings/rules.ts";

export interface Report {
  readonly title: string;
  /** Epoch milliseconds of the platform's clock. */
  readonly atMs: number;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

export interface Entry {
  /** A function, stream or table. */
  readonly subject: string;
  /** What was looked at, without figures: the same in every run. */
  readonly name: string;
  readonly title: string;
  /** noted: worth a look, and no reason to stop. */
  readonly result: (typeof RESULTS)[number];
  /** What to do, or how it came about. */
  readonly text: string;
  /** Stack and event, line by line. */
  readonly details: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export interface Findings {
  readonly errors: readonly IssueView[];
  readonly details: readonly IssueDetailView[];
  readonly warnings: readonly Warning[];
  readonly concurrency: ConcurrencyView;
}

export function contentOf(title: string, atMs: number, findings: Findings): Report {
  const { errors, details, warnings, concurrency } = findings;
  const functions = concurrency.functions.map((each) => ofFunction(each, errors));
  return {
    title,
    atMs,
    sections: [
      { title: "Errors", entries: worstFirst(errors.map((each) => ofError(each, details))) },
      { title: "Warnings", entries: worstFirst(warnings.map(ofWarning)) },
      { title: "Functions", entries: worstFirst(functions) },
      { title: "Concurrency", entries: [ofPeak(concurrency)] },
    ],
  };
}

/** What stops somebody, then what is worth a look: what is well is read last. */
export const RESULTS = ["failed", "noted", "ok"] as const;

const worstFirst = (entries: readonly Entry[]): Entry[] =>
  entries.toSorted((one, other) => RESULTS.indexOf(one.result) - RESULTS.indexOf(other.result));

const number = (value: number): string => value.toLocaleString("en");

/** `2026-11-27 23:37:39`, in universal time. */
export const momentText = (timeMs: number): string =>
  new Date(timeMs).toISOString().slice(0, 19).replace("T", " ");

/** What somebody has decided about, and what went well in the end, stops nobody. */
function ofError(issue: IssueView, details: readonly IssueDetailView[]): Entry {
  const { functionName, title, state, events, attempts, recovered, failedForGood } = issue;
  const versions = issue.versions.join(", ");
  const isOver = state === "resolved" || state === "ignored" || recovered === events;
  return {
    subject: functionName,
    name: `${issue.class}: ${title}`,
    title: `${issue.class}: ${title}`,
    result: isOver ? "noted" : "failed",
    text: endOf(issue),
    details: detailsOf(details.find((each) => each.issue.id === issue.id)),
    facts: [
      ["state", state],
      ["events", number(events)],
      ["tries", number(attempts)],
      ["recovered", number(recovered)],
      ["lost", number(failedForGood)],
      ["first", momentText(issue.firstMs)],
      ["last", momentText(issue.lastMs)],
      ...(versions === "" || versions === "$LATEST" ? [] : [["versions", versions] as const]),
    ],
  };
}

function endOf({ class: kind, events, recovered, failedForGood }: IssueView): string {
  if (recovered === events)
    return kind === "logged" ? "It went on, and all went well." : "All went well in a later attempt.";
  if (failedForGood === events) return "Nothing of it went well later.";
  return `Of ${number(events)} events ${number(recovered)} went well later.`;
}

const LONGEST_EVENT = 2_000;

/** Whoever reads it has no platform to ask any more. */
function detailsOf(detail: IssueDetailView | undefined): string[] {
  const frames = (detail?.frames ?? []).filter(({ own }) => own);
  const payload = detail?.sample?.payload;
  return [
    ...frames.map(({ name, file, line }) => `at ${name} (${file}${line === undefined ? "" : `:${line}`})`),
    ...(payload === undefined ? [] : [`event ${payload.slice(0, LONGEST_EVENT)}`]),
  ];
}

function ofWarning({ kind, severity, subject, what, help, formula, sinceMs, traceId }: Warning): Entry {
  return {
    subject,
    name: kind,
    title: `${kind}: ${what}`,
    result: severity === "critical" ? "failed" : "noted",
    text: help,
    details: [],
    facts: [
      ["severity", severity],
      ...(sinceMs === undefined ? [] : [["since", momentText(sinceMs)] as const]),
      ["computed", formula],
      ...(traceId === undefined ? [] : [["trace", traceId] as const]),
    ],
  };
}

/** Its errors have failed already. */
function ofFunction(ran: ConcurrencyView["functions"][number], errors: readonly IssueView[]): Entry {
  const { functionName, invocations, coldStarts, environments, peak, throttles } = ran;
  const own = errors.filter((issue) => issue.functionName === functionName).length;
  return {
    subject: functionName,
    name: "runs",
    title: `ran ${invocations === 1 ? "once" : `${number(invocations)} times`}`,
    result: own === 0 ? "ok" : "noted",
    text: own === 0 ? "" : own === 1 ? "It has an error." : `It has ${own} errors.`,
    details: [],
    facts: [
      ["cold starts", number(coldStarts)],
      ["environments", number(environments)],
      ["most at once", number(peak)],
      ["throttles", number(throttles)],
    ],
  };
}

function ofPeak({ peak, peakMs, limit, sinceMs, untilMs }: ConcurrencyView): Entry {
  return {
    subject: "account",
    name: "most at once",
    title: `${number(peak)} of ${number(limit)} at once, at most`,
    result: "ok",
    text: "",
    details: [],
    facts: [
      ...(peak > 0 ? [["peak at", momentText(peakMs)] as const] : []),
      ["from", momentText(sinceMs)],
      ["to", momentText(untilMs)],
    ],
  };
}
