import type * as sdk from "@aws-sdk/client-dynamodb";
import { type BulkProgress, type BulkRecord, type BulkUsage, bulkArn } from "./bulk-records.ts";

export function statusOf({ outcome, cancelling }: BulkRecord): sdk.BulkOperationStatus {
  return outcome?.status ?? (cancelling ? "CANCELLING" : "IN_PROGRESS");
}

export function summaryOf(record: BulkRecord): sdk.BulkOperationSummary {
  return {
    BulkOperationArn: bulkArn(record),
    BulkOperationStatus: statusOf(record),
    StartTime: new Date(record.startedMs),
    ...(record.endedMs === undefined ? {} : { EndTime: new Date(record.endedMs) }),
  };
}

export function describeBulk(record: BulkRecord, progress: BulkProgress): sdk.BulkOperationDescription {
  const failure = record.outcome?.failure;
  return {
    ...summaryOf(record),
    TableDetails: [{ TableName: record.tableName, TableId: record.tableId }],
    ...(record.token === undefined ? {} : { ClientToken: record.token.text }),
    InputS3Configuration: describeInput(record),
    OutputS3Configuration: describeOutput(record),
    ProcessedItemCount: progress.items,
    ProcessedInputBytes: progress.readBytes,
    ...(progress.totalBytes === undefined ? {} : { TotalInputBytes: progress.totalBytes }),
    BulkOperationUsage: [describeUsage(record, progress.usage)],
    FailedItemCount: progress.failed,
    ...(failure ? { FailureCode: failure.code, FailureMessage: failure.message } : {}),
    ...(record.mostUnits === undefined ? {} : { MaxWriteRequestUnits: record.mostUnits }),
    PerformanceTier: record.tier,
  };
}

function describeInput({ source, format, compression }: BulkRecord): sdk.InputS3Configuration {
  return {
    ...(source.owner === undefined ? {} : { S3BucketOwner: source.owner }),
    S3Bucket: source.bucket,
    ...(source.prefix === undefined ? {} : { S3KeyPrefix: source.prefix }),
    InputFormat: format,
    InputCompressionType: compression,
  };
}

function describeOutput({ output, reported }: BulkRecord): sdk.OutputS3Configuration {
  const { bucket, prefix, bucketOwner, encryption, encryptionKey } = output;
  return {
    ...(bucketOwner === undefined ? {} : { S3BucketOwner: bucketOwner }),
    S3Bucket: bucket,
    ...(prefix === undefined ? {} : { S3KeyPrefix: prefix }),
    ...(encryption === undefined ? {} : { S3SseAlgorithm: encryption as sdk.S3SseAlgorithm }),
    ...(encryptionKey === undefined ? {} : { S3SseKmsKeyId: encryptionKey }),
    OutputType: [...reported],
  };
}

function describeUsage({ tableName }: BulkRecord, usage: BulkUsage): sdk.BulkOperationUsage {
  const { table, locals, globals, vectors } = usage;
  const each = <One>(of: Readonly<Record<string, number>>, one: (bytes: number) => One) =>
    Object.fromEntries(Object.entries(of).map(([name, bytes]) => [name, one(bytes)]));
  const bytes = (BulkPutBytes: number) => ({ BulkPutBytes });
  const hasAny = (of: object) => Object.keys(of).length > 0;
  return {
    TableName: tableName,
    BulkPutBytes: bulkPutBytes(usage),
    Table: bytes(table),
    ...(hasAny(locals) ? { LocalSecondaryIndexes: each(locals, bytes) } : {}),
    ...(hasAny(globals) ? { GlobalSecondaryIndexes: each(globals, bytes) } : {}),
    ...(hasAny(vectors)
      ? { VectorIndexes: each(vectors, (BulkPutVectorBytes) => ({ BulkPutVectorBytes })) }
      : {}),
  };
}

/** Of the table and its indexes, but for the vectors. */
export function bulkPutBytes({ table, locals, globals }: BulkUsage): number {
  return [...Object.values(locals), ...Object.values(globals)].reduce((sum, bytes) => sum + bytes, table);
}
