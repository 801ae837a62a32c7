import type { Scope } from "../../kernel/scope.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { invalid, streamMissing } from "./faults.ts";
import { parseStreamArn, type StreamName } from "./names.ts";
import { nameOfId, readShards, readStream, type StreamRecord } from "./records.ts";
import { type Routing, routingOf, type Shard } from "./shards.ts";

/** The members by which operations name a stream: any one of them. */
export interface Named {
  readonly StreamName?: string | undefined;
  readonly StreamARN?: string | undefined;
  readonly StreamId?: string | undefined;
}

/** A stream with its shards. */
export interface Stream {
  readonly record: StreamRecord;
  readonly shards: readonly Shard[];
  readonly routing: Routing;
}

interface Known {
  readonly revision: string;
  readonly shards: readonly Shard[];
  readonly routing: Routing;
}

const MOST_KNOWN = 1000;
/** Shards as they were last read, by the revision that they had. */
const platforms = new WeakMap<Store, Map<number, Known>>();

/** Throws InvalidArgumentException for an input that names no stream, or two. */
export async function nameOf(tx: Transaction, scope: Scope, input: Named): Promise<StreamName> {
  const names: StreamName[] = [];
  if (input.StreamARN !== undefined) names.push(nameOfArn(input.StreamARN));
  if (input.StreamName !== undefined) names.push({ ...(names[0] ?? scope), name: input.StreamName });
  if (input.StreamId !== undefined) {
    const found = await nameOfId(tx, input.StreamId);
    if (!found) throw streamMissing({ ...scope, name: input.StreamId });
    names.push(found);
  }
  const [first] = names;
  if (!first) throw invalid("Either StreamName or StreamARN must be provided.");
  if (names.some(({ name }) => name !== first.name)) {
    throw invalid("StreamARN, StreamName and StreamId must name the same stream.");
  }
  return first;
}

export function nameOfArn(arn: string): StreamName {
  const name = parseStreamArn(arn);
  if (!name) throw invalid(`StreamARN ${arn} is not the ARN of a stream.`);
  return name;
}

export async function requireRecord(tx: Transaction, scope: Scope, input: Named): Promise<StreamRecord> {
  return recordOf(tx, await nameOf(tx, scope, input));
}

export async function recordOf(tx: Transaction, name: StreamName): Promise<StreamRecord> {
  const record = await readStream(tx, name);
  if (!record) throw streamMissing(name);
  return record;
}

export async function requireStream(
  store: Store,
  tx: Transaction,
  scope: Scope,
  input: Named,
): Promise<Stream> {
  return withShards(store, tx, await requireRecord(tx, scope, input));
}

export async function withShards(store: Store, tx: Transaction, record: StreamRecord): Promise<Stream> {
  let known = platforms.get(store);
  if (!known) {
    known = new Map();
    platforms.set(store, known);
  }
  let found = known.get(record.number);
  if (found?.revision !== record.revision) {
    const shards = await readShards(tx, record.number);
    found = { revision: record.revision, shards, routing: routingOf(shards) };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(record.number, found);
  }
  return { record, shards: found.shards, routing: found.routing };
}
