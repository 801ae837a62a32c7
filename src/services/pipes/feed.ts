import type * as sdk from "@aws-sdk/client-pipes";
import type { SourceMapping, SourceSettings, StartingPosition } from "../../kernel/sources.ts";
import type { Key, Store, Transaction } from "../../store/store.ts";
import { pipeArn } from "./names.ts";
import { everyPipe, PIPES, type PipeRecord, readPipe, removePipe, writePipe } from "./records.ts";

/** What pipes want of event sources, for whoever reads them. */
export interface PipeFeed {
  /** Changes below it when what is wanted changes. */
  readonly key: Key;
  list(): Promise<readonly SourceMapping[]>;
  /** A revision that was pending runs now, or has come to rest. */
  settled(mapping: SourceMapping): Promise<void>;
  /** How the latest batch ended. */
  processed(mapping: SourceMapping, result: string): Promise<void>;
}

export function pipeFeed(store: Store): PipeFeed {
  return {
    key: PIPES,
    list: () =>
      store.transact(async (tx) => {
        const mappings: SourceMapping[] = [];
        for await (const pipe of everyPipe(tx))
          if (!FAILED.test(pipe.current)) mappings.push(mappingOf(pipe));
        return mappings;
      }),
    settled: (mapping) => store.transact((tx) => settle(tx, mapping)),
    processed: (mapping, result) => store.transact((tx) => note(tx, mapping, result)),
  };
}

/** A pipe that names what the platform does not have never runs. */
const FAILED = /_FAILED$/;
const ON_THE_WAY: ReadonlySet<sdk.PipeState> = new Set([
  "CREATING",
  "UPDATING",
  "STARTING",
  "STOPPING",
  "DELETING",
]);

/** A pipe runs at most for so long at a time. */
const LONGEST_RUN_MS = 300_000;

function mappingOf(pipe: PipeRecord): SourceMapping {
  const { account, region, id, name, revision, source, target, roleArn, desired, current } = pipe;
  return {
    ...{ account, region, id, name, revision },
    arn: pipeArn(pipe),
    targetArn: target,
    sourceArn: source,
    role: roleArn,
    logGroup: `/aws/vendedlogs/pipes/${name}`,
    active: desired === "RUNNING",
    pending: ON_THE_WAY.has(current),
    settings: settingsOf(pipe),
  };
}

function settingsOf({ batching, filters, createdMs }: PipeRecord): SourceSettings {
  const { size, windowSeconds, stream } = batching;
  return {
    batchSize: size,
    windowMs: windowSeconds * 1000,
    filters,
    reportsItems: true,
    countsEvents: false,
    deliveryMs: LONGEST_RUN_MS,
    parallelization: stream?.parallelization ?? 1,
    tumblingMs: 0,
    bisects: stream?.bisects ?? false,
    ...(stream && stream.retries >= 0 ? { mostRetries: stream.retries } : {}),
    ...(stream && stream.ageSeconds >= 0 ? { mostAgeMs: stream.ageSeconds * 1000 } : {}),
    ...(stream?.deadLetterArn === undefined ? {} : { onFailure: stream.deadLetterArn }),
    ...(stream ? { start: startOf(stream, createdMs) } : {}),
  };
}

function startOf(
  { position, timestampMs }: NonNullable<PipeRecord["batching"]["stream"]>,
  createdMs: number,
): StartingPosition {
  if (position === "TRIM_HORIZON") return { at: position };
  return { at: position, timeMs: position === "LATEST" ? createdMs : (timestampMs ?? createdMs) };
}

async function settle(tx: Transaction, mapping: SourceMapping): Promise<void> {
  const pipe = await readPipe(tx, mapping);
  if (pipe?.revision !== mapping.revision || !ON_THE_WAY.has(pipe.current)) return;
  if (pipe.current === "DELETING") removePipe(tx, pipe);
  else writePipe(tx, { ...pipe, current: pipe.desired === "RUNNING" ? "RUNNING" : "STOPPED" });
}

/** A source that cannot be read is the reason why the pipe does nothing, until it can. */
async function note(tx: Transaction, mapping: SourceMapping, result: string): Promise<void> {
  const pipe = await readPipe(tx, mapping);
  if (pipe?.revision !== mapping.revision) return;
  const [, problem] = /^PROBLEM: (.*)$/s.exec(result) ?? [];
  if (problem === pipe.reason) return;
  const { reason: _, ...rest } = pipe;
  writePipe(tx, problem === undefined ? rest : { ...rest, reason: problem });
}
