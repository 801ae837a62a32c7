import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DescribeTableCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { startNuage } from "nuage/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { client } from "./dynamodb.fixture.ts";

const KILLS = 2;
const ACCEPTED_EACH = 40;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-dynamodb-crash-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lets a process write pairs until so many were accepted, and kills it. */
async function killUnderLoad(accepted: string[]): Promise<void> {
  const program = fileURLToPath(new URL("./crash.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, folder], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split("\n").length > ACCEPTED_EACH) child.kill("SIGKILL");
  });
  await once(child, "close");
  // The last line may be cut short by the kill.
  accepted.push(...text.split("\n").slice(0, -1));
}

test("a killed platform shows no half transaction, and loses none that was accepted", async () => {
  const accepted: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) await killUnderLoad(accepted);
  expect(accepted.length).toBeGreaterThanOrEqual(KILLS * ACCEPTED_EACH);
  await using nuage = await startNuage({ data: folder });
  const db = client(nuage);
  const TableName = "pairs";
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  const sides = (side: string) =>
    Items.filter((one) => one.side?.S === side)
      .map(({ id }) => id?.S ?? "")
      .sort();
  expect(sides("left")).toEqual(sides("right"));
  expect(sides("left")).toEqual(expect.arrayContaining(accepted));
  const indexed = await db.send(new ScanCommand({ TableName, IndexName: "byGroup" }));
  expect(indexed.Count).toBe(Items.length);
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  expect(Table).toMatchObject({
    ItemCount: Items.length,
    GlobalSecondaryIndexes: [{ ItemCount: Items.length }],
  });
});
