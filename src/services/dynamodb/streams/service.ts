import type { Constraints } from "../../../kernel/constraints.ts";
import type { Service } from "../../define.ts";
import { streams } from "./handlers.ts";

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

export const service: Service<"dynamodb-streams"> = {
  handlers: streams,
  constraints,
};
