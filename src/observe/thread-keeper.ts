import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { LineStream } from "../kernel/lines.ts";
import type { Span } from "../kernel/telemetry.ts";
import type { SpanQuery } from "../kernel/traces.ts";
import type { Analysis, AnalysisResult } from "./analysis/model.ts";
import type { IssueDetail, IssueList, IssueQuery } from "./issues/model.ts";
import type {
  EventPage,
  EventQuery,
  LogPage,
  LogQuery,
  StreamQuery,
  TraceDetail,
  TraceList,
  TraceQuery,
} from "./model.ts";
import type { Batch, Eviction, Keeper } from "./records.ts";
import type { Answer, Ask, Question, ThreadOptions } from "./thread-messages.ts";

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** The thread could not do what it was asked. */
class TelemetryError extends Error {
  override readonly name = "TelemetryError";
}

/** Keeps telemetry in a thread of its own. It keeps the process alive only while it is asked. */
export class ThreadKeeper implements Keeper {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failure: TelemetryError | undefined;

  constructor(options: ThreadOptions, warn: (message: string) => void) {
    this.#worker = new Worker(threadFile(), { name: "telemetry", workerData: options, execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => {
      if ("warning" in answer) warn(answer.warning);
      else this.#settle(answer);
    });
    this.#worker.on("error", (error) => this.#fail(error.message));
    this.#worker.on("exit", () => this.#fail("the telemetry thread has ended"));
  }

  append(batch: Batch): Promise<void> {
    return this.#ask({ method: "append", batch: JSON.stringify(batch) });
  }

  traces(query: TraceQuery): Promise<TraceList> {
    return this.#ask({ method: "traces", query });
  }

  trace(traceId: string | undefined): Promise<TraceDetail | undefined> {
    return this.#ask({ method: "trace", traceId });
  }

  logs(query: LogQuery): Promise<LogPage> {
    return this.#ask({ method: "logs", query });
  }

  streams(query: StreamQuery): Promise<LineStream[]> {
    return this.#ask({ method: "streams", query });
  }

  events(query: EventQuery): Promise<EventPage> {
    return this.#ask({ method: "events", query });
  }

  spans(query: SpanQuery): Promise<[Span, ...Span[]][]> {
    return this.#ask({ method: "spans", query });
  }

  issues(query: IssueQuery): Promise<IssueList> {
    return this.#ask({ method: "issues", query });
  }

  issue(id: string): Promise<IssueDetail | undefined> {
    return this.#ask({ method: "issue", issue: id });
  }

  analyse<What extends Analysis["what"]>(
    analysis: Extract<Analysis, { what: What }>,
  ): Promise<AnalysisResult[What]> {
    return this.#ask({ method: "analyse", analysis });
  }

  evictions(): Promise<Eviction[]> {
    return this.#ask({ method: "evictions" });
  }

  clear(): Promise<void> {
    return this.#ask({ method: "clear" });
  }

  async close(): Promise<void> {
    try {
      await this.#ask({ method: "close" });
    } finally {
      await this.#worker.terminate();
    }
  }

  #ask<T>(ask: Ask): Promise<T> {
    if (this.#failure) return Promise.reject(this.#failure);
    const question: Question = { id: ++this.#lastId, ...ask };
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(question.id, { resolve, reject });
      this.#worker.postMessage(question);
    });
  }

  #settle(answer: Exclude<Answer, { warning: string }>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in answer) waiting?.reject(new TelemetryError(answer.error));
    else waiting?.resolve(answer.result as never);
  }

  #fail(message: string): void {
    this.#failure ??= new TelemetryError(message);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** The thread's bundle: beside or above this module in the build, and in the build when run from source. */
function threadFile(): URL {
  const places = ["./telemetry-thread.js", "../telemetry-thread.js", "../../dist/telemetry-thread.js"];
  const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  if (!found) throw new TelemetryError("telemetry-thread.js is missing: the build is not complete");
  return found;
}
