// What of a function's figures is worth a warning. Pure.
import type { CallSequence, FunctionFigures } from "../../observe/analysis/model.ts";
import type { FunctionSettings } from "../concurrency.ts";
import { deprecationOf, successorOf } from "./runtimes.ts";

export type WarningKind =
  | "errors"
  | "timeouts"
  | "memory"
  | "duration"
  | "cold starts"
  | "throttles"
  | "iterator age"
  | "blocked shard"
  | "too much memory"
  | "idle provisioned concurrency"
  | "loop"
  | "hot key"
  | "deprecated runtime"
  | "work left"
  | "calls in a row";

export interface Warning {
  readonly kind: WarningKind;
  readonly severity: "critical" | "warning" | "advice";
  /** A function, stream or table. */
  readonly subject: string;
  readonly functionName?: string;
  /** What was seen, with its number. */
  readonly what: string;
  readonly value: number;
  readonly threshold: number;
  /** Epoch milliseconds. */
  readonly sinceMs?: number;
  readonly help: string;
  /** How the number came about. */
  readonly formula: string;
  readonly traceId?: string;
}

/** Where there have been fewer runs, one more or less would change the picture. */
const ENOUGH_RUNS = 100;
const SOME_RUNS = 10;
/** So many failures are no accident, however few the runs. */
const SOME_FAILURES = 3;

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
const times = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
const ms = (value: number): string => `${Math.round(value).toLocaleString("en")} ms`;

type Rule = (figures: FunctionFigures) => Warning | undefined;

const errors: Rule = ({ functionName: name, invocations, failed, failedSinceMs }) => {
  const rate = failed / invocations;
  if (rate <= 0.01 || (invocations < SOME_RUNS && failed < SOME_FAILURES)) return undefined;
  return {
    ...about("errors", name, rate > 0.1 ? "critical" : "warning", failedSinceMs),
    what: `${percent(rate)} of its runs fail`,
    ...{ value: rate, threshold: rate > 0.1 ? 0.1 : 0.01 },
    help: `See nuage errors --function ${name}: each error once, with its stack and an event to try again.`,
    formula: `${times(failed, "run")} that failed of ${invocations.toLocaleString("en")}, retries included`,
  };
};

const timeouts: Rule = ({ functionName: name, timeouts: count, timeoutMs, timeSinceMs, p95Ms }) => {
  if (count === 0) return undefined;
  return {
    ...about("timeouts", name, "critical", timeSinceMs),
    what: `${times(count, "run")} cut off at the timeout of ${ms(timeoutMs)}`,
    ...{ value: count, threshold: 1 },
    help:
      "Raise the timeout, or give the calls it waits for a shorter one of their own, so that it can still " +
      "answer.",
    formula: `runs that ended with Sandbox.Timeout; 95 of 100 runs take ${ms(p95Ms)} or less`,
  };
};

const NEAR = 0.95;

const duration: Rule = (figures) => {
  const { functionName: name, maxMs, timeoutMs, timeouts: cut, timeSinceMs, p95Ms } = figures;
  const share = maxMs / timeoutMs;
  // Since when is absent where the timeout was another one at the time.
  if (!(share > NEAR) || timeSinceMs === undefined || cut > 0) return undefined;
  return {
    ...about("duration", name, "warning", timeSinceMs),
    what: `it came within ${percent(1 - share)} of its timeout: ${ms(maxMs)} of ${ms(timeoutMs)}`,
    ...{ value: share, threshold: NEAR },
    help: "Raise the timeout, or do less in one run: smaller batches, pages, work handed to a queue.",
    formula: `longest run / timeout; 95 of 100 runs take ${ms(p95Ms)} or less`,
  };
};

const memory: Rule = ({ functionName: name, memoryMb, maxMemoryMb, memorySinceMs }) => {
  const share = maxMemoryMb / memoryMb;
  // As above.
  if (!(share > NEAR) || memorySinceMs === undefined) return undefined;
  return {
    ...about("memory", name, share >= 1 ? "critical" : "warning", memorySinceMs),
    what: `it used ${maxMemoryMb} of its ${memoryMb} MB`,
    ...{ value: share, threshold: NEAR },
    help:
      `Give it ${Math.ceil((maxMemoryMb * 1.3) / 64) * 64} MB or more: it is killed when it needs more ` +
      "than it has.",
    formula: "most memory of any run / memory size",
  };
};

const MUCH_MB = 128;
const UNUSED = 0.1;

const oversized: Rule = ({ functionName: name, memoryMb, maxMemoryMb, invocations, firstMs }) => {
  const share = maxMemoryMb / memoryMb;
  if (!(share < UNUSED) || memoryMb <= MUCH_MB || invocations < SOME_RUNS) return undefined;
  const enough = Math.max(MUCH_MB, Math.ceil((maxMemoryMb * 2) / 64) * 64);
  return {
    ...about("too much memory", name, "advice", firstMs),
    what: `it never used more than ${maxMemoryMb} of its ${memoryMb} MB`,
    ...{ value: share, threshold: UNUSED },
    help:
      `${enough} MB would do for its memory. Processor time comes with memory: see that it does not get ` +
      "slower, as it may then cost more.",
    formula: `most memory of ${times(invocations, "run")} / memory size`,
  };
};

const coldStarts: Rule = ({ functionName: name, invocations, coldStarts: count, maxAtOnce, firstMs }) => {
  const rate = count / invocations;
  if (rate <= 0.01 || invocations < ENOUGH_RUNS) return undefined;
  return {
    ...about("cold starts", name, "warning", firstMs),
    what: `${percent(rate)} of its runs waited for an environment to start`,
    ...{ value: rate, threshold: 0.01 },
    help:
      `Provisioned concurrency of ${maxAtOnce}, the most that ran at once, would have covered all; less ` +
      "code loaded at the start makes each one shorter.",
    formula: `${times(count, "cold start")} / ${times(invocations, "run")}`,
  };
};

const left: Rule = ({ functionName: name, left: count, leftSinceMs, invocations }) => {
  if (count === 0) return undefined;
  return {
    ...about("work left", name, "warning", leftSinceMs),
    what: `${times(count, "run")} answered while something was still under way`,
    ...{ value: count, threshold: 1 },
    help:
      "Await it before answering: the environment is frozen after the answer, and what is left goes on " +
      "with the next event, or never.",
    formula: `runs with timers, sockets or the like active after the answer, of ${times(invocations, "run")}`,
  };
};

const RULES: readonly Rule[] = [errors, timeouts, duration, memory, oversized, coldStarts, left];

export function aboutRuns(figures: FunctionFigures): Warning[] {
  return RULES.flatMap((rule) => rule(figures) ?? []);
}

export interface Throttled {
  readonly functionName: string;
  readonly count: number;
  readonly firstMs: number;
  readonly help: string;
}

export function aboutThrottles(throttled: readonly Throttled[], invocations: number): Warning[] {
  const [most] = throttled;
  const count = throttled.reduce((sum, each) => sum + each.count, 0);
  const rate = count / (count + invocations);
  if (!most || rate <= 0.1) return [];
  return [
    {
      ...about(
        "throttles",
        most.functionName,
        "critical",
        Math.min(...throttled.map(({ firstMs }) => firstMs)),
      ),
      what: `${percent(rate)} of its invocations were throttled`,
      ...{ value: rate, threshold: 0.1 },
      help: most.help,
      formula: `${times(count, "throttle")} / (${times(count, "throttle")} + ${times(invocations, "run")})`,
    },
  ];
}

const LITTLE_USED = 0.6;

/** `peak` is the most at once of the function. */
export function aboutSettings(
  { name, runtime, provisionedConcurrency = 0 }: FunctionSettings,
  nowMs: number,
  peak: number | undefined,
): Warning[] {
  const warnings: Warning[] = [];
  const endMs = deprecationOf(runtime);
  if (endMs !== undefined && endMs <= nowMs) {
    const date = new Date(endMs).toISOString().slice(0, 10);
    const next = successorOf(runtime);
    warnings.push({
      ...about("deprecated runtime", name, "warning", endMs),
      what: `its runtime, ${runtime}, is deprecated since ${date}`,
      ...{ value: endMs, threshold: nowMs },
      help:
        next && next !== runtime ? `Go on to ${next}, the one that lasts longest.` : "Go on to a newer one.",
      formula: "AWS's table of runtimes",
    });
  }
  const share = (peak ?? 0) / provisionedConcurrency;
  if (provisionedConcurrency > 0 && peak !== undefined && share < LITTLE_USED) {
    warnings.push({
      ...about("idle provisioned concurrency", name, "advice", undefined),
      what: `of ${times(provisionedConcurrency, "provisioned environment")} ${peak} at most were busy`,
      ...{ value: share, threshold: LITTLE_USED },
      help: `Provision ${Math.max(1, peak)}, or let Application Auto Scaling follow its utilization.`,
      formula: "most that ran at once / provisioned concurrency",
    });
  }
  return warnings;
}

/** Less is not worth a change. */
const WORTH_MS = 10;

export function aboutSequences(sequences: readonly CallSequence[]): Warning[] {
  const groups = new Map<string, CallSequence[]>();
  for (const sequence of sequences) {
    const key = `${sequence.functionName} ${sequence.target}`;
    groups.set(key, [...(groups.get(key) ?? []), sequence]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const mean = (of: (one: CallSequence) => number) =>
      group.reduce((sum, one) => sum + of(one), 0) / group.length;
    const saved = mean(({ totalMs, longestMs }) => totalMs - longestMs);
    if (!first || saved < WORTH_MS) return [];
    const { functionName: name, target, traceId } = first;
    return [
      {
        ...about("calls in a row", name, "advice", Math.min(...group.map(({ atMs }) => atMs))),
        what: `${Math.round(mean(({ calls }) => calls))} calls of ${target} one after the other in a run`,
        ...{ value: saved, threshold: WORTH_MS },
        help:
          "If none needs what another has answered, make them at once (Promise.all, a thread pool) or as " +
          `one (a batch operation): about ${ms(saved)} less a run.`,
        formula:
          `sum of the calls - longest of them, over ${times(group.length, "run")}; three calls or more of ` +
          "one kind, of which each began when the one before had ended",
        traceId,
      },
    ];
  });
}

function about(
  kind: WarningKind,
  subject: string,
  severity: Warning["severity"],
  sinceMs: number | undefined,
): Pick<Warning, "kind" | "severity" | "subject" | "functionName" | "sinceMs"> {
  return { kind, severity, subject, functionName: subject, ...(sinceMs === undefined ? {} : { sinceMs }) };
}
