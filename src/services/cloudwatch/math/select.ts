import type { MetricName } from "../data/metric-name.ts";
import { isAggregate } from "./aggregates.ts";
import { ExpressionError, type Token, tokensOf } from "./tokens.ts";

/** A query of Metrics Insights. */
export interface Selection {
  readonly stat: "Average" | "SampleCount" | "Maximum" | "Minimum" | "Sum";
  readonly metricName: string;
  readonly namespace: string;
  /** All metrics have these dimensions, no more and no fewer. */
  readonly schema?: readonly string[];
  readonly where: readonly Condition[];
  readonly groupBy: readonly string[];
  readonly order?: { readonly by: string; readonly descending: boolean };
  readonly limit?: number;
}

interface Condition {
  readonly name: string;
  readonly value: string;
  readonly isEqual: boolean;
}

const STATS = {
  AVG: "Average",
  COUNT: "SampleCount",
  MAX: "Maximum",
  MIN: "Minimum",
  SUM: "Sum",
} as const;
const MOST_ROWS = 500;

export const isSelection = (text: string): boolean => /^\s*SELECT\s/i.test(text);

/**
 * `SELECT AVG(x) FROM SCHEMA("ns", a) WHERE a = 'b' GROUP BY a ORDER BY MAX() DESC LIMIT 5`. Throws
 * ExpressionError. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
export function parseSelection(text: string): Selection {
  const reader = new Reader(tokensOf(text));
  reader.word("SELECT");
  const called = reader.take("name").toUpperCase();
  if (!Object.hasOwn(STATS, called)) throw new ExpressionError(`Unsupported function: ${called}`);
  reader.sign("(");
  const metricName = reader.name();
  reader.sign(")");
  reader.word("FROM");
  const from = readFrom(reader);
  const where: Condition[] = [];
  if (reader.skipWord("WHERE")) {
    do where.push(readCondition(reader));
    while (reader.skipWord("AND"));
  }
  const groupBy: string[] = [];
  if (reader.skipWord("GROUP")) {
    reader.word("BY");
    do groupBy.push(reader.name());
    while (reader.skipSign(","));
  }
  const order = reader.skipWord("ORDER") ? readOrder(reader) : undefined;
  const limit = reader.skipWord("LIMIT") ? Number(reader.take("number")) : undefined;
  reader.end();
  if (limit !== undefined && (limit < 1 || limit > MOST_ROWS)) {
    throw new ExpressionError(`LIMIT must be from 1 to ${MOST_ROWS}`);
  }
  return {
    stat: STATS[called as keyof typeof STATS],
    metricName,
    ...from,
    where,
    groupBy,
    ...(order ? { order } : {}),
    ...(limit === undefined ? {} : { limit }),
  };
}

function readFrom(reader: Reader): Pick<Selection, "namespace" | "schema"> {
  if (!reader.skipWord("SCHEMA")) return { namespace: reader.name() };
  reader.sign("(");
  const namespace = reader.name();
  const schema: string[] = [];
  while (reader.skipSign(",")) schema.push(reader.name());
  reader.sign(")");
  return { namespace, schema };
}

function readCondition(reader: Reader): Condition {
  const name = reader.name();
  const sign = reader.take("sign");
  if (sign !== "=" && sign !== "!=") throw new ExpressionError(`Unexpected token '${sign}'`);
  return { name, value: reader.take("text"), isEqual: sign === "=" };
}

function readOrder(reader: Reader): NonNullable<Selection["order"]> {
  reader.word("BY");
  const by = reader.take("name").toUpperCase();
  if (!isAggregate(by) && by !== "COUNT") throw new ExpressionError(`Unsupported function: ${by}`);
  reader.sign("(");
  reader.sign(")");
  const descending = reader.skipWord("DESC");
  if (!descending) reader.skipWord("ASC");
  return { by, descending };
}

/** Whether a metric is meant. */
export function isSelected({ namespace, metricName, schema, where, groupBy }: Selection, metric: MetricName) {
  if (metric.namespace !== namespace || metric.name !== metricName) return false;
  const names = metric.dimensions.map(([name]) => name);
  if (schema && (schema.length !== names.length || !schema.every((name) => names.includes(name))))
    return false;
  if (!groupBy.every((name) => names.includes(name))) return false;
  return where.every(({ name, value, isEqual }) => {
    const own = metric.dimensions.find(([one]) => one === name)?.[1];
    return own !== undefined && (own === value) === isEqual;
  });
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  take(kind: Token["kind"]): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) throw new ExpressionError(`Unexpected token '${token?.text ?? ""}'`);
    this.#at++;
    return token.text;
  }

  /** With quotes, or without them. */
  name(): string {
    return this.#tokens[this.#at]?.kind === "text" ? this.take("text") : this.take("name");
  }

  word(word: string): void {
    if (!this.skipWord(word)) throw new ExpressionError(`${word} is expected in the query`);
  }

  skipWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    const isIt = token?.kind === "name" && token.text.toUpperCase() === word;
    if (isIt) this.#at++;
    return isIt;
  }

  sign(sign: string): void {
    if (!this.skipSign(sign)) throw new ExpressionError(`'${sign}' is expected in the query`);
  }

  skipSign(sign: string): boolean {
    const token = this.#tokens[this.#at];
    const isIt = token?.kind === "sign" && token.text === sign;
    if (isIt) this.#at++;
    return isIt;
  }

  end(): void {
    const token = this.#tokens[this.#at];
    if (token && token.kind !== "end") throw new ExpressionError(`Unexpected token '${token.text}'`);
  }
}
