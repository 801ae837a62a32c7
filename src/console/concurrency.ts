import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Concurrency, Execution } from "../observe/analysis/model.ts";
import type { Observe } from "../observe/observe.ts";
import { allowOnly, momentOf, textOf, wholeOf } from "./parameters.ts";

/** What is set of a function, as far as what it does is measured by it. */
export interface FunctionSettings {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly runtime: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly reservedConcurrency?: number;
  readonly provisionedConcurrency?: number;
}

/** What the console asks of functions. */
export interface FunctionAnswers {
  /** The functions there are. */
  settings(): Promise<readonly FunctionSettings[]>;
  /** What runs now. */
  executions(): Promise<readonly Execution[]>;
  /** What all functions of an account may run at once. */
  readonly accountConcurrency: number;
}

/** `GET /_nuage/concurrency`. */
export interface ConcurrencyView extends Omit<Concurrency, "functions"> {
  readonly limit: number;
  /** Executions under way now. */
  readonly now: number;
  readonly functions: readonly (Concurrency["functions"][number] &
    Pick<FunctionSettings, "reservedConcurrency" | "provisionedConcurrency"> & {
      readonly now: number;
      readonly throttles: number;
    })[];
  /** New environments of a function that AWS starts within ten seconds. */
  readonly scalingLimit: number;
}

/** `GET /_nuage/concurrency?at=…`. */
export interface InstantView {
  readonly atMs: number;
  readonly count: number;
  readonly limit: number;
  readonly executions: readonly Execution[];
  readonly more: boolean;
}

interface Options {
  readonly observe: Pick<Observe, "analyse">;
  readonly clock: Clock;
  readonly functions: FunctionAnswers;
  readonly deliveries: { throttles(sinceMs: number, functionName?: string): Promise<unknown> };
}

const SHOWN = 1_000;
const BUCKETS = { least: 1, most: 1_000 };
/** https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html */
const SCALING_LIMIT = 1_000;

/**
 * `GET /_nuage/concurrency`: a ConcurrencyView, by since, until, function and buckets (60); with at an
 * InstantView: what was under way then, and with what.
 */
export async function concurrencyPage(options: Options, { query }: AdminRequest): Promise<AdminResponse> {
  allowOnly(query, ["at", "since", "until", "function", "buckets"]);
  const nowMs = options.clock.now();
  const functionName = textOf(query, "function");
  const atMs = momentOf(query, "at", nowMs);
  const asked = functionName === undefined ? {} : { functionName };
  if (atMs !== undefined) return { status: 200, json: await instant(options, atMs, functionName) };
  const sinceMs = momentOf(query, "since", nowMs);
  const figures = await options.observe.analyse({
    what: "concurrency",
    ...asked,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    untilMs: momentOf(query, "until", nowMs) ?? nowMs,
    buckets: wholeOf(query, "buckets", BUCKETS) ?? 60,
  });
  const { functions, deliveries } = options;
  const running = await functions.executions();
  const settings = await functions.settings();
  const { throttles } = (await deliveries.throttles(figures.sinceMs)) as {
    throttles: readonly { functionName: string; region: string; count: number }[];
  };
  const isAsked = ({ functionName: name }: { readonly functionName: string }) =>
    functionName === undefined || name === functionName;
  const view: ConcurrencyView = {
    ...figures,
    peakMs: await toldMoment(options, figures, functionName),
    limit: functions.accountConcurrency,
    now: running.filter(isAsked).length,
    scalingLimit: SCALING_LIMIT,
    functions: figures.functions.map((each) => {
      const own = settings.find(({ name, region }) => name === each.functionName && region === each.region);
      const { reservedConcurrency, provisionedConcurrency } = own ?? {};
      return {
        ...each,
        ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
        ...(provisionedConcurrency === undefined ? {} : { provisionedConcurrency }),
        now: running.filter((one) => one.functionName === each.functionName).length,
        throttles: throttles
          .filter((one) => one.functionName === each.functionName && one.region === each.region)
          .reduce((sum, { count }) => sum + count, 0),
      };
    }),
  };
  return { status: 200, json: view };
}

/**
 * When the peak was, to be asked for: clients tell moments in whole milliseconds, and the one before the last
 * of the peak began has fewer.
 */
async function toldMoment(
  { observe }: Options,
  { peak, peakMs }: Pick<Concurrency, "peak" | "peakMs">,
  functionName: string | undefined,
): Promise<number> {
  const atMs = Math.ceil(peakMs);
  const asked = functionName === undefined ? {} : { functionName };
  const then = await observe.analyse({ what: "executions", atMs, ...asked, limit: peak });
  return then.length === peak ? atMs : peakMs;
}

/** What had begun by then and had not ended: of what still runs no span tells yet. */
async function instant(
  { observe, functions }: Options,
  atMs: number,
  functionName: string | undefined,
): Promise<InstantView> {
  const asked = functionName === undefined ? {} : { functionName };
  const running = (await functions.executions()).filter(
    (each) => each.startMs <= atMs && (functionName === undefined || each.functionName === functionName),
  );
  const ended = await observe.analyse({ what: "executions", atMs, ...asked, limit: SHOWN + 1 });
  const all = [...ended, ...running].sort((one, other) => one.startMs - other.startMs);
  const executions = all.slice(0, SHOWN);
  const more = all.length > SHOWN;
  return { atMs, count: all.length, limit: functions.accountConcurrency, executions, more };
}
