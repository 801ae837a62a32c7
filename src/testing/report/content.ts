// What a report says, whatever it is written as. Pure.
import type { ConcurrencyView } from "../../console/concurrency.ts";
import type { IssueView } from "../../console/errors.ts";
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
  readonly title: string;
  /** noted: worth a look, and no reason to stop. */
  readonly result: (typeof RESULTS)[number];
  /** What to do, or how it came about. */
  readonly text: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export interface Findings {
  readonly errors: readonly IssueView[];
  readonly warnings: readonly Warning[];
  readonly concurrency: ConcurrencyView;
}

export function contentOf(title: string, atMs: number, findings: Findings): Report {
  const { errors, warnings, concurrency } = findings;
  const functions = concurrency.functions.map((each) => ofFunction(each, errors));
  return {
    title,
    atMs,
    sections: [
      { title: "Errors", entries: worstFirst(errors.map(ofError)) },
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
function ofError(issue: IssueView): Entry {
  const { functionName, title, state, events, attempts, recovered, failedForGood } = issue;
  const versions = issue.versions.join(", ");
  const isOver = state === "resolved" || state === "ignored" || recovered === events;
  return {
    subject: functionName,
    title: `${issue.class}: ${title}`,
    result: isOver ? "noted" : "failed",
    text: endOf(issue),
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

function endOf({ id, class: kind, events, recovered }: IssueView): string {
  if (recovered < events) return `nuage error ${id} explains it.`;
  return kind === "logged" ? "It went on, and all went well." : "All went well in a later attempt.";
}

function ofWarning({ kind, severity, subject, what, help, formula, sinceMs, traceId }: Warning): Entry {
  return {
    subject,
    title: `${kind}: ${what}`,
    result: severity === "critical" ? "failed" : "noted",
    text: help,
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
    title: `ran ${invocations === 1 ? "once" : `${number(invocations)} times`}`,
    result: own === 0 ? "ok" : "noted",
    text: own === 0 ? "" : own === 1 ? "It has an error." : `It has ${own} errors.`,
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
    title: `${number(peak)} of ${number(limit)} at once, at most`,
    result: "ok",
    text: "",
    facts: [
      ...(peak > 0 ? [["peak at", momentText(peakMs)] as const] : []),
      ["from", momentText(sinceMs)],
      ["to", momentText(untilMs)],
    ],
  };
}
