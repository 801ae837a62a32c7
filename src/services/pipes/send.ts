import type * as sdk from "@aws-sdk/client-pipes";
import { type Arn, parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import { callDestination } from "../api-destination.ts";
import type { Context, InvokeSource } from "../define.ts";
import { type LogEntry, logStreamOf, putLogs } from "../log-target.ts";
import { sendToTarget, type TargetRequest } from "../targets.ts";
import { type PipeEvent, textOf } from "./event.ts";
import { pipeArn } from "./names.ts";
import { isDestination } from "./parts.ts";
import { type Sent, sendInPieces } from "./pieces.ts";
import type { PipeRecord } from "./records.ts";
import { parameterOf } from "./template.ts";

/** One event on its way to the target: as paths see it, and as the target gets it. */
export interface Outgoing {
  readonly event: PipeEvent;
  readonly shaped: PipeEvent;
}

type Send = (context: Context, pipe: PipeRecord, batch: readonly Outgoing[]) => Promise<Sent>;

/** Targets that take many events at once. */
const KINDS: Readonly<Record<string, Send>> = {
  lambda: sendToFunction,
  sqs: sendToQueue,
  kinesis: sendToStream,
  events: sendToBus,
  logs: sendToLogGroup,
  "execute-api": sendToApi,
};

/** Sends a batch to a pipe's target. Throws the target's fault when it took none of it. */
export async function sendBatch(
  context: Context,
  pipe: PipeRecord,
  batch: readonly Outgoing[],
): Promise<Sent> {
  const { service } = arnOf(pipe);
  const send = isDestination(pipe.target) ? sendToDestination : KINDS[service];
  const mostBytes = isDestination(pipe.target) ? undefined : MOST_BYTES[service];
  if (send) return sendInPieces(batch, mostBytes, (piece) => send(context, pipe, piece));
  for (const { shaped } of batch) await sendToTarget(context, requestOf(pipe, pipe.target, shaped.text));
  return { failed: [] };
}

/** What one request may hold in all; what goes beside an event's text is told by `sendInPieces`. */
const MIB = 1_048_576;
const MOST_BYTES: Readonly<Record<string, number>> = { events: MIB, kinesis: 10 * MIB, sqs: MIB };

/** A request in the pipe's name and role. */
export function requestOf(pipe: PipeRecord, arn: string, input: string): TargetRequest {
  return { arn, input, sender: senderOf(pipe), roleArn: pipe.roleArn };
}

function senderOf(pipe: PipeRecord): InvokeSource {
  return { service: "pipes.amazonaws.com", sourceArn: pipeArn(pipe), sourceAccount: pipe.account };
}

/** Events as one list, as functions get them. */
export function listOf(events: readonly PipeEvent[]): string {
  const json = events.map(({ text, view }) => (typeof view === "string" ? JSON.stringify(view) : text));
  return `[${json.join(",")}]`;
}

async function sendToFunction(context: Context, pipe: PipeRecord, batch: readonly Outgoing[]): Promise<Sent> {
  const request = requestOf(pipe, pipe.target, listOf(batch.map(({ shaped }) => shaped)));
  const waits = pipe.targetParameters?.LambdaFunctionParameters?.InvocationType !== "FIRE_AND_FORGET";
  const { answer, write } = await sendToTarget(context, { ...request, synchronous: waits });
  if (write) await context.store.transact(async (tx) => write(tx));
  return { failed: [], ...(answer ? { answer } : {}) };
}

async function sendToQueue(context: Context, pipe: PipeRecord, batch: readonly Outgoing[]): Promise<Sent> {
  const { MessageGroupId, MessageDeduplicationId } = pipe.targetParameters?.SqsQueueParameters ?? {};
  const { region, account, resource } = arnOf(pipe);
  const { Failed = [] } = await context.call("sqs", "SendMessageBatch", {
    QueueUrl: `${context.endpoint}/queue/${region}/${account}/${resource}`,
    Entries: batch.map(({ event, shaped }, index) => ({
      Id: String(index),
      MessageBody: shaped.text,
      ...present({
        MessageGroupId: parameterOf(MessageGroupId, event),
        MessageDeduplicationId: parameterOf(MessageDeduplicationId, event),
      }),
    })),
  });
  return partly(
    batch,
    Failed.map(({ Id, Code, Message }) => [Number(Id), Code, Message]),
  );
}

async function sendToStream(context: Context, pipe: PipeRecord, batch: readonly Outgoing[]): Promise<Sent> {
  const { PartitionKey } = pipe.targetParameters?.KinesisStreamParameters ?? {};
  const { Records = [] } = await context.call("kinesis", "PutRecords", {
    StreamARN: pipe.target,
    Records: batch.map(({ event, shaped }) => ({
      Data: new TextEncoder().encode(shaped.text),
      PartitionKey: parameterOf(PartitionKey, event) || context.ids.uuid(),
    })),
  });
  return partly(
    batch,
    Records.map(({ ErrorCode, ErrorMessage }, index) => [index, ErrorCode, ErrorMessage]),
  );
}

async function sendToBus(context: Context, pipe: PipeRecord, batch: readonly Outgoing[]): Promise<Sent> {
  const { Source, DetailType, Resources, Time } = pipe.targetParameters?.EventBridgeEventBusParameters ?? {};
  const { Entries = [] } = await context.call("events", "PutEvents", {
    Entries: batch.map(({ event, shaped }) => {
      const time = Date.parse(parameterOf(Time, event) ?? "");
      return {
        EventBusName: pipe.target,
        Source: parameterOf(Source, event) ?? `Pipe ${pipe.name}`,
        DetailType: parameterOf(DetailType, event) ?? `Event from aws:${parseArn(pipe.source)?.service}`,
        Detail: shaped.text,
        ...(Resources ? { Resources: Resources.map((each) => parameterOf(each, event) ?? "") } : {}),
        ...(Number.isNaN(time) ? {} : { Time: new Date(time) }),
      };
    }),
  });
  return partly(
    batch,
    Entries.map(({ ErrorCode, ErrorMessage }, index) => [index, ErrorCode, ErrorMessage]),
  );
}

async function sendToDestination(
  context: Context,
  pipe: PipeRecord,
  batch: readonly Outgoing[],
): Promise<Sent> {
  for (const { event, shaped } of batch) {
    const http = httpOf(pipe.targetParameters?.HttpParameters, event);
    await callDestination(context, pipe.target, shaped.text, http);
  }
  return { failed: [] };
}

async function sendToApi(context: Context, pipe: PipeRecord, batch: readonly Outgoing[]): Promise<Sent> {
  for (const { event, shaped } of batch) {
    const http = httpOf(pipe.targetParameters?.HttpParameters, event);
    await sendToTarget(context, { ...requestOf(pipe, pipe.target, shaped.text), http });
  }
  return { failed: [] };
}

/** Parameters of an HTTP request, in which paths into the event have been followed. */
export function httpOf(parameters: sdk.PipeTargetHttpParameters | undefined, event: PipeEvent) {
  const { PathParameterValues = [], HeaderParameters = {}, QueryStringParameters = {} } = parameters ?? {};
  const followed = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, parameterOf(value, event) ?? ""]),
    );
  return {
    PathParameterValues: PathParameterValues.map((value) => parameterOf(value, event) ?? ""),
    HeaderParameters: followed(HeaderParameters),
    QueryStringParameters: followed(QueryStringParameters),
  };
}

async function sendToLogGroup(context: Context, pipe: PipeRecord, batch: readonly Outgoing[]): Promise<Sent> {
  const { LogStreamName, Timestamp } = pipe.targetParameters?.CloudWatchLogsParameters ?? {};
  const nowMs = Math.floor(context.clock.now());
  const streams = new Map<string, LogEntry[]>();
  for (const { event, shaped } of batch) {
    const name = parameterOf(LogStreamName, event) || logStreamOf(senderOf(pipe));
    const timeMs = Number(parameterOf(Timestamp, event) ?? nowMs);
    const entry = { timeMs: Number.isNaN(timeMs) ? nowMs : timeMs, message: shaped.text };
    streams.set(name, [...(streams.get(name) ?? []), entry]);
  }
  for (const [name, entries] of streams) await putLogs(context, arnOf(pipe), name, entries);
  return { failed: [] };
}

type Part = readonly [index: number, code: string | undefined, message: string | undefined];

/** A batch of which some events were not taken; when it is all of them, the first one's fault. */
function partly(batch: readonly Outgoing[], parts: readonly Part[]): Sent {
  const failed = parts.filter(([, code]) => code !== undefined);
  const [first] = failed;
  if (first && failed.length === batch.length) throw new Fault(first[1] ?? "", textOf(first[2] ?? ""));
  return { failed: failed.map(([index]) => index) };
}

function arnOf({ target }: PipeRecord): Arn {
  return parseArn(target) as Arn;
}

function present<Members extends Record<string, string | undefined>>(members: Members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
