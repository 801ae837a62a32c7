import type { Evaluate } from "../compile.ts";
import { flatten } from "../discover.ts";
import { Row } from "../row.ts";
import { isPresent, isTrue, Moment, numberOf, textOf, type Value } from "../values.ts";
import { quantile } from "./quantiles.ts";
import { type Stage, Through } from "./stage.ts";

const MOST_SAMPLES = 10_000;
const MOST_FIELDS = 1_000;
const MOST_SHIFTS = 5;

export const RELEVANCE_COLUMNS = [
  "@fieldName",
  "@relevanceScore",
  "@topRelevanceContributors",
  "@conditionalMedian",
  "@baselineMedian",
];

/** What values a field had where the condition held, and where it did not. */
class Compared {
  readonly conditional: Value[] = [];
  readonly baseline: Value[] = [];

  add(value: Value, holds: boolean): void {
    const values = holds ? this.conditional : this.baseline;
    if (values.length < MOST_SAMPLES) values.push(value);
  }

  get isNumeric(): boolean {
    return [...this.conditional, ...this.baseline].every((value) => numberOf(value) !== undefined);
  }
}

/** How far two sets of numbers lie apart: the largest distance of their distributions. */
function distanceOfNumbers(one: readonly number[], other: readonly number[]): number {
  const below = (sorted: readonly number[], limit: number) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
      else high = middle;
    }
    return low / sorted.length;
  };
  return Math.max(
    ...[...new Set([...one, ...other])].map((at) => Math.abs(below(one, at) - below(other, at))),
  );
}

interface Shift {
  readonly value: string;
  readonly conditional: number;
  readonly baseline: number;
}

/** How much more, or less, often each value was met where the condition held; the largest shifts first. */
function shiftsOf({ conditional, baseline }: Compared): Shift[] {
  const share = (values: readonly Value[]) => {
    const shares = new Map<string, number>();
    for (const value of values) {
      const text = textOf(value) ?? "";
      shares.set(text, (shares.get(text) ?? 0) + 1 / values.length);
    }
    return shares;
  };
  const [one, other] = [share(conditional), share(baseline)];
  const sizeOf = (shift: Shift) => Math.abs(shift.conditional - shift.baseline);
  return [...new Set([...one.keys(), ...other.keys()])]
    .map((value) => ({ value, conditional: one.get(value) ?? 0, baseline: other.get(value) ?? 0 }))
    .sort((first, second) => sizeOf(second) - sizeOf(first));
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

/** A field's score, from 0 for what has nothing to do with the condition to 1, and what it comes of. */
function relevanceOf(name: string, compared: Compared): Row {
  const row = new Row(undefined, new Map<string, Value>([["@fieldName", name]]));
  if (compared.conditional.length === 0 || compared.baseline.length === 0) {
    // Only one side has it at all.
    row.set("@relevanceScore", 1);
    return row;
  }
  if (compared.isNumeric) {
    const sorted = (values: readonly Value[]) =>
      values.map((value) => numberOf(value) ?? 0).sort((one, other) => one - other);
    const [one, other] = [sorted(compared.conditional), sorted(compared.baseline)];
    row.set("@relevanceScore", distanceOfNumbers(one, other));
    row.set("@conditionalMedian", quantile(one, 0.5));
    row.set("@baselineMedian", quantile(other, 0.5));
    return row;
  }
  const shifts = shiftsOf(compared);
  const apart = shifts.reduce((sum, { conditional, baseline }) => sum + Math.abs(conditional - baseline), 0);
  row.set("@relevanceScore", apart / 2);
  const top = shifts.slice(0, MOST_SHIFTS).map(({ value, conditional, baseline }) => ({
    value,
    conditional: round(conditional),
    baseline: round(baseline),
  }));
  row.set("@topRelevanceContributors", top);
  return row;
}

/** Which fields differ most between events that meet a condition and those that do not. */
export class Relevance extends Through {
  readonly #fields: readonly string[];
  readonly #condition: Evaluate;
  readonly #compared = new Map<string, Compared>();
  readonly #found = { conditional: false, baseline: false };

  constructor(next: Stage, fields: readonly string[], condition: Evaluate) {
    super(next);
    this.#fields = fields;
    this.#condition = condition;
  }

  take(row: Row): void {
    const holds = isTrue(this.#condition(row));
    this.#found[holds ? "conditional" : "baseline"] = true;
    for (const [name, value] of this.#valuesOf(row)) {
      if (!isPresent(value) || value instanceof Moment) continue;
      let compared = this.#compared.get(name);
      if (!compared) {
        if (this.#compared.size >= MOST_FIELDS) continue;
        compared = new Compared();
        this.#compared.set(name, compared);
      }
      compared.add(value, holds);
    }
  }

  #valuesOf(row: Row): readonly (readonly [string, Value])[] {
    if (this.#fields.length > 0) return this.#fields.map((name) => [name, row.get(name)]);
    const own = [...row.names].map((name) => [name, row.get(name)] as const);
    const places = ["@logStream", "@log"].map((name) => [name, row.get(name)] as const);
    return [...new Map([...places, ...flatten(row.discovered()), ...own])];
  }

  override end(): void {
    const { conditional, baseline } = this.#found;
    // Where the condition always holds, or never, nothing can be said.
    const scored = conditional && baseline ? [...this.#compared].map((one) => relevanceOf(...one)) : [];
    const scoreOf = (row: Row) => Number(row.get("@relevanceScore"));
    for (const row of scored.sort((one, other) => scoreOf(other) - scoreOf(one))) this.next.take(row);
    this.next.end();
  }

  override get isFull(): boolean {
    return false;
  }
}
