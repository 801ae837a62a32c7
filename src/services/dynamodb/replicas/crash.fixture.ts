import { writeSync } from "node:fs";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { startNuage } from "nuage/testing";
import { createIds } from "../../../kernel/ids.ts";
import { makeTable } from "../dynamodb.fixture.ts";
import { Replicas } from "./replicas.fixture.ts";

/** Writes items in two regions without end until it is killed; prints the id of each that was accepted. */
const [data = ""] = process.argv.slice(2);
const nuage = await startNuage({ data });
const orders = new Replicas(nuage, "orders");
const { TableNames = [] } = await orders.in("us-east-1").send(new ListTablesCommand({}));
if (TableNames.length === 0) {
  await makeTable(orders.in("us-east-1"), "orders", ["id"]);
  for (let n = 0; n < 40; n++) await orders.put("us-east-1", { id: `old-${n}` });
  // Not waited for: the kill may come while the replica is being filled.
  await orders.update("us-east-1", { ReplicaUpdates: [{ Create: { RegionName: "eu-west-1" } }] });
}
const ids = createIds();

async function write(region: string): Promise<never> {
  for (;;) {
    const id = ids.hex(12);
    await orders.put(region, { id, region });
    writeSync(1, `${id}\n`);
  }
}

const isFilled = async () => (await orders.describe("us-east-1"))?.TableStatus === "ACTIVE";
const home = [write("us-east-1"), write("us-east-1")];
while (!(await isFilled())) await nuage.clock.sleep(5);
await Promise.all([...home, write("eu-west-1"), write("eu-west-1")]);
