import * as zlib from "node:zlib";
import type * as sdk from "@aws-sdk/client-kinesis";
import { Fault } from "../../kernel/faults.ts";
import { pageOf } from "../../kernel/paging.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { nameOfArn, recordOf } from "./catalog.ts";
import { type Compression, templateProblem } from "./channel-keys.ts";
import {
  type ChannelRecord,
  channelArn,
  channelsOf,
  channelsOn,
  deleteChannel,
  parseChannelArn,
  readChannel,
  readsFrom,
  writeChannel,
} from "./channel-records.ts";
import { fault, invalid, limitExceeded, notImplemented } from "./faults.ts";
import { streamArn } from "./names.ts";
import { readTip, type StreamRecord } from "./records.ts";
import { passing, requireActive, statusOf } from "./statuses.ts";
import { checkTags } from "./tags.ts";

type Asked = Parameters<(typeof channels)["CreateChannel"]>[0];
type Destination = sdk.S3DestinationConfiguration & {
  readonly StorageConfiguration: sdk.S3StorageConfiguration;
};

/** Newer Nodes have it. */
export const zstd: ((bytes: Uint8Array) => Uint8Array) | undefined = (
  zlib as { readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }
).zstdCompressSync;

const FRESHNESS_SEC = 300;
const ERROR_PREFIX = "error/";
const LISTED = 100;

/** From streams to buckets. https://docs.aws.amazon.com/streams/latest/dev/data-delivery-s3.html */
export const channels = {
  async CreateChannel(input, context) {
    const { store, clock } = context;
    const asked = checkDestination(input);
    checkTags(input.Tags ?? {});
    const failure = await bucketProblem(context, asked.StorageConfiguration);
    const nowMs = Math.floor(clock.now());
    const channel = await store.transact(async (tx) => {
      const stream = await sourceOf(tx, input, nowMs);
      const made = await newChannel(tx, context, input, asked, stream, nowMs);
      if (await readChannel(tx, made)) {
        const message = `Channel ${made.name} under account ${made.account} already exists.`;
        throw fault("ResourceInUseException", message);
      }
      if ((await channelsOn(tx, stream)).length > 0) {
        throw limitExceeded(`Stream ${stream.name} has a channel to Amazon S3, which is its limit.`);
      }
      const whole = failure === undefined ? made : { ...made, failure };
      writeChannel(tx, whole);
      return whole;
    });
    return { ChannelDescription: { ...describe(channel, nowMs), ChannelStatus: "CREATING" as const } };
  },

  async DescribeChannel(input, { store, clock }) {
    const channel = await store.transact((tx) => requireChannel(tx, input.ChannelARN));
    return { ChannelDescription: describe(channel, clock.now()) };
  },

  async UpdateChannel(input, context) {
    const { store, clock } = context;
    const nowMs = clock.now();
    if (input.S3TablesDestinationConfiguration) throw withoutTables();
    const channel = await store.transact(async (tx) => {
      const known = await requireChannel(tx, input.ChannelARN);
      const status = channelStatus(known, nowMs);
      if (status !== "ACTIVE") {
        const message = `Channel ${known.name} is not in ACTIVE status: it is ${status}.`;
        throw fault("ResourceInUseException", message);
      }
      const { CloudWatchLogs } = input.LoggingConfiguration ?? {};
      const next: ChannelRecord = {
        ...known,
        freshnessSec: input.S3DestinationConfiguration?.DataFreshnessInSeconds ?? known.freshnessSec,
        logging: CloudWatchLogs ? loggingOf(known, CloudWatchLogs) : known.logging,
        ...passing(context, "UPDATING"),
      };
      writeChannel(tx, next);
      return next;
    });
    return { ChannelDescription: { ...describe(channel, nowMs), ChannelStatus: "UPDATING" as const } };
  },

  async DeleteChannel(input, { store }) {
    await store.transact(async (tx) => deleteChannel(tx, await requireChannel(tx, input.ChannelARN)));
    return {};
  },

  async ListChannels(
    { StreamFilter: filters = [], MaxResults = LISTED, NextToken },
    { store, scope, clock },
  ) {
    const nowMs = clock.now();
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => channelsOf(tx, scope, after?.[0]),
        ({ name }) => [name],
        {
          limit: Math.min(MaxResults, LISTED),
          token: NextToken,
          isWanted: (channel) => filters.length === 0 || filters.some((filter) => readsFrom(channel, filter)),
          invalid: () => invalid("NextToken is invalid."),
        },
      ),
    );
    return { ChannelSummaries: items.map((channel) => summarize(channel, nowMs)), ...token };
  },
} satisfies Handlers<typeof sdk>;

/** Throws what is wrong with where a channel is to deliver, before anything is looked up. */
function checkDestination({
  S3DestinationConfiguration: bucket,
  S3TablesDestinationConfiguration: tables,
  StreamConfigurationList: [source] = [],
}: Asked): Destination {
  if (tables && !bucket) throw withoutTables();
  const storage = bucket?.StorageConfiguration;
  if (!bucket || tables || !storage) {
    throw invalid(
      "You must specify either S3DestinationConfiguration or S3TablesDestinationConfiguration, but not both.",
    );
  }
  const { RecordFormatType, GSRSchemaARN } = source?.RecordConfiguration ?? {};
  if (RecordFormatType === "GSR_JSON" || GSRSchemaARN !== undefined) {
    throw invalid("GSR_JSON and GSRSchemaARN are only supported for streaming table destinations.");
  }
  const { OutputKeyTemplate, CompressionType = "NONE" } = storage;
  const problem =
    OutputKeyTemplate === undefined ? undefined : templateProblem(OutputKeyTemplate, CompressionType);
  if (problem !== undefined) throw invalid(`OutputKeyTemplate is invalid: ${problem}.`);
  if (CompressionType === "ZSTD" && !zstd) {
    throw notImplemented("ZSTD needs a Node that has it, which is 22.15 or newer.");
  }
  return { ...bucket, StorageConfiguration: storage };
}

function withoutTables() {
  return notImplemented(
    "Amazon S3 Tables is not part of this platform: channels deliver to general purpose buckets.",
  );
}

/** A channel to a bucket that is not there comes to nothing, as it shows when it is described. */
async function bucketProblem(
  context: Context,
  { BucketARN = "", ExpectedBucketOwner }: sdk.S3StorageConfiguration,
): Promise<string | undefined> {
  try {
    await context.call("s3", "HeadBucket", { Bucket: bucketOf(BucketARN), ExpectedBucketOwner });
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `The destination bucket ${BucketARN} cannot be used: ${error.code}.`;
  }
}

export const bucketOf = (arn: string): string => arn.replace(/^.*:/, "");

async function sourceOf(tx: Transaction, input: Asked, nowMs: number): Promise<StreamRecord> {
  const stream = await recordOf(tx, nameOfArn(input.StreamConfigurationList?.[0]?.StreamARN ?? ""));
  requireActive(stream, nowMs);
  if (stream.mode !== "ON_DEMAND") {
    const { name, account } = stream;
    const message = `Request is invalid. Stream ${name} under account ${account} is in Provisioned mode.`;
    throw fault("ValidationException", message);
  }
  if (stream.keyId === "alias/aws/kinesis") {
    throw invalid("A stream that is encrypted with the AWS managed key is not supported.");
  }
  return stream;
}

async function newChannel(
  tx: Transaction,
  context: Context,
  input: Asked,
  { StorageConfiguration: storage, DataFreshnessInSeconds, DeadLetterQueueS3Configuration }: Destination,
  stream: StreamRecord,
  createdMs: number,
): Promise<ChannelRecord> {
  const { account, region } = context.scope;
  const { ChannelName: name = "", LoggingConfiguration, EncryptionConfiguration } = input;
  const { BucketARN, ExpectedBucketOwner } = storage;
  const format = input.StreamConfigurationList?.[0]?.RecordConfiguration?.RecordFormatType ?? "JSON";
  const channel = { account, region, name, id: context.ids.hex(12) };
  return {
    v: 1,
    ...channel,
    createdMs,
    role: input.ServiceExecutionRoleARN ?? "",
    stream: { account: stream.account, region: stream.region, name: stream.name },
    number: stream.number,
    streamCreatedMs: stream.createdMs,
    format: format as ChannelRecord["format"],
    freshnessSec: DataFreshnessInSeconds ?? FRESHNESS_SEC,
    storage: { ...storage, CompressionType: storage.CompressionType as Compression },
    deadLetter: {
      BucketARN,
      ExpectedBucketOwner,
      ErrorOutputPrefix: ERROR_PREFIX,
      ...DeadLetterQueueS3Configuration,
    },
    ...(EncryptionConfiguration ? { encryption: EncryptionConfiguration } : {}),
    logging: loggingOf(channel, LoggingConfiguration?.CloudWatchLogs ?? { Enabled: false }),
    tags: { ...input.Tags },
    ...passing(context, "CREATING"),
    from: (await readTip(tx, stream.number)).next,
    next: {},
  };
}

function loggingOf({ name, id }: { readonly name: string; readonly id: string }, logs: sdk.CloudWatchLogs) {
  const { Enabled, LogGroupName, LogStreamName } = logs;
  return {
    CloudWatchLogs: {
      Enabled,
      LogGroupName: LogGroupName ?? `/aws/kinesis/${name}/${id}`,
      LogStreamName: LogStreamName ?? "DestinationDelivery",
    },
  };
}

async function requireChannel(tx: Transaction, arn = ""): Promise<ChannelRecord> {
  const name = parseChannelArn(arn);
  if (!name) throw invalid(`ChannelARN ${arn} is not the ARN of a channel.`);
  const channel = await readChannel(tx, name);
  if (channel?.id === name.id) return channel;
  throw fault("ResourceNotFoundException", `Channel ${arn} not found.`);
}

/** A channel's status: FAILED for good once it has become it. */
function channelStatus(channel: ChannelRecord, nowMs: number) {
  const status = statusOf(channel, nowMs);
  return status === "ACTIVE" && channel.failure !== undefined ? ("FAILED" as const) : status;
}

function head(channel: ChannelRecord, nowMs: number) {
  const status = channelStatus(channel, nowMs);
  return {
    ChannelName: channel.name,
    ChannelARN: channelArn(channel),
    ChannelId: channel.id,
    ChannelStatus: status,
    ...(status === "FAILED" ? { ChannelStatusReason: channel.failure } : {}),
    ChannelCreationTimestamp: new Date(channel.createdMs),
  };
}

function streamOf({ stream, streamCreatedMs }: ChannelRecord) {
  return { StreamARN: streamArn(stream), StreamCreationTimestamp: new Date(streamCreatedMs) };
}

function summarize(channel: ChannelRecord, nowMs: number): sdk.ChannelSummary {
  return { ...head(channel, nowMs), ChannelDestinationType: "S3", Streams: [streamOf(channel)] };
}

function describe(channel: ChannelRecord, nowMs: number): sdk.ChannelDescription {
  const { format, freshnessSec, storage, deadLetter, encryption, logging, role } = channel;
  return {
    ...head(channel, nowMs),
    ServiceExecutionRoleARN: role,
    StreamConfigurationList: [{ ...streamOf(channel), RecordConfiguration: { RecordFormatType: format } }],
    S3DestinationConfiguration: {
      DataFreshnessInSeconds: freshnessSec,
      DeadLetterQueueS3Configuration: deadLetter,
      StorageConfiguration: storage,
    },
    ...(encryption ? { EncryptionConfiguration: encryption } : {}),
    LoggingConfiguration: logging,
  };
}
