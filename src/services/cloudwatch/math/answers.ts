import type { Scope } from "../../../kernel/scope.ts";
import { addTally, newTally, type Tally } from "../../../kernel/tally.ts";
import type { Transaction } from "../../../store/store.ts";
import type { MetricName } from "../data/metric-name.ts";
import { readPeriods } from "../data/reading.ts";
import { metricsOf } from "../data/records.ts";
import { statisticOf } from "../data/statistics.ts";
import type { Unit } from "../data/units.ts";
import { groupedBy } from "../grouped.ts";
import { AGGREGATES, isAggregate } from "./aggregates.ts";
import { evaluate } from "./evaluate.ts";
import { namesIn } from "./parse.ts";
import { inExpression, type Query } from "./queries.ts";
import { parseSearch } from "./search.ts";
import { isSelected, type Selection } from "./select.ts";
import { ExpressionError } from "./tokens.ts";
import { type Computed, isTimeline, type Timeline } from "./values.ts";

const MINUTE_MS = 60_000;
const MOST_FOUND = 500;

/** What the queries of one request come to, each worked out once, in one transaction. */
export class Answers {
  readonly #tx: Transaction;
  readonly #scope: Scope;
  readonly #queries: ReadonlyMap<string, Query>;
  readonly #span: { readonly fromMs: number; readonly toMs: number };
  readonly #known = new Map<string, Promise<Computed>>();
  readonly #underWay = new Set<string>();

  constructor(
    tx: Transaction,
    scope: Scope,
    queries: readonly Query[],
    span: { readonly fromMs: number; readonly toMs: number },
  ) {
    this.#tx = tx;
    this.#scope = scope;
    this.#queries = new Map(queries.map((query) => [query.id, query]));
    this.#span = span;
  }

  /** Throws ValidationError, which names the expression. */
  async of(id: string): Promise<Computed> {
    const known = this.#known.get(id);
    if (known) return known;
    if (this.#underWay.has(id)) throw inExpression(id, "The expression refers to itself");
    const query = this.#queries.get(id);
    if (!query) return [];
    this.#underWay.add(id);
    const work = this.#work(query);
    try {
      const value = await work;
      this.#known.set(id, Promise.resolve(value));
      return value;
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #work(query: Query): Promise<Computed> {
    const { what, id } = query;
    const periodMs = this.periodOf(query);
    if (what.kind === "metric") return this.read(what.metric, what.stat, periodMs, what.unit);
    if (what.kind === "selection") return this.#select(what.selection, periodMs);
    const stretch = { ...this.#span, periodMs };
    try {
      return await evaluate(what.node, {
        stretch,
        valueOf: async (name) => (this.#queries.has(name) ? this.of(name) : undefined),
        metrics: (part) => this.#metrics(part),
        search: (text, stat, seconds) => this.#search(text, stat, seconds ? seconds * 1000 : periodMs),
      });
    } catch (error) {
      if (error instanceof ExpressionError) throw inExpression(id, error.message);
      throw error;
    }
  }

  /** An expression's period is its own, or the longest of what it is made of. */
  periodOf(query: Query, seen: readonly string[] = []): number {
    if (query.periodMs !== undefined) return query.periodMs;
    if (query.what.kind !== "expression" || seen.includes(query.id)) return MINUTE_MS;
    const periods = namesIn(query.what.node).flatMap((name) => {
      const used = this.#queries.get(name);
      return used ? [this.periodOf(used, [...seen, query.id])] : [];
    });
    return periods.length === 0 ? MINUTE_MS : Math.max(...periods);
  }

  async read(metric: MetricName, stat: string, periodMs: number, unit?: Unit): Promise<Timeline> {
    const periods = await readPeriods(this.#tx, metric, { ...this.#span, periodMs, unit });
    return { label: "", periodMs, points: pointsOf(periods, stat), of: { metric, stat } };
  }

  async #metrics(part: string): Promise<Timeline[]> {
    const found: Timeline[] = [];
    for (const { id, what } of this.#queries.values()) {
      if (what.kind !== "metric" || !id.includes(part)) continue;
      const value = await this.of(id);
      if (isTimeline(value)) found.push(value);
    }
    return found;
  }

  async #search(text: string, stat: string, periodMs: number): Promise<Timeline[]> {
    if (!statisticOf(stat)) throw new ExpressionError(`Unsupported statistic: ${stat}`);
    const { schema, matches } = parseSearch(text);
    const found: Timeline[] = [];
    for await (const metric of metricsOf(this.#tx, this.#scope, schema ?? {})) {
      const names = metric.dimensions.map(([name]) => name);
      const fits =
        !schema ||
        (names.length === schema.dimensions.length &&
          schema.dimensions.every((name) => names.includes(name)));
      if (!fits || !matches(metric)) continue;
      found.push(await this.read(metric, stat, periodMs));
      if (found.length === MOST_FOUND) break;
    }
    return found;
  }

  async #select(selection: Selection, periodMs: number): Promise<Computed> {
    const { stat, groupBy, order, limit, namespace, metricName } = selection;
    const metrics: MetricName[] = [];
    for await (const metric of metricsOf(this.#tx, this.#scope, { namespace, name: metricName })) {
      if (isSelected(selection, metric)) metrics.push(metric);
    }
    const nameOf = ({ dimensions }: MetricName, name: string) =>
      dimensions.find(([own]) => own === name)?.[1] ?? "";
    const groups = groupedBy(metrics, (metric) => groupBy.map((name) => nameOf(metric, name)).join(" "));
    if (groupBy.length === 0 && groups.size === 0) groups.set("", []);
    const rows: Timeline[] = [];
    for (const [label, some] of groups) {
      const periods = await this.#together(some, periodMs);
      rows.push({ label: label || metricName, periodMs, points: pointsOf(periods, stat) });
    }
    if (order) {
      const weigh = ({ points }: Timeline) => weightOf([...points.values()], order.by);
      rows.sort((one, other) => (order.descending ? weigh(other) - weigh(one) : weigh(one) - weigh(other)));
    }
    return limit === undefined ? rows.slice(0, MOST_FOUND) : rows.slice(0, limit);
  }

  async #together(metrics: readonly MetricName[], periodMs: number): Promise<Map<number, Tally>> {
    const all = new Map<number, Tally>();
    for (const metric of metrics) {
      for (const [startMs, tally] of await readPeriods(this.#tx, metric, { ...this.#span, periodMs })) {
        const known = all.get(startMs) ?? newTally();
        addTally(known, tally);
        all.set(startMs, known);
      }
    }
    return new Map([...all].sort(([one], [other]) => one - other));
  }
}

function weightOf(values: readonly number[], by: string): number {
  if (by === "COUNT") return values.length;
  return isAggregate(by) && values.length > 0 ? AGGREGATES[by](values) : 0;
}

function pointsOf(periods: ReadonlyMap<number, Tally>, stat: string): Map<number, number> {
  const statistic = statisticOf(stat);
  const points = new Map<number, number>();
  for (const [startMs, tally] of periods) {
    const value = statistic?.(tally);
    if (value !== undefined && Number.isFinite(value)) points.set(startMs, value);
  }
  return points;
}
