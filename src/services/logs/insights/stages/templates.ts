import type { Row } from "../row.ts";
import { numberOf, textOf, type Value } from "../values.ts";
import { Occurrences } from "./occurrences.ts";

/** What differs from one message to the next: ids, numbers, addresses, times, what stands in quotes. */
const VARIABLE =
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b[0-9a-f]{16,}\b|[+-]?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|\b(?=\w*\d)\w{6,}\b/gi;
export const BLANK = "<*>";
const MOST_PATTERNS = 10_000;
const SEVERITIES = ["FATAL", "CRITICAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/** What messages have in common, with `<*>` for what differs, and what stood there. */
function templateOf(message: string): { readonly template: string; readonly words: readonly string[] } {
  const words: string[] = [];
  const template = message.trim().replaceAll(VARIABLE, (word) => {
    words.push(word);
    return BLANK;
  });
  return { template, words };
}

interface Met {
  count: number;
  readonly occurrences: Occurrences;
}

/** How often each pattern was met, and where. */
export class Templates {
  readonly #met = new Map<string, Met>();
  #total = 0;

  add(value: Value, at: Value): void {
    const message = textOf(value);
    if (message === undefined) return;
    const { template, words } = templateOf(message);
    let met = this.#met.get(template);
    if (!met) {
      if (this.#met.size >= MOST_PATTERNS) return;
      met = { count: 0, occurrences: new Occurrences() };
      this.#met.set(template, met);
    }
    met.count++;
    met.occurrences.add({ ms: numberOf(at) ?? 0, words, message });
    this.#total++;
  }

  /** The most frequent first. */
  rows(make: (values: ReadonlyMap<string, Value>) => Row): Row[] {
    const sorted = [...this.#met].sort(([, one], [, other]) => other.count - one.count);
    return sorted.map(([template, { count, occurrences }]) => {
      const values = new Map<string, Value>([
        ["@pattern", template],
        ["@ratio", count / this.#total],
        ["@sampleCount", count],
        ["@severityLabel", severityOf(template)],
      ]);
      const row = make(values);
      row.occurrences = occurrences;
      return row;
    });
  }
}

export const PATTERN_COLUMNS = ["@pattern", "@ratio", "@sampleCount", "@severityLabel"];
export const DIFF_COLUMNS = [...PATTERN_COLUMNS, "@difference", "@differenceDescription"];

function severityOf(template: string): string {
  const upper = template.toUpperCase();
  return SEVERITIES.find((severity) => upper.includes(severity)) ?? "NONE";
}

/** Patterns of now beside those of before, what changed most first. */
export function differences(now: readonly Row[], before: readonly Row[]): Row[] {
  const earlier = new Map(before.map((row) => [row.get("@pattern"), row]));
  const rows = now.map((row) => withDifference(row, countOf(row), countOf(earlier.get(row.get("@pattern")))));
  const known = new Set(now.map((row) => row.get("@pattern")));
  for (const row of before) {
    if (known.has(row.get("@pattern"))) continue;
    const gone = row.copy();
    gone.set("@sampleCount", 0);
    gone.set("@ratio", 0);
    rows.push(withDifference(gone, 0, countOf(row)));
  }
  const sizeOf = (row: Row) => Math.abs(Number(row.get("@difference")));
  return rows.sort((one, other) => sizeOf(other) - sizeOf(one));
}

const countOf = (row: Row | undefined): number => Number(row?.get("@sampleCount") ?? 0);

function withDifference(row: Row, now: number, before: number): Row {
  const difference = now - before;
  row.set("@difference", difference);
  row.set("@differenceDescription", describe(now, before));
  return row;
}

function describe(now: number, before: number): string {
  if (before === 0) return "New pattern";
  if (now === 0) return "Pattern not found any more";
  if (now === before) return "No change";
  return now > before ? "Increased frequency" : "Decreased frequency";
}
