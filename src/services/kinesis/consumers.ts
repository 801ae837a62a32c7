import type * as sdk from "@aws-sdk/client-kinesis";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { type Named, nameOfArn, recordOf, requireRecord } from "./catalog.ts";
import { fault, invalid, limitExceeded, streamMissing } from "./faults.ts";
import { consumerArn, parseConsumerArn, streamArn } from "./names.ts";
import {
  type ConsumerRecord,
  consumersOf,
  deleteConsumer,
  readAccount,
  readConsumer,
  type StreamRecord,
  writeConsumer,
} from "./records.ts";
import { consumerMissing, createdSec, readResource } from "./resources.ts";
import { passing, requireActive, statusOf } from "./statuses.ts";
import { checkTags } from "./tags.ts";
import { formatToken, parseToken } from "./tokens.ts";

/** https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const MOST_CONSUMERS = 20;
const MOST_COMMITTED_CONSUMERS = 50;
const LISTED = 100;

interface ConsumerNamed extends Named {
  readonly ConsumerARN?: string | undefined;
  readonly ConsumerName?: string | undefined;
}

interface Page {
  readonly arn: string;
  readonly after: string;
}

export const consumers = {
  async RegisterStreamConsumer(input, context) {
    const { store, scope, clock } = context;
    const { ConsumerName: name = "", Tags = {} } = input;
    checkTags(Tags);
    return store.transact(async (tx) => {
      const stream = await requireRecord(tx, scope, input);
      if (await readConsumer(tx, stream.number, name)) throw consumerThere(stream, name);
      await checkCount(tx, stream);
      const createdMs = clock.now();
      requireActive(stream, createdMs);
      const passage = passing(context, "CREATING");
      const consumer: ConsumerRecord = { v: 1, name, createdMs, tags: { ...Tags }, ...passage };
      writeConsumer(tx, stream.number, consumer);
      const shown = describe(stream, consumer, createdMs);
      return { Consumer: { ...shown, ConsumerStatus: "CREATING" as const } };
    });
  },

  async DeregisterStreamConsumer(input, { store, scope }) {
    await store.transact(async (tx) => {
      const { stream, consumer } = await findConsumer(tx, scope, input);
      deleteConsumer(tx, stream.number, consumer.name);
    });
    return {};
  },

  async DescribeStreamConsumer(input, { store, scope, clock }) {
    const { stream, consumer } = await store.transact((tx) => findConsumer(tx, scope, input));
    const shown = describe(stream, consumer, clock.now());
    return { ConsumerDescription: { ...shown, StreamARN: streamArn(stream) } };
  },

  async ListStreamConsumers(input, { store, clock }) {
    const nowMs = clock.now();
    const { StreamARN: arn = "", MaxResults = LISTED, NextToken, StreamCreationTimestamp: created } = input;
    const most = Math.min(MaxResults, LISTED);
    const page = NextToken === undefined ? undefined : parseToken<Page>("ListConsumers", NextToken, nowMs);
    if (page && page.arn !== arn) throw invalid("NextToken belongs to another stream.");
    return store.transact(async (tx) => {
      const stream = await recordOf(tx, nameOfArn(arn));
      if (created && Math.floor(created.getTime() / 1000) !== Math.floor(stream.createdMs / 1000)) {
        throw streamMissing(stream);
      }
      const found: ConsumerRecord[] = [];
      for await (const each of consumersOf(tx, stream.number, page?.after))
        if (found.push(each) > most) break;
      const shown = found.slice(0, most);
      const next = { arn, after: shown.at(-1)?.name };
      return {
        Consumers: shown.map((each) => describe(stream, each, nowMs)),
        ...(found.length > most ? { NextToken: formatToken("ListConsumers", next, nowMs) } : {}),
      };
    });
  },
} satisfies Handlers<typeof sdk>;

function describe(stream: StreamRecord, consumer: ConsumerRecord, nowMs: number) {
  return {
    ConsumerName: consumer.name,
    ConsumerARN: consumerArn({ stream, consumer: consumer.name, createdSec: createdSec(consumer) }),
    ConsumerStatus: statusOf(consumer, nowMs),
    ConsumerCreationTimestamp: new Date(createdSec(consumer) * 1000),
  };
}

function consumerThere({ name, account }: StreamRecord, consumer: string) {
  const message = `Consumer ${consumer} under stream ${name} and account ${account} already exists.`;
  return fault("ResourceInUseException", message);
}

async function checkCount(tx: Transaction, stream: StreamRecord): Promise<void> {
  const isCommitted = (await readAccount(tx, stream))?.commitment === "ENABLED";
  const limit = isCommitted && stream.mode === "ON_DEMAND" ? MOST_COMMITTED_CONSUMERS : MOST_CONSUMERS;
  let count = 0;
  for await (const _ of consumersOf(tx, stream.number)) count++;
  if (count < limit) return;
  throw limitExceeded(
    `Stream ${stream.name} under account ${stream.account} has ${count} consumers registered, ` +
      "which is its limit.",
  );
}

/** A consumer by its ARN, or by its name and its stream; by both when they agree. */
async function findConsumer(
  tx: Transaction,
  scope: Context["scope"],
  input: ConsumerNamed,
): Promise<{ stream: StreamRecord; consumer: ConsumerRecord }> {
  const { ConsumerARN, ConsumerName, StreamARN } = input;
  if (ConsumerARN !== undefined) {
    const named = parseConsumerArn(ConsumerARN);
    const isOther = ConsumerName !== undefined && ConsumerName !== named?.consumer;
    if (!named || isOther || (StreamARN !== undefined && StreamARN !== streamArn(named.stream))) {
      throw invalid("ConsumerARN, ConsumerName and StreamARN must name the same consumer.");
    }
    const { stream, consumer } = await readResource(tx, ConsumerARN);
    if (!consumer) throw consumerMissing(ConsumerARN);
    return { stream, consumer };
  }
  if (ConsumerName === undefined || (StreamARN === undefined && input.StreamId === undefined)) {
    throw invalid("Either ConsumerARN, or both StreamARN and ConsumerName must be provided.");
  }
  const stream = await requireRecord(tx, scope, input);
  const consumer = await readConsumer(tx, stream.number, ConsumerName);
  if (!consumer) throw consumerMissing(`${ConsumerName} of stream ${stream.name}`);
  return { stream, consumer };
}
