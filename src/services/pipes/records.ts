import type * as sdk from "@aws-sdk/client-pipes";
import type { Scope } from "../../kernel/scope.ts";
import { SOURCE_KEYS } from "../../kernel/sources.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { PipeName } from "./names.ts";

export interface PipeRecord extends PipeName {
  readonly v: 1;
  /** Its checkpoints lie under it: a pipe of the same name that comes later has none of them. */
  readonly id: string;
  /** Changes with every change of what the pipe does. */
  readonly revision: string;
  readonly source: string;
  readonly target: string;
  readonly enrichment?: string;
  readonly roleArn: string;
  readonly desired: sdk.RequestedPipeStateDescribeResponse;
  readonly current: sdk.PipeState;
  readonly reason?: string;
  readonly description?: string;
  readonly batching: Batching;
  /** Patterns. */
  readonly filters: readonly string[];
  readonly enrichmentParameters?: sdk.PipeEnrichmentParameters;
  readonly targetParameters?: sdk.PipeTargetParameters;
  readonly logging?: sdk.PipeLogConfiguration;
  readonly kmsKey?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/** How the source is read. Absent members of a stream: no limit. */
export interface Batching {
  readonly size: number;
  readonly windowSeconds: number;
  readonly stream?: {
    readonly position: sdk.KinesisStreamStartPosition;
    readonly timestampMs?: number;
    readonly parallelization: number;
    readonly retries: number;
    readonly ageSeconds: number;
    readonly bisects: boolean;
    readonly deadLetterArn?: string;
  };
}

/** All pipes: what changes below it changes what is to be read. */
export const PIPES: Key = [SOURCE_KEYS.pipes];

const pipeKey = ({ account, region, name }: PipeName): Key => [...PIPES, account, region, name];

export async function readPipe(tx: Transaction, name: PipeName): Promise<PipeRecord | undefined> {
  return (await tx.get(pipeKey(name))) as unknown as PipeRecord | undefined;
}

export function writePipe(tx: Transaction, pipe: PipeRecord): void {
  tx.set(pipeKey(pipe), pipe as unknown as Value);
}

export function removePipe(tx: Transaction, pipe: PipeRecord): void {
  tx.delete(pipeKey(pipe));
}

/** The pipes of an account in a region, by name, behind one of them. */
export async function* pipesAfter(
  tx: Transaction,
  { account, region }: Scope,
  after: string | undefined,
): AsyncIterable<PipeRecord> {
  const prefix: Key = [...PIPES, account, region];
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as PipeRecord;
}

export async function* everyPipe(tx: Transaction): AsyncIterable<PipeRecord> {
  for await (const [, value] of tx.range({ prefix: PIPES })) yield value as unknown as PipeRecord;
}
