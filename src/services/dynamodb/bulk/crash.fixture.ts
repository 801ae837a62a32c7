import { writeSync } from "node:fs";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { startNuage } from "nuage/testing";
import { client, item, makeTable } from "../dynamodb.fixture.ts";
import { describeOperation, IN, OUT, start, TableName } from "./bulk.fixture.ts";

/** Begins a bulk operation, prints how many items it has put, and kills its own process in the midst. */
const [data = "", count = "0", killedAfter = "0"] = process.argv.slice(2);
const nuage = await startNuage({ data });
const db = client(nuage);
const s3 = nuage.client(S3Client);
for (const Bucket of [IN, OUT]) await s3.send(new CreateBucketCommand({ Bucket }));
await makeTable(db, TableName, ["id"]);
// Every tenth record cannot be put.
const lines = Array.from({ length: Number(count) }, (_, n) =>
  n % 10 === 0
    ? "nonsense"
    : JSON.stringify({ Item: item({ id: `i${n}` }), ConditionExpression: "attribute_not_exists(id)" }),
);
for (const [at, part] of [lines.slice(0, 500), lines.slice(500)].entries()) {
  await s3.send(new PutObjectCommand({ Bucket: IN, Key: `orders/${at}.json`, Body: part.join("\n") }));
}
const { BulkOperationArn } = await start(db, { MaxWriteRequestUnits: 1024 });
writeSync(1, `${BulkOperationArn}\n`);
for (;;) {
  const { ProcessedItemCount = 0 } = await describeOperation(db, BulkOperationArn);
  writeSync(1, `${ProcessedItemCount}\n`);
  if (ProcessedItemCount >= Number(killedAfter)) process.kill(process.pid, "SIGKILL");
  await nuage.clock.sleep(5);
}
