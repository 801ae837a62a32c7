import type { Constraints } from "../../kernel/constraints.ts";

const STREAM_NAME = { length: [1, 128], pattern: "[a-zA-Z0-9_.-]+" } as const;
const STREAM_ARN = { length: [1, 2048], pattern: "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+" } as const;
const STREAM_ID = { length: [1, 24], pattern: "[a-z0-9]{20}-[a-z0-9]{3}" } as const;
const RESOURCE_ARN = { length: [1, 2048], pattern: "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+" } as const;
const CONSUMER_ARN = {
  length: [1, 2048],
  pattern: "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+",
} as const;
const NAME = { length: [1, 128], pattern: "[a-zA-Z0-9_.-]+" } as const;
const SEQUENCE = { pattern: "0|([1-9]\\d{0,128})" } as const;
const HASH_KEY = { pattern: "0|([1-9]\\d{0,38})" } as const;
const PARTITION_KEY = { length: [1, 256] } as const;
const DATA = { length: [0, 10_485_760] } as const;
const TAGS = { length: [1, 200] } as const;
const TAG_KEYS = { length: [1, 50] } as const;
const PAGE = { range: [1, 10_000] } as const;
const TOKEN = { length: [1, 1_048_576] } as const;
const POSITIVE = { range: [1, Number.MAX_SAFE_INTEGER] } as const;
const NATURAL = { range: [0, Number.MAX_SAFE_INTEGER] } as const;
const RECORD_KIB = { range: [1024, 10_240] } as const;
const ITERATOR_TYPE = {
  enum: ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"],
} as const;
const BUCKET_ARN = { length: [1, 2048], pattern: "arn:aws[-a-z0-9]*:s3:::[a-z0-9._-]{3,63}" } as const;
const OWNER = { length: [12, 12], pattern: "\\d{12}" } as const;
/** In seconds. */
const FRESHNESS = { range: [300, 900] } as const;
const ENCRYPTION = { enum: ["NONE", "KMS"] } as const;
const DISTRIBUTION = { enum: ["AUTO", "USER_PARTITION_KEY"] } as const;
const METRICS = {
  length: [1, 7],
  enum: [
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
    "ALL",
  ],
} as const;

/** Operations that name a stream by its name, ARN or id. */
const ON_STREAMS = [
  "AddTagsToStream",
  "CreateStream",
  "DecreaseStreamRetentionPeriod",
  "DeleteResourcePolicy",
  "DeleteStream",
  "DeregisterStreamConsumer",
  "DescribeStream",
  "DescribeStreamConsumer",
  "DescribeStreamSummary",
  "DisableEnhancedMonitoring",
  "EnableEnhancedMonitoring",
  "GetRecords",
  "GetResourcePolicy",
  "GetShardIterator",
  "IncreaseStreamRetentionPeriod",
  "ListShards",
  "ListStreamConsumers",
  "ListTagsForResource",
  "ListTagsForStream",
  "MergeShards",
  "PutRecord",
  "PutRecords",
  "PutResourcePolicy",
  "RegisterStreamConsumer",
  "RemoveTagsFromStream",
  "SplitShard",
  "StartStreamEncryption",
  "StopStreamEncryption",
  "SubscribeToShard",
  "TagResource",
  "UntagResource",
  "UpdateMaxRecordSize",
  "UpdateShardCount",
  "UpdateStreamMode",
  "UpdateStreamRecordDistributionStrategy",
  "UpdateStreamWarmThroughput",
];

const names = ON_STREAMS.flatMap((operation) => [
  [`${operation}Input.StreamName`, STREAM_NAME],
  [`${operation}Input.StreamARN`, STREAM_ARN],
  [`${operation}Input.StreamId`, STREAM_ID],
  [`${operation}Input.ResourceARN`, RESOURCE_ARN],
]);

/** From the service's API model. https://docs.aws.amazon.com/kinesis/latest/APIReference/ */
export const constraints: Constraints = {
  ...(Object.fromEntries(names) as Constraints),
  "AddTagsToStreamInput.Tags": TAGS,
  "ChannelEncryptionConfiguration.EncryptionType": { enum: ["KMS"] },
  "ChannelStreamConfiguration.StreamARN": STREAM_ARN,
  "CreateChannelInput.ChannelName": NAME,
  "CreateChannelInput.StreamConfigurationList": { length: [1, 1] },
  "CreateChannelInput.Tags": TAGS,
  "DeadLetterQueueS3Configuration.BucketARN": BUCKET_ARN,
  "DeadLetterQueueS3Configuration.ErrorOutputPrefix": {
    length: [1, 512],
    pattern: "[0-9A-Za-z!\\-_'.*()\\/]+",
  },
  "DeadLetterQueueS3Configuration.ExpectedBucketOwner": OWNER,
  "ListChannelsInput.MaxResults": PAGE,
  "ListChannelsInput.NextToken": TOKEN,
  "RecordConfiguration.RecordFormatType": { enum: ["JSON", "STRING", "BYTE_ARRAY", "GSR_JSON"] },
  "S3DestinationConfiguration.DataFreshnessInSeconds": FRESHNESS,
  "S3DestinationUpdateInput.DataFreshnessInSeconds": FRESHNESS,
  "S3StorageConfiguration.BucketARN": BUCKET_ARN,
  "S3StorageConfiguration.CompressionType": { enum: ["NONE", "GZIP", "ZSTD"] },
  "S3StorageConfiguration.ExpectedBucketOwner": OWNER,
  "S3StorageConfiguration.StorageClass": { enum: ["STANDARD", "INTELLIGENT_TIERING", "GLACIER_IR"] },
  "StreamFilter.StreamARN": STREAM_ARN,
  "CreateStreamInput.ShardCount": POSITIVE,
  "CreateStreamInput.Tags": TAGS,
  "CreateStreamInput.WarmThroughputMiBps": NATURAL,
  "CreateStreamInput.MaxRecordSizeInKiB": RECORD_KIB,
  "CreateStreamInput.RecordDistributionStrategy": DISTRIBUTION,
  "DeregisterStreamConsumerInput.ConsumerName": NAME,
  "DeregisterStreamConsumerInput.ConsumerARN": CONSUMER_ARN,
  "DescribeStreamConsumerInput.ConsumerName": NAME,
  "DescribeStreamConsumerInput.ConsumerARN": CONSUMER_ARN,
  "DescribeStreamInput.Limit": PAGE,
  "DescribeStreamInput.ExclusiveStartShardId": NAME,
  "DisableEnhancedMonitoringInput.ShardLevelMetrics": METRICS,
  "EnableEnhancedMonitoringInput.ShardLevelMetrics": METRICS,
  "GetRecordsInput.ShardIterator": { length: [1, 512] },
  "GetRecordsInput.Limit": PAGE,
  "GetShardIteratorInput.ShardId": NAME,
  "GetShardIteratorInput.ShardIteratorType": ITERATOR_TYPE,
  "GetShardIteratorInput.StartingSequenceNumber": SEQUENCE,
  "ListShardsInput.NextToken": TOKEN,
  "ListShardsInput.ExclusiveStartShardId": NAME,
  "ListShardsInput.MaxResults": PAGE,
  "ListStreamConsumersInput.NextToken": TOKEN,
  "ListStreamConsumersInput.MaxResults": PAGE,
  "ListStreamsInput.Limit": PAGE,
  "ListStreamsInput.ExclusiveStartStreamName": STREAM_NAME,
  "ListStreamsInput.NextToken": TOKEN,
  "ListTagsForStreamInput.ExclusiveStartTagKey": { length: [1, 128] },
  "ListTagsForStreamInput.Limit": { range: [1, 50] },
  "MergeShardsInput.ShardToMerge": NAME,
  "MergeShardsInput.AdjacentShardToMerge": NAME,
  "MinimumThroughputBillingCommitmentInput.Status": { enum: ["ENABLED", "DISABLED"] },
  "PutRecordInput.Data": DATA,
  "PutRecordInput.PartitionKey": PARTITION_KEY,
  "PutRecordInput.ExplicitHashKey": HASH_KEY,
  "PutRecordInput.SequenceNumberForOrdering": SEQUENCE,
  "PutRecordsInput.Records": { length: [1, 500] },
  "PutRecordsRequestEntry.Data": DATA,
  "PutRecordsRequestEntry.ExplicitHashKey": HASH_KEY,
  "PutRecordsRequestEntry.PartitionKey": PARTITION_KEY,
  "RegisterStreamConsumerInput.ConsumerName": NAME,
  "RegisterStreamConsumerInput.Tags": TAGS,
  "RemoveTagsFromStreamInput.TagKeys": TAG_KEYS,
  "ShardFilter.Type": {
    enum: [
      "AFTER_SHARD_ID",
      "AT_TRIM_HORIZON",
      "FROM_TRIM_HORIZON",
      "AT_LATEST",
      "AT_TIMESTAMP",
      "FROM_TIMESTAMP",
    ],
  },
  "ShardFilter.ShardId": NAME,
  "SplitShardInput.ShardToSplit": NAME,
  "SplitShardInput.NewStartingHashKey": HASH_KEY,
  "StartingPosition.Type": ITERATOR_TYPE,
  "StartingPosition.SequenceNumber": SEQUENCE,
  "StartStreamEncryptionInput.EncryptionType": ENCRYPTION,
  "StartStreamEncryptionInput.KeyId": { length: [1, 2048] },
  "StopStreamEncryptionInput.EncryptionType": ENCRYPTION,
  "StopStreamEncryptionInput.KeyId": { length: [1, 2048] },
  "StreamModeDetails.StreamMode": { enum: ["PROVISIONED", "ON_DEMAND"] },
  "SubscribeToShardInput.ConsumerARN": CONSUMER_ARN,
  "SubscribeToShardInput.ShardId": NAME,
  "TagResourceInput.Tags": TAGS,
  "UntagResourceInput.TagKeys": TAG_KEYS,
  "UpdateMaxRecordSizeInput.MaxRecordSizeInKiB": RECORD_KIB,
  "UpdateShardCountInput.TargetShardCount": POSITIVE,
  "UpdateShardCountInput.ScalingType": { enum: ["UNIFORM_SCALING"] },
  "UpdateStreamModeInput.WarmThroughputMiBps": NATURAL,
  "UpdateStreamRecordDistributionStrategyInput.RecordDistributionStrategy": DISTRIBUTION,
  "UpdateStreamWarmThroughputInput.WarmThroughputMiBps": NATURAL,
};
