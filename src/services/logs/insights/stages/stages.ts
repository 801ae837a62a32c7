import { columnsOf } from "../columns.ts";
import { compile, type Evaluate } from "../compile.ts";
import { listOf } from "../functions/json.ts";
import { lengthMs } from "../periods.ts";
import type { Command, Named } from "../reading/ast.ts";
import { Row } from "../row.ts";
import { compareValues, isPresent, isTrue, textOf, type Value } from "../values.ts";
import { type Aggregation, aggregation } from "./aggregates.ts";
import { Anomalous } from "./anomalous.ts";
import type { Bins } from "./bins.ts";
import { Appended, LookedUp } from "./enriching.ts";
import { Accumulated, FilledDown, FilledMissing, Totalled } from "./filling.ts";
import { Frequencies } from "./frequencies.ts";
import type { Gathering } from "./gathering.ts";
import { Lagged } from "./lags.ts";
import { Joined, Parsed, ParsedEach } from "./matching.ts";
import { WithoutOutliers } from "./outliers.ts";
import { Relevance } from "./relevance.ts";
import { Sessions } from "./sessions.ts";
import { MOST_HELD, type Stage, Through } from "./stage.ts";
import { Templates } from "./templates.ts";

const MOST_GROUPS = 100_000;

/** What a stage needs to know of those around it. */
export interface Around {
  readonly next: Stage;
  /** Names of what earlier commands have made of many rows, which look like expressions: `count(*)`. */
  readonly columns: ReadonlySet<string>;
  /** Rows that are wanted of a sort at most. */
  readonly wanted: number;
  /** By which times the rows before are grouped. */
  readonly bins: Bins | undefined;
}

/** Throws QueryProblem. */
export function stageOf(command: Exclude<Command, { kind: "diff" | "source" }>, around: Around): Stage {
  const { next, columns } = around;
  switch (command.kind) {
    case "fields":
    case "display":
      return new Made(next, command.fields, columns);
    case "filter":
      return new Filtered(next, compile(command.condition));
    case "parseEach":
      return new ParsedEach(next, compile(command.field), command.expression, command.names);
    case "extract":
      return new Extracted(next, compile(command.field), command.read, command.names);
    case "join":
      return new Joined(next, command);
    case "accum":
      return new Accumulated(next, command.field, command.name);
    case "filldown":
      return new FilledDown(next, command.fields, [...columns]);
    case "fillmissing":
      return new FilledMissing(next, command.values, around.bins);
    case "addtotals":
      return new Totalled(next, command, [...columns]);
    case "parse":
      return new Parsed(next, compile(command.field), command.expression, command.names);
    case "limit":
      return new Limited(next, command.count);
    case "dedup":
      return new Distinct(next, command.fields, columns);
    case "sort":
      return new Sorted(next, command.keys, columns, around.wanted);
    case "stats":
      return new Gathered(next, command.values, command.by, columns);
    case "pattern":
      return new Patterned(next, compile(command.field));
    case "unnest":
      return new Unnested(next, compile(command.field), command.into);
    case "expand":
      return new Unnested(next, (row) => listOf(row.get(command.field)), command.field);
    default:
      return furtherStage(command, next);
  }
}

type Further =
  | ("lookup" | "cidrlookup" | "appendcols" | "autoregress" | "outlier")
  | ("sessionize" | "countfrequent" | "relevantfields" | "anomaly");

function furtherStage(command: Extract<Command, { kind: Further }>, next: Stage): Stage {
  switch (command.kind) {
    case "lookup":
    case "cidrlookup":
      return new LookedUp(next, command);
    case "appendcols":
      return new Appended(next, command, columnsOf(command.subquery.commands).names);
    case "autoregress":
      return new Lagged(next, command.field, command.lags);
    case "outlier":
      return new WithoutOutliers(next, command);
    case "sessionize":
      return new Sessions(next, command.fields, lengthMs(command.gap), command.name);
    case "countfrequent":
      return new Frequencies(next, command.fields);
    case "relevantfields":
      return new Relevance(next, command.fields, compile(command.condition));
    case "anomaly":
      return new Anomalous(next);
  }
}

function evaluateNamed({ expression, name }: Named, columns: ReadonlySet<string>): Evaluate {
  return columns.has(name) ? (row) => row.get(name) : compile(expression);
}

class Made extends Through {
  readonly #made: readonly (readonly [string, Evaluate])[];

  constructor(next: Stage, fields: readonly Named[], columns: ReadonlySet<string>) {
    super(next);
    const made = fields.filter(
      ({ expression, name }) => expression.kind !== "field" || expression.name !== name,
    );
    this.#made = made.map((field) => [field.name, evaluateNamed(field, columns)] as const);
  }

  take(row: Row): void {
    for (const [name, evaluate] of this.#made) row.set(name, evaluate(row));
    this.next.take(row);
  }
}

class Filtered extends Through {
  readonly #condition: Evaluate;

  constructor(next: Stage, condition: Evaluate) {
    super(next);
    this.#condition = condition;
  }

  take(row: Row): void {
    if (isTrue(this.#condition(row))) this.next.take(row);
  }
}

/** What a field's value is read as. */
class Extracted extends Through {
  readonly #field: Evaluate;
  readonly #read: (value: Value) => readonly Value[];
  readonly #names: readonly string[];

  constructor(
    next: Stage,
    field: Evaluate,
    read: (value: Value) => readonly Value[],
    names: readonly string[],
  ) {
    super(next);
    this.#field = field;
    this.#read = read;
    this.#names = names;
  }

  take(row: Row): void {
    const found = this.#read(this.#field(row));
    for (const [index, name] of this.#names.entries()) row.set(name, found[index]);
    this.next.take(row);
  }
}

class Limited extends Through {
  #left: number;

  constructor(next: Stage, count: number) {
    super(next);
    this.#left = count;
  }

  take(row: Row): void {
    if (this.#left === 0) return;
    this.#left--;
    this.next.take(row);
  }

  override get isFull(): boolean {
    return this.#left === 0 || this.next.isFull;
  }
}

/** The first row of each combination of values; rows without one of them are no duplicates. */
class Distinct extends Through {
  readonly #fields: readonly Evaluate[];
  readonly #seen = new Set<string>();

  constructor(next: Stage, fields: readonly Named[], columns: ReadonlySet<string>) {
    super(next);
    this.#fields = fields.map((field) => evaluateNamed(field, columns));
  }

  take(row: Row): void {
    const values = this.#fields.map((field) => field(row));
    if (values.every(isPresent)) {
      const key = keyOf(values);
      if (this.#seen.has(key) || this.#seen.size >= MOST_HELD) return;
      this.#seen.add(key);
    }
    this.next.take(row);
  }
}

interface Held {
  readonly row: Row;
  readonly values: readonly Value[];
}

class Sorted extends Through {
  readonly #keys: readonly Evaluate[];
  readonly #signs: readonly number[];
  readonly #wanted: number;
  #held: Held[] = [];

  constructor(
    next: Stage,
    keys: readonly (Named & { readonly descending: boolean })[],
    columns: ReadonlySet<string>,
    wanted: number,
  ) {
    super(next);
    this.#keys = keys.map((key) => evaluateNamed(key, columns));
    this.#signs = keys.map(({ descending }) => (descending ? -1 : 1));
    this.#wanted = Math.min(wanted, MOST_HELD);
  }

  take(row: Row): void {
    this.#held.push({ row, values: this.#keys.map((key) => key(row)) });
    if (this.#held.length > this.#wanted * 2 + 1_000) this.#settle();
  }

  override end(): void {
    this.#settle();
    for (const { row } of this.#held) this.next.take(row);
    this.next.end();
  }

  override get isFull(): boolean {
    return false;
  }

  /** Keeps the rows that are still wanted. */
  #settle(): void {
    this.#held.sort((one, other) => {
      for (const [index, sign] of this.#signs.entries()) {
        const order = sign * compareValues(one.values[index], other.values[index]);
        if (order !== 0) return order;
      }
      return 0;
    });
    this.#held.length = Math.min(this.#held.length, this.#wanted);
  }
}

interface Group {
  readonly by: readonly Value[];
  /** For each value that is asked for. */
  readonly gathered: readonly (readonly Gathering[])[];
}

class Gathered extends Through {
  readonly #values: readonly (readonly [string, Aggregation])[];
  readonly #by: readonly (readonly [string, Evaluate])[];
  readonly #groups = new Map<string, Group>();

  constructor(next: Stage, values: readonly Named[], by: readonly Named[], columns: ReadonlySet<string>) {
    super(next);
    this.#values = values.map(({ name, expression }) => [name, aggregation(expression)] as const);
    this.#by = by.map((field) => [field.name, evaluateNamed(field, columns)] as const);
  }

  take(row: Row): void {
    const by = this.#by.map(([, evaluate]) => evaluate(row));
    const key = keyOf(by);
    let group = this.#groups.get(key);
    if (!group) {
      if (this.#groups.size >= MOST_GROUPS) return;
      group = this.#begin(by);
      this.#groups.set(key, group);
    }
    for (const gathered of group.gathered) for (const gathering of gathered) gathering.add(row);
  }

  #begin(by: readonly Value[]): Group {
    return { by, gathered: this.#values.map(([, value]) => value.begin()) };
  }

  override end(): void {
    // Of nothing at all there is still one count.
    if (this.#by.length === 0 && this.#groups.size === 0) this.#groups.set("", this.#begin([]));
    for (const { by, gathered } of this.#groups.values()) {
      const row = new Row();
      for (const [index, [name]] of this.#by.entries()) row.set(name, by[index]);
      for (const [index, [name, value]] of this.#values.entries()) {
        row.set(name, value.result(gathered[index] ?? []));
      }
      this.next.take(row);
    }
    this.next.end();
  }

  override get isFull(): boolean {
    return false;
  }
}

class Patterned extends Through {
  readonly #field: Evaluate;
  readonly #templates = new Templates();

  constructor(next: Stage, field: Evaluate) {
    super(next);
    this.#field = field;
  }

  take(row: Row): void {
    this.#templates.add(this.#field(row), row.get("@timestamp"));
  }

  override end(): void {
    for (const row of this.#templates.rows((values) => new Row(undefined, values))) this.next.take(row);
    this.next.end();
  }

  override get isFull(): boolean {
    return false;
  }
}

/** A row for each item of a list; a row without a list passes as it is. */
class Unnested extends Through {
  readonly #field: Evaluate;
  readonly #into: string;

  constructor(next: Stage, field: Evaluate, into: string) {
    super(next);
    this.#field = field;
    this.#into = into;
  }

  take(row: Row): void {
    const list = this.#field(row);
    if (!Array.isArray(list)) this.next.take(row);
    else {
      for (const item of list as Value[]) {
        const one = row.copy();
        one.set(this.#into, item);
        this.next.take(one);
      }
    }
  }
}

function keyOf(values: readonly Value[]): string {
  return JSON.stringify(values.map((value) => textOf(value) ?? null));
}
