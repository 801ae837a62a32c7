import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Metrics } from "../kernel/metrics.ts";
import type { OtlpStatus } from "../kernel/otlp-target.ts";
import { expose, type Family, type Sample } from "../observe/export/exposition.ts";
import { familiesOf, isGauge } from "../observe/export/families.ts";
import type { Totals } from "../observe/export/totals.ts";
import { allowOnly } from "./parameters.ts";

export interface Exposed {
  readonly metrics: Metrics;
  readonly totals: Totals;
  readonly version: string;
  readonly otlp: (() => OtlpStatus) | undefined;
}

/** Gauges that are looked at for one answer. */
const MOST_LOOKS = 1_000;

/** `GET /_nuage/metrics`: all numbers as Prometheus reads them, or as OpenMetrics, by the Accept header. */
export async function prometheusPage(
  { metrics, totals, version, otlp }: Exposed,
  { query, accept }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, []);
  await metrics.settle();
  const gauges = Array.from(totals.all(), ({ series }) => series).filter(isGauge);
  for (const series of gauges.slice(0, MOST_LOOKS)) await metrics.look(series);
  await metrics.settle();
  const families = [
    ...ofProcess(version),
    gauge("nuage_metric_series", "Series of CloudWatch's metrics that are told here", totals.size),
    gauge(
      "nuage_metric_series_left_out",
      "Series that came when there was no more room",
      totals.refused.size,
    ),
    ...(otlp ? ofExport(otlp()) : []),
    ...familiesOf(totals.all()),
  ];
  const { contentType, text } = expose(families, accept);
  return { status: 200, bytes: bytesOf(text), contentType };
}

function ofProcess(version: string): Family[] {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { utilization } = performance.eventLoopUtilization();
  return [
    {
      name: "nuage_build_info",
      help: "The platform's version, and Node's",
      type: "gauge",
      samples: [{ labels: { version, node: process.version }, value: 1 }],
    },
    counter("process_cpu_seconds", "Time of the processor, of user and system", [
      { value: (user + system) / 1e6 },
    ]),
    gauge(
      "process_start_time_seconds",
      "When the process began, since the epoch",
      performance.timeOrigin / 1e3,
    ),
    gauge("process_resident_memory_bytes", "Memory of the process", rss),
    gauge("nodejs_heap_size_used_bytes", "Heap in use", heapUsed),
    gauge("nodejs_heap_size_total_bytes", "Heap", heapTotal),
    gauge("nodejs_external_memory_bytes", "Memory of buffers and libraries", external),
    gauge("nodejs_eventloop_utilization", "Part of the time in which the event loop was busy", utilization),
  ];
}

function ofExport({ signals }: OtlpStatus): Family[] {
  const of = (figure: "sent" | "dropped" | "waiting"): Sample[] =>
    Object.entries(signals).map(([signal, figures]) => ({ labels: { signal }, value: figures[figure] }));
  return [
    counter("nuage_otlp_records_sent", "Records that the OTLP collector has taken", of("sent")),
    counter("nuage_otlp_records_dropped", "Records that were not sent to it", of("dropped")),
    {
      name: "nuage_otlp_records_waiting",
      help: "Records on their way",
      type: "gauge",
      samples: of("waiting"),
    },
  ];
}

const gauge = (name: string, help: string, value: number): Family => ({
  name,
  help,
  type: "gauge",
  samples: [{ value }],
});

const counter = (name: string, help: string, samples: Sample[]): Family => ({
  name,
  help,
  type: "counter",
  samples,
});

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
