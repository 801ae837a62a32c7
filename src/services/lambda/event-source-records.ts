import type { Scope } from "../../kernel/scope.ts";
import { SOURCE_KEYS } from "../../kernel/sources.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";

/** One event source mapping. */
export interface EventSourceRecord extends Scope {
  readonly v: 1;
  readonly uuid: string;
  readonly functionName: string;
  /** A version or an alias, where the mapping names one. */
  readonly qualifier?: string;
  readonly sourceArn: string;
  readonly enabled: boolean;
  readonly state: EventSourceState;
  readonly reason: string;
  readonly createdMs: number;
  /** When it was first enabled: LATEST is what came since. */
  readonly startedMs?: number;
  readonly lastModifiedMs: number;
  /** Streams only. */
  readonly lastResult?: string;
  /** Changes with every change that whoever reads the source must know of. */
  readonly revision: string;
  readonly settings: EventSourceSettings;
  readonly tags: Readonly<Record<string, string>>;
}

export type EventSourceState =
  | "Creating"
  | "Enabling"
  | "Enabled"
  | "Disabling"
  | "Disabled"
  | "Updating"
  | "Deleting";

/** What a mapping of its kind has; all of a stream's are there, those of a queue when they were given. */
export interface EventSourceSettings {
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly responseTypes: readonly string[];
  readonly filters?: readonly string[];
  readonly kmsKeyArn?: string;
  readonly metrics?: readonly string[];
  readonly maximumConcurrency?: number;
  readonly pollers?: { readonly least: number; readonly most: number };
  readonly stream?: StreamSettings;
}

export interface StreamSettings {
  readonly position: "TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP";
  readonly timestampMs?: number;
  readonly parallelization: number;
  readonly tumblingSeconds: number;
  readonly bisects: boolean;
  /** -1: for ever. */
  readonly retries: number;
  /** -1: for ever. */
  readonly ageSeconds: number;
  readonly onFailure?: string;
}

/** All mappings of all accounts. */
export const EVENT_SOURCES: Key = [SOURCE_KEYS.mappings];

const keyOf = ({ account, region }: Scope, uuid: string): Key => [...EVENT_SOURCES, account, region, uuid];

export async function readEventSource(
  tx: Transaction,
  scope: Scope,
  uuid: string,
): Promise<EventSourceRecord | undefined> {
  return (await tx.get(keyOf(scope, uuid))) as EventSourceRecord | undefined;
}

export function writeEventSource(tx: Transaction, record: EventSourceRecord): void {
  tx.set(keyOf(record, record.uuid), record as unknown as Value);
}

export const deleteEventSource = (tx: Transaction, { uuid, ...scope }: EventSourceRecord): void =>
  tx.delete(keyOf(scope, uuid));

/** The mappings of a scope in order of UUID, those after `after` first. */
export async function* eventSourcesOf(tx: Transaction, { account, region }: Scope, after?: string) {
  const prefix: Key = [...EVENT_SOURCES, account, region];
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as EventSourceRecord;
}

export async function* everyEventSource(tx: Transaction) {
  for await (const [, value] of tx.range({ prefix: EVENT_SOURCES }))
    yield value as unknown as EventSourceRecord;
}
