import type { Ids } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import type { Counted } from "../../kernel/metrics.ts";
import type { OtlpTarget } from "../../kernel/otlp-target.ts";
import type { Span } from "../../kernel/telemetry.ts";
import { weighLine } from "../retention.ts";
import { type Attributes, pairsOf } from "./attributes.ts";
import { Lane } from "./lane.ts";
import { otlpLogRecord, type SpannedLine } from "./log-records.ts";
import { placeOf, resourceOfLine, resourceOfSpan } from "./resources.ts";
import { type Link, otlpSpan } from "./spans.ts";
import { otlpMetric } from "./summaries.ts";

export interface LanesOptions {
  readonly target: OtlpTarget;
  readonly version: string;
  readonly ids: Pick<Ids, "fraction">;
  readonly log: Log;
}

interface LinkedSpan {
  readonly span: Span;
  readonly links: readonly Link[];
}

/** What a span or a series weighs, roughly. */
const RECORD_BYTES = 1_000;
const SCHEMA = "https://opentelemetry.io/schemas/1.37.0";

/** A lane for each signal. */
export function openLanes(options: LanesOptions) {
  const scope = { name: "nuage", version: options.version };
  return {
    traces: new Lane<LinkedSpan>({
      ...options,
      signal: "traces",
      weigh: () => RECORD_BYTES,
      toRequest: (all) => ({
        resourceSpans: byResource(all, ({ span }) => resourceOfSpan(span)).map(([resource, own]) => {
          const spans = own.flatMap(({ span, links }) => otlpSpan(span, links) ?? []);
          return { resource, scopeSpans: [{ scope, spans }], schemaUrl: SCHEMA };
        }),
      }),
    }),
    logs: new Lane<SpannedLine>({
      ...options,
      signal: "logs",
      weigh: ({ line }) => weighLine(line),
      toRequest: (all) => ({
        resourceLogs: byResource(all, ({ line }) => resourceOfLine(line)).map(([resource, own]) => {
          return { resource, scopeLogs: [{ scope, logRecords: own.map(otlpLogRecord) }], schemaUrl: SCHEMA };
        }),
      }),
    }),
    metrics: new Lane<Counted>({
      ...options,
      signal: "metrics",
      weigh: () => RECORD_BYTES,
      toRequest: (all) => ({
        resourceMetrics: byResource(all, ({ series }) => ({
          "service.name": series.namespace,
          ...placeOf(series),
        })).map(([resource, own]) => {
          return { resource, scopeMetrics: [{ scope, metrics: own.map(otlpMetric) }], schemaUrl: SCHEMA };
        }),
      }),
    }),
  };
}

/** Records by what they come from, each resource once. */
function byResource<T>(
  records: readonly T[],
  resourceOf: (record: T) => Attributes,
): [resource: { attributes: object[] }, records: T[]][] {
  const groups = new Map<string, [{ attributes: object[] }, T[]]>();
  for (const record of records) {
    const attributes = resourceOf(record);
    const key = JSON.stringify(attributes);
    const group = groups.get(key);
    if (group) group[1].push(record);
    else groups.set(key, [{ attributes: pairsOf(attributes) }, [record]]);
  }
  return [...groups.values()];
}
