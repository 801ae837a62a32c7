import { parseDuration } from "../kernel/duration.ts";
import { Fault } from "../kernel/faults.ts";

/** A parameter that the page cannot read. */
function badParameter(message: string): Fault {
  return new Fault("BadParameter", message, { status: 400 });
}

/** Throws `BadParameter` on a parameter that the page does not know: a typing error must not pass. */
export function allowOnly(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    throw badParameter(`Unknown parameter "${name}". Known are: ${known.join(", ")}.`);
  }
}

/** The parameter's text; undefined when it is absent or empty. */
export function textOf(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

/** A moment: `10m` ago, `14:03:07` of today, epoch milliseconds, or a date as ISO 8601 writes it. */
export function momentOf(query: URLSearchParams, name: string, nowMs: number): number | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  if (/^\d{10,16}(\.\d+)?$/.test(text)) return Number(text);
  // A time of today, as it is printed: in universal time.
  if (/^\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text))
    return Date.parse(`${new Date(nowMs).toISOString().slice(0, 10)}T${text}Z`);
  const time = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  const forms = "a duration such as 10m or 2h, epoch milliseconds, or a date such as 2026-01-31T12:00:00Z";
  throw badParameter(`"${name}" must be ${forms}, not "${text}".`);
}

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

export function wholeOf(query: URLSearchParams, name: string, bounds: Bounds): number | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.least && value <= bounds.most) return value;
  throw badParameter(
    `"${name}" must be a whole number from ${bounds.least} to ${bounds.most}, not "${text}".`,
  );
}

/** `1` or `true`; `0`, `false` or absent. */
export function flagOf(query: URLSearchParams, name: string): boolean {
  const text = textOf(query, name) ?? "0";
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  throw badParameter(`"${name}" must be 1 or 0, not "${text}".`);
}
