import type { Scope } from "../../kernel/scope.ts";
import type { SourceMapping, SourceSettings, StartingPosition } from "../../kernel/sources.ts";
import type { Key, Store, Transaction } from "../../store/store.ts";
import {
  deleteEventSource,
  EVENT_SOURCES,
  type EventSourceRecord,
  type EventSourceState,
  everyEventSource,
  readEventSource,
  type StreamSettings,
  writeEventSource,
} from "./event-source-records.ts";
import { eventSourceArn, functionOf } from "./event-sources.ts";
import { arnOf } from "./names.ts";
import { resolveTarget } from "./resolve.ts";

/** What Lambda wants of event sources, for whoever reads them. */
export interface EventSourceFeed {
  /** Changes below it when what is wanted changes. */
  readonly key: Key;
  list(): Promise<readonly SourceMapping[]>;
  /** A revision that was pending runs now, or has come to rest. */
  settled(mapping: SourceMapping): Promise<void>;
  /** How the latest batch of a stream ended. */
  processed(mapping: SourceMapping, result: string): Promise<void>;
}

export function eventSourceFeed(store: Store): EventSourceFeed {
  return {
    key: EVENT_SOURCES,
    list: () =>
      store.transact(async (tx) => {
        const mappings: SourceMapping[] = [];
        for await (const record of everyEventSource(tx)) mappings.push(await mappingOf(tx, record));
        return mappings;
      }),
    settled: (mapping) => store.transact((tx) => settle(tx, mapping)),
    processed: (mapping, result) => store.transact((tx) => note(tx, mapping, result)),
  };
}

/** States that a mapping passes through, and where they lead. */
const LEADS_TO: Readonly<Partial<Record<EventSourceState, (enabled: boolean) => EventSourceState>>> = {
  Creating: (enabled) => (enabled ? "Enabled" : "Disabled"),
  Updating: (enabled) => (enabled ? "Enabled" : "Disabled"),
  Enabling: () => "Enabled",
  Disabling: () => "Disabled",
};

async function settle(tx: Transaction, mapping: SourceMapping): Promise<void> {
  const record = await currentOf(tx, mapping);
  if (!record) return;
  const next = LEADS_TO[record.state];
  if (next) writeEventSource(tx, { ...record, state: next(record.enabled) });
  else if (record.state === "Deleting") deleteEventSource(tx, record);
}

/** Queues have no such result. */
async function note(tx: Transaction, mapping: SourceMapping, result: string): Promise<void> {
  const record = await currentOf(tx, mapping);
  if (record?.lastResult !== undefined && record.lastResult !== result)
    writeEventSource(tx, { ...record, lastResult: result });
}

async function currentOf(tx: Transaction, mapping: SourceMapping): Promise<EventSourceRecord | undefined> {
  const record = await readEventSource(tx, mapping, mapping.id);
  return record?.revision === mapping.revision ? record : undefined;
}

async function mappingOf(tx: Transaction, record: EventSourceRecord): Promise<SourceMapping> {
  const { account, region, uuid, functionName, sourceArn, revision, enabled, state } = record;
  const name = functionOf(record);
  const target = await resolveTarget(tx, name, () => 1);
  return {
    ...{ account, region, id: uuid, name: functionName, sourceArn, revision, active: enabled },
    arn: eventSourceArn(record, uuid),
    targetArn: arnOf(name),
    role: target?.version.role ?? missingRole(record),
    logGroup: target?.version.logGroup ?? `/aws/lambda/${functionName}`,
    pending: state === "Deleting" || LEADS_TO[state] !== undefined,
    settings: settingsOf(record, target?.version.timeoutMs ?? 0),
  };
}

/** Of a mapping whose function is gone. */
const missingRole = ({ account }: Scope) => `arn:aws:iam::${account}:role/deleted`;

function settingsOf(
  { settings, startedMs, createdMs }: EventSourceRecord,
  deliveryMs: number,
): SourceSettings {
  const { batchSize, windowSeconds, filters, responseTypes, metrics, maximumConcurrency, pollers, stream } =
    settings;
  return {
    batchSize,
    windowMs: windowSeconds * 1000,
    filters: filters ?? [],
    reportsItems: responseTypes.includes("ReportBatchItemFailures"),
    countsEvents: metrics?.includes("EventCount") ?? false,
    deliveryMs,
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    ...(pollers ? { pollers } : {}),
    parallelization: stream?.parallelization ?? 1,
    tumblingMs: (stream?.tumblingSeconds ?? 0) * 1000,
    bisects: stream?.bisects ?? false,
    ...(stream && stream.retries >= 0 ? { mostRetries: stream.retries } : {}),
    ...(stream && stream.ageSeconds >= 0 ? { mostAgeMs: stream.ageSeconds * 1000 } : {}),
    ...(stream?.onFailure === undefined ? {} : { onFailure: stream.onFailure }),
    ...(stream ? { start: startOf(stream, startedMs ?? createdMs) } : {}),
  };
}

function startOf({ position, timestampMs }: StreamSettings, startedMs: number): StartingPosition {
  if (position === "TRIM_HORIZON") return { at: position };
  return { at: position, timeMs: position === "LATEST" ? startedMs : (timestampMs ?? startedMs) };
}
