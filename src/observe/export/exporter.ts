import type { Clock } from "../../kernel/clock.ts";
import type { Counted } from "../../kernel/metrics.ts";
import type { OtlpSignal, OtlpStatus } from "../../kernel/otlp-target.ts";
import type { LogLine, Span } from "../../kernel/telemetry.ts";
import type { Lane } from "./lane.ts";
import { type LanesOptions, openLanes } from "./lanes.ts";
import { Minutes } from "./minutes.ts";
import { linksOf } from "./spans.ts";

interface ExporterOptions extends LanesOptions {
  /** The platform's: minutes of metrics end by it. */
  readonly clock: Clock;
}

/** Sends what the platform sees to a collector. Taking a record in is a push into an array. */
export interface Exporter {
  span(span: Span): void;
  line(line: LogLine, spanId: string | undefined): void;
  counted(counted: readonly Counted[]): void;
  status(): OtlpStatus;
  /** Sends what waits now, minutes that have ended among it. */
  flush(): Promise<void>;
  /** Sends all that waits, the minute that has begun too, and lets go. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** A minute is sent a little after its end, when all that was counted in it has been handed on. */
const AFTER_MINUTE_MS = 2_000;

export function createExporter(options: ExporterOptions): Exporter {
  const { target, clock } = options;
  const lanes = openLanes(options);
  const minutes = new Minutes();
  const heads = new TraceHeads();
  const wants = new Set<OtlpSignal>(target.signals);
  let dueMs = 0;

  const handOn = (untilMs: number) => {
    for (const counted of minutes.take(untilMs)) lanes.metrics.push(counted);
  };
  const whenWhole = () => {
    if (minutes.size === 0 || dueMs > clock.now()) return;
    dueMs = (Math.floor(clock.now() / MINUTE_MS) + 1) * MINUTE_MS + AFTER_MINUTE_MS;
    clock.at(dueMs, () => {
      handOn(clock.now());
      whenWhole();
    });
  };
  const used: Pick<Lane<unknown>, "flush" | "close">[] = target.signals.map((signal) => lanes[signal]);
  return {
    span(span) {
      if (!wants.has("traces")) return;
      heads.note(span);
      const links = linksOf(span).map((root) => ({ root, spanId: heads.of(root) }));
      lanes.traces.push({ span, links });
    },
    line(line, spanId) {
      if (wants.has("logs")) lanes.logs.push({ line, spanId });
    },
    counted(counted) {
      if (!wants.has("metrics")) return;
      minutes.add(counted);
      whenWhole();
    },
    status() {
      const told = target.signals.map((signal) => {
        const { figures } = lanes[signal];
        if (signal !== "metrics") return [signal, figures] as const;
        const dropped = figures.dropped + minutes.dropped;
        return [signal, { ...figures, dropped, waiting: figures.waiting + minutes.size }] as const;
      });
      const problem = target.signals
        .map((signal) => lanes[signal].lastProblem)
        .find((text) => text !== undefined);
      return {
        url: target.url,
        protocol: target.protocol,
        signals: Object.fromEntries(told),
        ...(problem === undefined ? {} : { lastProblem: problem }),
      };
    },
    async flush() {
      handOn(clock.now());
      await Promise.all(used.map((lane) => lane.flush()));
    },
    async close() {
      handOn(Number.POSITIVE_INFINITY);
      await Promise.all(used.map((lane) => lane.close()));
    },
  };
}

const MOST_HEADS = 10_000;

/** The latest call of each recent trace: what a link to a trace leads to. */
class TraceHeads {
  readonly #heads = new Map<string, string>();

  note({ kind, traceId, spanId }: Span): void {
    if (kind !== "call") return;
    this.#heads.delete(traceId);
    this.#heads.set(traceId, spanId);
    if (this.#heads.size <= MOST_HEADS) return;
    const [oldest = ""] = this.#heads.keys();
    this.#heads.delete(oldest);
  }

  of(traceId: string): string | undefined {
    return this.#heads.get(traceId);
  }
}
