import type { Row } from "../row.ts";
import { textOf } from "../values.ts";
import { anomaliesOf, type Span } from "./anomalies.ts";
import { Holding } from "./stage.ts";

export const ANOMALY_COLUMNS = [
  "@description",
  "@priority",
  "@priorityScore",
  "@patternString",
  "@anomalyLogSamples",
];

const MOST_SAMPLES = 5;
const HIGH = 0.8;
const MEDIUM = 0.5;

/** For each thing that is unusual about a pattern a row, what matters most first. */
export class Anomalous extends Holding {
  protected made(rows: Row[]): readonly Row[] {
    const seen = rows.flatMap(({ occurrences }) => occurrences ?? []);
    const span = {
      firstMs: Math.min(...seen.map(({ firstMs }) => firstMs)),
      lastMs: Math.max(...seen.map(({ lastMs }) => lastMs)),
      count: seen.reduce((sum, { kept }) => sum + kept.length, 0),
    };
    const found = rows.flatMap((row) => anomalousRows(row, span));
    const scoreOf = (row: Row) => Number(row.get("@priorityScore"));
    return found.sort((one, other) => scoreOf(other) - scoreOf(one));
  }
}

function anomalousRows(row: Row, span: Span): Row[] {
  const pattern = textOf(row.get("@pattern")) ?? "";
  const anomalies = row.occurrences ? anomaliesOf(pattern, row.occurrences, span) : [];
  return anomalies.map(({ description, score, samples }) => {
    const found = row.copy();
    found.set("@description", description);
    found.set("@priority", score >= HIGH ? "HIGH" : score >= MEDIUM ? "MEDIUM" : "LOW");
    found.set("@priorityScore", score);
    found.set("@patternString", pattern);
    found.set("@anomalyLogSamples", samples.slice(0, MOST_SAMPLES));
    return found;
  });
}
