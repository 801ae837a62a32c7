import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { client } from "../dynamodb.fixture.ts";
import { describeOperation, reports, TableName } from "./bulk.fixture.ts";

const COUNT = 3000;
const KILLED_AFTER = 700;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-bulk-crash-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a process begin an operation, and be killed in the midst; gives what it printed. */
async function killUnderWay(): Promise<string[]> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const parameters = [folder, String(COUNT), String(KILLED_AFTER)];
  const child = spawn(process.execPath, ["--import", "tsx", program, ...parameters], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, "close");
  return text.split("\n").slice(0, -1);
}

test("a killed operation goes on after the next start, and puts nothing twice", async () => {
  const [BulkOperationArn, ...counts] = await killUnderWay();
  expect(Number(counts.at(-1))).toBeGreaterThanOrEqual(KILLED_AFTER);
  expect(Number(counts.at(-1))).toBeLessThan(COUNT);
  await using nuage = await startNuage({ data: folder });
  await nuage.advance("1 minute");
  const db = client(nuage);
  const done = await describeOperation(db, BulkOperationArn);
  expect(done).toMatchObject({
    BulkOperationStatus: "COMPLETED_WITH_ERRORS",
    ProcessedItemCount: COUNT,
    FailedItemCount: COUNT / 10,
  });
  expect(done.ProcessedInputBytes).toBe(done.TotalInputBytes);
  const { Count } = await db.send(new ScanCommand({ TableName, Select: "COUNT" }));
  expect(Count).toBe(COUNT - COUNT / 10);
  // An item that was put twice would have failed its condition, and stand in a report.
  expect(await reports(nuage.client(S3Client))).toEqual({ error: expect.any(Array) });
  expect((await reports(nuage.client(S3Client))).error).toHaveLength(COUNT / 10);
});
