import type * as sdk from "@aws-sdk/client-kinesis";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import { nameOfArn } from "./catalog.ts";
import type { Compression } from "./channel-keys.ts";
import type { StreamName } from "./names.ts";
import type { Passage, StreamRecord } from "./records.ts";

/** What delivers a stream's records to a bucket. */
export interface ChannelRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  readonly id: string;
  readonly createdMs: number;
  readonly role: string;
  readonly stream: StreamName;
  /** The stream's number: one made again under the name is another. */
  readonly number: number;
  readonly streamCreatedMs: number;
  readonly format: "JSON" | "STRING" | "BYTE_ARRAY";
  readonly freshnessSec: number;
  readonly storage: sdk.S3StorageConfiguration & { readonly CompressionType: Compression };
  readonly deadLetter: sdk.DeadLetterQueueS3Configuration;
  readonly encryption?: sdk.ChannelEncryptionConfiguration;
  readonly logging: sdk.ChannelLoggingConfiguration;
  readonly tags: Readonly<Record<string, string>>;
  readonly passage?: Passage;
  /** Why it never delivers. */
  readonly failure?: string;
  /** The place of the first record that it delivers, and by shards the next one; -1: the shard is read. */
  readonly from: number;
  readonly next: Readonly<Record<string, number>>;
  /** When it delivers what has come; absent while there is nothing. */
  readonly dueMs?: number;
}

/** All channels: what changes below it changes what is to be delivered. */
export const CHANNELS: Key = ["kinesis", "channel"];
/** How far streams have come. */
export const TIPS: Key = ["kinesis", "tip"];

interface ChannelName extends Scope {
  readonly name: string;
}

const keyOf = ({ account, region, name }: ChannelName): Key => [...CHANNELS, account, region, name];

/** A channel made again under its name is another. */
export function channelArn({ id, name, ...scope }: ChannelName & { readonly id: string }): string {
  return formatArn("kinesis", scope, `channel/${name}/${id}`);
}

/** Undefined for anything but a channel's ARN. */
export function parseChannelArn(text: string): (ChannelName & { readonly id: string }) | undefined {
  const arn = parseArn(text);
  const [, name, id] = /^channel\/([^/]+)\/([^/]+)$/.exec(arn?.resource ?? "") ?? [];
  if (arn?.service !== "kinesis" || name === undefined || id === undefined) return undefined;
  return { account: arn.account, region: arn.region, name, id };
}

export async function readChannel(tx: Transaction, name: ChannelName): Promise<ChannelRecord | undefined> {
  return (await tx.get(keyOf(name))) as unknown as ChannelRecord | undefined;
}

export function writeChannel(tx: Transaction, channel: ChannelRecord): void {
  tx.set(keyOf(channel), channel as unknown as Value);
}

export function deleteChannel(tx: Transaction, channel: ChannelRecord): void {
  tx.delete(keyOf(channel));
}

/** Channels of an account and region in order of name, those after `after` first. */
export async function* channelsOf(tx: Transaction, { account, region }: Scope, after?: string) {
  const prefix = [...CHANNELS, account, region];
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as ChannelRecord;
}

export async function* everyChannel(tx: Transaction): AsyncGenerator<ChannelRecord> {
  for await (const [, value] of tx.range({ prefix: CHANNELS })) yield value as unknown as ChannelRecord;
}

export async function channelCount(tx: Transaction, scope: Scope): Promise<number> {
  let count = 0;
  for await (const _ of channelsOf(tx, scope)) count++;
  return count;
}

export async function channelsOn(tx: Transaction, stream: StreamRecord): Promise<ChannelRecord[]> {
  const channels: ChannelRecord[] = [];
  for await (const channel of channelsOf(tx, stream)) {
    if (channel.number === stream.number) channels.push(channel);
  }
  return channels;
}

/** What a stream's channels come to when it is deleted. */
export async function failChannels(tx: Transaction, stream: StreamRecord): Promise<void> {
  for (const channel of await channelsOn(tx, stream)) {
    const { dueMs: _, ...rest } = channel;
    writeChannel(tx, { ...rest, failure: "The source stream was deleted." });
  }
}

/** Whether a channel reads a stream that a filter names. */
export function readsFrom({ stream }: ChannelRecord, { StreamARN = "" }: sdk.StreamFilter): boolean {
  const wanted = nameOfArn(StreamARN);
  return wanted.name === stream.name && wanted.account === stream.account && wanted.region === stream.region;
}
