import type { Constraints } from "../../../kernel/constraints.ts";
import { defineService } from "../../define.ts";
import { streams } from "./handlers.ts";

declare module "../../define.ts" {
  interface Sdks {
    "dynamodb-streams": typeof import("@aws-sdk/client-dynamodb-streams");
  }
}

const STREAM_ARN = { length: [37, 1024] } as const;
const SHARD_ID = { length: [28, 65] } as const;

const constraints: Constraints = {
  "DescribeStreamInput.StreamArn": STREAM_ARN,
  "DescribeStreamInput.Limit": { range: [1, 100] },
  "DescribeStreamInput.ExclusiveStartShardId": SHARD_ID,
  "ShardFilter.Type": { enum: ["CHILD_SHARDS"] },
  "ShardFilter.ShardId": SHARD_ID,
  "GetRecordsInput.ShardIterator": { length: [1, 2048] },
  "GetRecordsInput.Limit": { range: [1, 1000] },
  "GetShardIteratorInput.StreamArn": STREAM_ARN,
  "GetShardIteratorInput.ShardId": SHARD_ID,
  "GetShardIteratorInput.ShardIteratorType": {
    enum: ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"],
  },
  "GetShardIteratorInput.SequenceNumber": { length: [21, 40] },
  "ListStreamsInput.TableName": { length: [3, 255], pattern: "[a-zA-Z0-9_.-]+" },
  "ListStreamsInput.Limit": { range: [1, 100] },
  "ListStreamsInput.ExclusiveStartStreamArn": STREAM_ARN,
};

/** Amazon DynamoDB Streams: a service of its own on the wire, over the records of DynamoDB's tables. */
export const dynamodbStreams = defineService({
  id: "dynamodb-streams",
  load: () => import("@aws-sdk/client-dynamodb-streams"),
  wire: {
    protocols: ["awsJson1_0"],
    target: "DynamoDBStreams_20120810",
    version: "2012-08-10",
    signingName: "dynamodb",
    hosts: ["streams.dynamodb"],
  },
  handlers: streams,
  constraints,
});
