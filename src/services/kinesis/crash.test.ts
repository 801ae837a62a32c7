import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { expectWhole, killOverAndOver } from "../killed.fixture.ts";
import { type Direct, directKinesis } from "./direct.fixture.ts";
import { textOf } from "./kinesis.fixture.ts";

const StreamName = "s";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-kinesis-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Everything in the stream, each shard after its parents. */
async function readAll({ call }: Direct): Promise<string[]> {
  const texts: string[] = [];
  const { Shards = [] } = await call.ListShards({ StreamName });
  for (const { ShardId } of Shards) {
    const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
    let iterator = (await call.GetShardIterator(start)).ShardIterator;
    while (iterator) {
      const page = await call.GetRecords({ ShardIterator: iterator });
      texts.push(...(page.Records ?? []).map(textOf));
      iterator = page.MillisBehindLatest === 0 ? undefined : page.NextShardIterator;
    }
  }
  return texts;
}

test("loses no acknowledged record and no key's order when it is killed, over and over", async () => {
  const told = await killOverAndOver(new URL("./crash.fixture.ts", import.meta.url), folder);
  const store = await openLmdbStore({ folder, durability: "process" });
  const there = await readAll(directKinesis(store));
  await store.close();
  expectWhole(told, there);
}, 60_000);
