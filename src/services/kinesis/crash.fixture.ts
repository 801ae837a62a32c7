import { writeSync } from "node:fs";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directKinesis } from "./direct.fixture.ts";

/**
 * Puts records, one by one and many at once, and splits and merges shards, without end until it is killed.
 * Prints `put <text>` for every record whose put was acknowledged.
 */
const [folder = "", run = "0"] = process.argv.slice(2);
const { call } = directKinesis(await openLmdbStore({ folder, durability: "process" }));
const StreamName = "s";
await call.CreateStream({ StreamName, ShardCount: 1 }).catch(() => {});

async function put(worker: number): Promise<never> {
  for (let count = 0; ; count++) {
    const texts = Array.from(
      { length: worker % 2 === 0 ? 1 : 20 },
      (_, at) => `${run}-${worker}-${count}-${at}`,
    );
    const Records = texts.map((text) => ({ PartitionKey: `key-${worker}`, Data: Buffer.from(text) }));
    await call.PutRecords({ StreamName, Records });
    writeSync(1, texts.map((text) => `put ${text}\n`).join(""));
  }
}

async function reshard(): Promise<never> {
  for (;;) {
    const { Shards = [] } = await call.ListShards({ StreamName, ShardFilter: { Type: "AT_LATEST" } });
    const [first, second] = Shards;
    if (Shards.length === 1) {
      const middle = String(2n ** 127n);
      await call.SplitShard({ StreamName, ShardToSplit: first?.ShardId, NewStartingHashKey: middle });
    } else {
      const pair = { ShardToMerge: first?.ShardId, AdjacentShardToMerge: second?.ShardId };
      await call.MergeShards({ StreamName, ...pair });
    }
    for (let wait = 0; wait < 20; wait++) await new Promise((resolve) => setImmediate(resolve));
  }
}

await Promise.all([...[0, 1, 2, 3].map(put), reshard()]);
