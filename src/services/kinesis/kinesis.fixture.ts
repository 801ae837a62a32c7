// One platform for a test file, and short words for what tests of streams do over and over.
import {
  CreateStreamCommand,
  type CreateStreamCommandInput,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  type PutRecordCommandInput,
  type PutRecordCommandOutput,
  type Shard,
} from "@aws-sdk/client-kinesis";
import { type Nuage, type NuageOptions, startNuage } from "nuage/testing";
import { afterAll, beforeAll } from "vitest";
import type { Store } from "../../store/store.ts";

let wrapStore: ((store: Store) => Store) | undefined;

/** Has every platform that is started from here on stand on a store wrapped like this. */
export function onStores(wrap: (store: Store) => Store): void {
  wrapStore = wrap;
}

type Iterator = Partial<GetShardIteratorCommandInput>;

export interface TestKinesis {
  nuage: Nuage;
  kinesis: KinesisClient;
  /** Makes a stream, of one shard unless it is told. */
  create(name: string, more?: Partial<CreateStreamCommandInput>): Promise<void>;
  put(stream: string, text: string, more?: Partial<PutRecordCommandInput>): Promise<PutRecordCommandOutput>;
  shards(stream: string): Promise<Shard[]>;
  /** From the beginning, of the first shard, unless it is told. */
  iterator(stream: string, more?: Iterator): Promise<string>;
  read(iterator: string, Limit?: number): Promise<GetRecordsCommandOutput>;
  /** The texts of all that a shard holds. */
  texts(stream: string, more?: Iterator): Promise<string[]>;
}

export function useKinesis(options: NuageOptions = {}): TestKinesis {
  const test = {} as TestKinesis;
  beforeAll(async () => {
    test.nuage = await startNuage(wrapStore ? { ...options, parts: { wrapStore } } : options);
    test.kinesis = test.nuage.client(KinesisClient);
  });
  afterAll(() => test.nuage.stop());
  test.create = async (StreamName, more = {}) => {
    const shards = more.StreamModeDetails ? {} : { ShardCount: 1 };
    await test.kinesis.send(new CreateStreamCommand({ StreamName, ...shards, ...more }));
  };
  test.put = (StreamName, text, more = {}) => {
    const record = { Data: Buffer.from(text), PartitionKey: "key", ...more };
    return test.kinesis.send(new PutRecordCommand({ StreamName, ...record }));
  };
  test.shards = async (StreamName) =>
    (await test.kinesis.send(new ListShardsCommand({ StreamName }))).Shards ?? [];
  test.iterator = async (StreamName, more = {}) => {
    const where = { ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" as const, ...more };
    const answer = await test.kinesis.send(new GetShardIteratorCommand({ StreamName, ...where }));
    return answer.ShardIterator ?? "";
  };
  test.read = (ShardIterator, Limit) =>
    test.kinesis.send(new GetRecordsCommand({ ShardIterator, ...(Limit ? { Limit } : {}) }));
  test.texts = async (stream, more = {}) => {
    const texts: string[] = [];
    for (let next: string | undefined = await test.iterator(stream, more); next; ) {
      const { Records = [], NextShardIterator, MillisBehindLatest } = await test.read(next);
      texts.push(...Records.map(textOf));
      next = MillisBehindLatest === 0 ? undefined : NextShardIterator;
    }
    return texts;
  };
  return test;
}

export function textOf({ Data }: { readonly Data?: Uint8Array | undefined }): string {
  return Buffer.from(Data ?? []).toString();
}
