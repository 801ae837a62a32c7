import {
  CancelBulkOperationCommand,
  type DynamoDBClient,
  ListBulkOperationsCommand,
  type StartBulkPutItemsCommandInput,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";
import { describeOperation, IN, OUT, start, TableName } from "./bulk.fixture.ts";

let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  const s3 = nuage.client(S3Client);
  for (const Bucket of [IN, OUT]) await s3.send(new CreateBucketCommand({ Bucket }));
});

const make = () => makeTable(db, TableName, ["id"]);

async function run(more: Partial<StartBulkPutItemsCommandInput> = {}) {
  const { BulkOperationArn } = await start(db, more);
  await nuage.idle();
  return describeOperation(db, BulkOperationArn);
}

test("a token begins an operation once, for eight hours", async () => {
  await make();
  const ClientToken = "again";
  const first = await run({ ClientToken });
  expect(await start(db, { ClientToken })).toMatchObject({
    BulkOperationArn: first.BulkOperationArn,
    BulkOperationStatus: "COMPLETED",
    ClientToken,
  });
  await expect(start(db, { ClientToken, MaxWriteRequestUnits: 2000 })).rejects.toMatchObject({
    name: "IdempotentParameterMismatchException",
  });
  await nuage.advance("8 hours");
  const later = await start(db, { ClientToken });
  expect(later.BulkOperationArn).not.toBe(first.BulkOperationArn);
});

test("operations of 90 days are listed, the latest first, page by page", async () => {
  await make();
  const arns: (string | undefined)[] = [];
  for (let day = 0; day < 5; day++) {
    arns.unshift((await run()).BulkOperationArn);
    await nuage.advance("1 day");
  }
  const listed: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await db.send(new ListBulkOperationsCommand({ MaxResults: 2, NextToken }));
    listed.push(...(page.BulkOperationsSummaryList ?? []).map(({ BulkOperationArn }) => BulkOperationArn));
    NextToken = page.NextToken;
  } while (NextToken);
  expect(listed).toEqual(arns);
  await nuage.advance("87 days");
  const { BulkOperationsSummaryList } = await db.send(new ListBulkOperationsCommand({}));
  expect(BulkOperationsSummaryList?.map(({ BulkOperationArn }) => BulkOperationArn)).toEqual(
    arns.slice(0, 2),
  );
});

describe("refuses", () => {
  const output = { S3Bucket: OUT, OutputType: ["ERROR" as const] };

  test("a table that is not there, or an operation", async () => {
    await expect(start(db)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const missing = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/bulk-operation/01-ab";
    await expect(describeOperation(db, missing)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const cancel = new CancelBulkOperationCommand({ BulkOperationArn: missing });
    await expect(db.send(cancel)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test.each([
    [
      { MaxWriteRequestUnits: 1023 },
      "1 validation error detected: Value '1023' at 'maxWriteRequestUnits' failed to satisfy constraint: " +
        "Member must have value greater than or equal to 1024",
    ],
    [
      { OutputS3Configuration: { ...output, OutputType: [] } },
      "One or more parameter values were invalid: " +
        "OutputS3Configuration.OutputType must have at least one value",
    ],
    [
      { OutputS3Configuration: { OutputType: ["ERROR" as const] } },
      "One or more parameter values were invalid: OutputS3Configuration.S3Bucket must be specified",
    ],
    [
      { OutputS3Configuration: { ...output, S3SseAlgorithm: "AES256" as const, S3SseKmsKeyId: "key" } },
      "One or more parameter values were invalid: " +
        "S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS",
    ],
  ])("%j", async (more, message) => {
    await make();
    await expect(start(db, more)).rejects.toMatchObject({ name: "ValidationException", message });
  });

  test("a token for the next page that it never gave", async () => {
    const list = new ListBulkOperationsCommand({ NextToken: "0123456789abcdef" });
    await expect(db.send(list)).rejects.toMatchObject({ name: "ValidationException" });
  });
});
