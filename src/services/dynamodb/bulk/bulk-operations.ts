import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Fault } from "../../../kernel/faults.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { putJob } from "../backups/jobs.ts";
import { fault, namedTableMissing } from "../faults.ts";
import { digestOf } from "../items/tokens.ts";
import { findTable, type Table } from "../tables/catalog.ts";
import { isBusy } from "../tables/describe.ts";
import { parseTableName } from "../tables/names.ts";
import { invalid } from "../values/value.ts";
import {
  type BulkRecord,
  bulkArn,
  bulkId,
  bulksSince,
  findBulk,
  forgetOld,
  listedSince,
  progressOf,
  putBulk,
} from "./bulk-records.ts";
import { describeBulk, statusOf, summaryOf } from "./describe-bulk.ts";

/** For how long a repeated token finds the operation that it began. */
const TOKEN_KEPT_MS = 8 * 60 * 60 * 1000;
const LISTED = 10;
/** Tokens are whole groups of so many hexadecimal digits. */
const TOKEN_GROUP = 16;
const MARK_DIGITS = 8;
const ID_DIGITS = 22;

/**
 * Puts many items into a table that is there, from a bucket's files, each on a condition of its own.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Requesting.html
 */
export const bulkOperations = {
  async StartBulkPutItems(input, context) {
    const { scope, name } = parseTableName(input.TableName ?? "", context.scope);
    checkOutput(input.OutputS3Configuration);
    const { ClientToken, ...parameters } = input;
    const digest = digestOf(parameters);
    const mark = context.ids.hex(MARK_DIGITS);
    return context.store.transact(async (tx) => {
      const nowMs = context.clock.now();
      const same = ClientToken === undefined ? undefined : await begunWith(tx, scope, ClientToken, nowMs);
      if (same && same.token?.digest !== digest) {
        throw fault(
          "IdempotentParameterMismatchException",
          "The provided client token is already in use with different request parameters",
        );
      }
      if (same) return { BulkOperationDescription: describeBulk(same, await progressOf(tx, same)) };
      const table = await findTable(tx, context.store, scope, name);
      if (!table) throw namedTableMissing(name);
      checkFit(table);
      const token = ClientToken === undefined ? {} : { token: { text: ClientToken, digest } };
      const record = { ...newBulk(input, table, bulkId(nowMs, mark), nowMs), ...token };
      putBulk(tx, record);
      noteBulk(tx, record);
      await forgetOld(tx, scope, nowMs);
      return { BulkOperationDescription: describeBulk(record, await progressOf(tx, record)) };
    });
  },

  async DescribeBulkOperation({ BulkOperationArn = "" }, { store }) {
    return store.transact(async (tx) => {
      const record = await getBulk(tx, BulkOperationArn);
      return { BulkOperationDescription: describeBulk(record, await progressOf(tx, record)) };
    });
  },

  async ListBulkOperations({ MaxResults = LISTED, NextToken }, { store, clock, scope }) {
    const before = NextToken === undefined ? undefined : idOfToken(NextToken);
    const page = { limit: MaxResults + 1, ...(before === undefined ? {} : { before }) };
    const found = await store.transact((tx) => bulksSince(tx, scope, listedSince(clock.now()), page));
    const shown = found.slice(0, MaxResults);
    const last = shown.at(-1);
    return {
      BulkOperationsSummaryList: shown.map(summaryOf),
      ...(found.length > MaxResults && last ? { NextToken: tokenOfId(last.id) } : {}),
    };
  },

  async CancelBulkOperation({ BulkOperationArn = "" }, { store }) {
    return store.transact(async (tx) => {
      const record = await getBulk(tx, BulkOperationArn);
      if (record.outcome) {
        throw invalid(`Bulk operation cannot be cancelled because it is ${statusOf(record)}`);
      }
      const cancelling: BulkRecord = { ...record, cancelling: true };
      putBulk(tx, cancelling);
      // Its work may be waiting: this wakes it.
      noteBulk(tx, cancelling);
      return { BulkOperationArn, BulkOperationStatus: statusOf(cancelling) };
    });
  },
} satisfies Handlers<typeof sdk>;

function noteBulk(tx: Transaction, record: BulkRecord): void {
  const { account, region, table } = record;
  putJob(tx, record.id, { account, region, kind: "bulk", table, operation: bulkArn(record) });
}

async function begunWith(
  tx: Transaction,
  scope: Scope,
  token: string,
  nowMs: number,
): Promise<BulkRecord | undefined> {
  const recent = await bulksSince(tx, scope, nowMs - TOKEN_KEPT_MS);
  return recent.find((each) => each.token?.text === token);
}

async function getBulk(tx: Transaction, arn: string): Promise<BulkRecord> {
  const record = await findBulk(tx, arn);
  if (!record) throw fault("ResourceNotFoundException", `Bulk operation not found: ${arn}`);
  return record;
}

/** Faults: ValidationException. */
function checkOutput(output: sdk.OutputS3Configuration | undefined): void {
  const wrong = (what: string): Fault => invalid(`One or more parameter values were invalid: ${what}`);
  if (output?.S3Bucket === undefined) throw wrong("OutputS3Configuration.S3Bucket must be specified");
  if (!output.OutputType?.length) {
    throw wrong("OutputS3Configuration.OutputType must have at least one value");
  }
  if (output.S3SseKmsKeyId !== undefined && output.S3SseAlgorithm !== "KMS") {
    throw wrong("S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS");
  }
}

/** Faults: ResourceInUseException for a table that is not at rest, ValidationException for a replica. */
function checkFit({ record }: Table): void {
  if (record.loading || isBusy(record)) {
    throw fault(
      "ResourceInUseException",
      "Attempt to change a resource which is still in use: Table is being " +
        `${record.loading ? "created" : "updated"}: ${record.name}`,
    );
  }
  if (record.group) throw invalid(`Bulk put items is not supported for global tables: ${record.name}`);
}

function newBulk(input: sdk.StartBulkPutItemsInput, table: Table, id: string, nowMs: number): BulkRecord {
  const { InputS3Configuration: from, OutputS3Configuration: to } = input;
  const { account, region, name, id: tableId, number: tableNumber } = table.record;
  return {
    v: 1,
    account,
    region,
    id,
    startedMs: nowMs,
    table: name,
    tableId,
    tableNumber,
    tableName: input.TableName ?? name,
    source: {
      bucket: from?.S3Bucket ?? "",
      ...(from?.S3KeyPrefix ? { prefix: from.S3KeyPrefix } : {}),
      ...(from?.S3BucketOwner === undefined ? {} : { owner: from.S3BucketOwner }),
    },
    format: from?.InputFormat ?? "DYNAMODB_JSON",
    compression: from?.InputCompressionType ?? "NONE",
    output: {
      bucket: to?.S3Bucket ?? "",
      ...(to?.S3KeyPrefix ? { prefix: to.S3KeyPrefix } : {}),
      ...(to?.S3BucketOwner === undefined ? {} : { bucketOwner: to.S3BucketOwner }),
      ...(to?.S3SseAlgorithm === undefined ? {} : { encryption: to.S3SseAlgorithm }),
      ...(to?.S3SseKmsKeyId === undefined ? {} : { encryptionKey: to.S3SseKmsKeyId }),
    },
    reported: [...new Set(to?.OutputType)],
    ...(input.MaxWriteRequestUnits === undefined ? {} : { mostUnits: input.MaxWriteRequestUnits }),
    tier: input.PerformanceTier ?? "STANDARD",
  };
}

/** An id has but digits and a dash: without the dash it is hexadecimal, as AWS's tokens are. */
function tokenOfId(id: string): string {
  return id.replace("-", "").padStart(2 * TOKEN_GROUP, "0");
}

/** Faults: ValidationException. */
function idOfToken(token: string): string {
  const digits = token.slice(-ID_DIGITS);
  if (token !== tokenOfId(digits)) throw invalid("Invalid NextToken");
  return `${digits.slice(0, -MARK_DIGITS)}-${digits.slice(-MARK_DIGITS)}`;
}
