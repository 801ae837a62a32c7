import { writeSync } from "node:fs";
import { ListTablesCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { startNuage } from "nuage/testing";
import { createIds } from "../../kernel/ids.ts";
import { client, item, keySchema, makeTable } from "./dynamodb.fixture.ts";

/** Writes pairs in transactions without end until it is killed; prints the id of each that was accepted. */
const [data = ""] = process.argv.slice(2);
const nuage = await startNuage({ data });
const db = client(nuage);
const { TableNames = [] } = await db.send(new ListTablesCommand({}));
if (TableNames.length === 0) {
  await makeTable(db, "pairs", ["id", "side"], {
    AttributeDefinitions: [{ AttributeName: "group", AttributeType: "S" }],
    GlobalSecondaryIndexes: [
      { IndexName: "byGroup", KeySchema: keySchema(["group"]), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
  });
}
const ids = createIds();

async function write(): Promise<never> {
  for (;;) {
    const id = ids.hex(12);
    const half = (side: string) => ({ Put: { TableName: "pairs", Item: item({ id, side, group: "all" }) } });
    await db.send(new TransactWriteItemsCommand({ TransactItems: [half("left"), half("right")] }));
    writeSync(1, `${id}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, write));
