import { Conditions } from "./conditions.ts";
import type { Database } from "./duckdb.ts";
import { LINE_OVERHEAD_BYTES, type Limits } from "./model.ts";
import type { RecordKind } from "./records.ts";
import { fairLevel } from "./retention.ts";

/** Retention acts once a limit is passed by this much, so that its cost is spread. */
const SLACK = 1.1;

interface Rule {
  readonly kind: RecordKind;
  readonly capacity: number;
  readonly perGroup: number;
  /** Groups with their sizes: columns `name` and `size`. */
  readonly sizes: string;
  /** Deletes what goes beyond the level $2 of the group $1, the oldest first. */
  readonly evict: string;
}

const LINE_WEIGHT = `strlen(message) + ${LINE_OVERHEAD_BYTES}`;

/** Traces are evicted whole. */
const TRACES = `(SELECT trace_key, arg_min(entry, start_ms) AS entry, min(start_ms) AS began,
  count(*) AS spans FROM spans GROUP BY trace_key)`;

function rules(limits: Limits): readonly Rule[] {
  return [
    {
      kind: "line",
      capacity: limits.lineBytes,
      perGroup: limits.lineBytesPerGroup,
      sizes: `SELECT log_group AS name, sum(${LINE_WEIGHT})::DOUBLE AS size FROM lines GROUP BY log_group`,
      evict: `DELETE FROM lines WHERE log_group = $1 AND seq <= (SELECT max(seq) FROM (
        SELECT seq, sum(${LINE_WEIGHT}) OVER (ORDER BY seq DESC) AS kept FROM lines WHERE log_group = $1
      ) WHERE kept > $2)`,
    },
    {
      kind: "span",
      capacity: limits.spans,
      perGroup: limits.spansPerEntry,
      sizes: `SELECT entry AS name, sum(spans)::DOUBLE AS size FROM ${TRACES} GROUP BY entry`,
      evict: `DELETE FROM spans WHERE trace_key IN (SELECT trace_key FROM (
        SELECT trace_key, sum(spans) OVER (ORDER BY began DESC, trace_key) AS kept FROM ${TRACES}
        WHERE entry = $1
      ) WHERE kept > $2)`,
    },
    {
      kind: "event",
      capacity: limits.eventBytes,
      perGroup: limits.eventBytesPerFunction,
      sizes: "SELECT function_arn AS name, sum(weight)::DOUBLE AS size FROM events GROUP BY function_arn",
      evict: `DELETE FROM events WHERE function_arn = $1 AND seq <= (SELECT max(seq) FROM (
        SELECT seq, sum(weight) OVER (ORDER BY seq DESC) AS kept FROM events WHERE function_arn = $1
      ) WHERE kept > $2)`,
    },
    {
      kind: "strike",
      capacity: limits.spans / 5,
      perGroup: limits.spans / 20,
      sizes: "SELECT issue AS name, count(*)::DOUBLE AS size FROM strikes GROUP BY issue",
      evict: `DELETE FROM strikes WHERE issue = $1 AND seq <= (
        SELECT seq FROM strikes WHERE issue = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2::BIGINT)`,
    },
    {
      kind: "ending",
      capacity: limits.spans / 5,
      perGroup: limits.spans / 5,
      sizes: "SELECT 'all' AS name, count(*)::DOUBLE AS size FROM endings",
      evict: `DELETE FROM endings WHERE $1 = 'all' AND seq <= (
        SELECT seq FROM endings ORDER BY seq DESC LIMIT 1 OFFSET $2::BIGINT)`,
    },
    {
      kind: "usage",
      capacity: limits.usages,
      perGroup: limits.usages,
      sizes: "SELECT unit AS name, count(*)::DOUBLE AS size FROM usages GROUP BY unit",
      evict: `DELETE FROM usages WHERE unit = $1 AND seq <= (
        SELECT seq FROM usages WHERE unit = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2::BIGINT)`,
    },
  ];
}

/** Evicts what goes beyond the limits, from the largest groups, and counts it in `evictions`. */
export async function retain(database: Database, limits: Limits): Promise<void> {
  for (const rule of rules(limits)) {
    const groups = (await database.rows(rule.sizes)).map((row) => ({
      name: String(row.name),
      size: Number(row.size),
    }));
    const total = groups.reduce((sum, { size }) => sum + size, 0);
    const largest = groups.reduce((most, { size }) => Math.max(most, size), 0);
    if (total <= rule.capacity * SLACK && largest <= rule.perGroup * SLACK) continue;
    const sizes = groups.map(({ size }) => size);
    const level = fairLevel(sizes, rule.capacity, rule.perGroup);
    for (const { name, size } of groups) {
      if (size > level) await evict(database, rule, name, level);
    }
  }
}

/** The deletion and its count are one transaction: what is gone is always said to be gone. */
async function evict(database: Database, rule: Rule, name: string, level: number): Promise<void> {
  await database.transact(async () => {
    const [result] = await database.rows(rule.evict, [name, level]);
    const records = Number(result?.Count ?? 0);
    const earlier = new Conditions();
    earlier.add("kind = ?", rule.kind);
    earlier.add("name = ?", name);
    const [row] = await database.rows(
      `SELECT sum(records) AS records FROM evictions ${earlier.text}`,
      earlier.values,
    );
    await database.rows(`DELETE FROM evictions ${earlier.text}`, earlier.values);
    const total = records + Number(row?.records ?? 0);
    await database.rows("INSERT INTO evictions VALUES ($1, $2, $3)", [rule.kind, name, total]);
  });
}
