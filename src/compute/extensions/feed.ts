import { formatTraceHeader, type Trace } from "../../kernel/trace.ts";
import type { LogFeed } from "../log.ts";
import { Subscriber } from "./subscriber.ts";
import type { Subscription, TelemetryType } from "./subscription.ts";

interface TelemetryEvent {
  readonly time: string;
  /** `platform.start`, `function`, … */
  readonly type: string;
  readonly record: unknown;
}

/** What goes on in one environment, for the extensions that have subscribed to it. */
export class Feed implements LogFeed {
  readonly #nowMs: () => number;
  /** Of a function that logs JSON, lines that are objects are told as objects. */
  readonly #isJson: boolean;
  readonly #subscribers = new Map<string, Subscriber>();
  /** Who subscribes hears from the beginning, while subscribing is possible. */
  #early: TelemetryEvent[] | undefined = [];

  constructor(nowMs: () => number, isJson: boolean) {
    this.#nowMs = nowMs;
    this.#isJson = isJson;
  }

  platform(
    { type, record }: { readonly type: string; readonly record: object },
    trace?: Trace,
    spanId?: string,
  ) {
    if (!/^platform\.(start|runtimeDone|report)$/.test(type) || !trace) return this.#tell(type, record);
    const value = formatTraceHeader({ ...trace, lineage: [] });
    const tracing = { ...(spanId ? { spanId } : {}), type: "X-Amzn-Trace-Id", value };
    this.#tell(type, { ...record, tracing });
  }

  line(text: string, source: "function" | "extension"): void {
    this.#tell(source, text);
  }

  /** `name`: the extension, whose older subscription ends. */
  subscribe(name: string, subscription: Subscription): void {
    this.#subscribers.get(name)?.end();
    const subscriber = new Subscriber(subscription, (record) => {
      const time = new Date(this.#nowMs()).toISOString();
      return eventsFor(subscription, { time, type: "platform.logsDropped", record }, this.#isJson)[0];
    });
    this.#subscribers.set(name, subscriber);
    for (const event of this.#early ?? []) this.#give(subscriber, event);
  }

  subscriptionOf(name: string): Subscription | undefined {
    return this.#subscribers.get(name)?.subscription;
  }

  /** Nobody can subscribe any more. */
  close(): void {
    this.#early = undefined;
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#subscribers.values()].map((subscriber) => subscriber.flush()));
  }

  end(): void {
    for (const subscriber of this.#subscribers.values()) subscriber.end();
    this.#subscribers.clear();
  }

  #tell(type: string, record: unknown): void {
    const event = { time: new Date(this.#nowMs()).toISOString(), type, record };
    this.#early?.push(event);
    for (const subscriber of this.#subscribers.values()) this.#give(subscriber, event);
  }

  #give(subscriber: Subscriber, event: TelemetryEvent): void {
    for (const each of eventsFor(subscriber.subscription, event, this.#isJson)) subscriber.add(each);
  }
}

/** What an event comes to for a subscription: as JSON, nothing where it is of a type that it has not. */
function eventsFor(subscription: Subscription, event: TelemetryEvent, isJson: boolean): string[] {
  const { api, types, schemaVersion } = subscription;
  if (!types.includes(event.type.split(".")[0] as TelemetryType)) return [];
  const told = api === "logs" ? logsEventOf(event, schemaVersion) : [event];
  const keepsObjects = isJson && api === "telemetry" && schemaVersion !== "2022-07-01";
  return told.map((each) => JSON.stringify(keepsObjects ? withObject(each) : each));
}

function withObject(event: TelemetryEvent): TelemetryEvent {
  if (typeof event.record !== "string" || !event.record.startsWith("{")) return event;
  try {
    return { ...event, record: JSON.parse(event.record) as unknown };
  } catch {
    return event;
  }
}

/**
 * An event as the Logs API has it: fewer kinds, and an invocation ends before it is reported.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html
 */
function logsEventOf(event: TelemetryEvent, schemaVersion: string): TelemetryEvent[] {
  const { time, type } = event;
  const record = event.record as Readonly<Record<string, unknown>>;
  const { requestId } = record;
  switch (type) {
    case "platform.start":
      return [{ time, type, record: { requestId, version: record.version } }];
    case "platform.runtimeDone":
      if (schemaVersion === "2020-08-15") return [];
      return [{ time, type, record: { requestId, status: record.status } }];
    case "platform.report":
      return [
        { time, type: "platform.end", record: { requestId } },
        { time, type, record: { requestId, metrics: record.metrics } },
      ];
    case "function":
    case "extension":
    case "platform.extension":
    case "platform.logsSubscription":
    case "platform.logsDropped":
      return [event];
    default:
      return [];
  }
}
