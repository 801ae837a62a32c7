import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { expectWhole, killOverAndOver } from "../killed.fixture.ts";
import { directLogs } from "./direct.fixture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-logs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("loses no acknowledged event and no stream's order when it is killed, over and over", async () => {
  const told = await killOverAndOver(new URL("./crash.fixture.ts", import.meta.url), folder);
  const store = await openLmdbStore({ folder, durability: "process" });
  const { call } = directLogs(store);
  const there: string[] = [];
  const ids = new Set<string | undefined>();
  for (let nextToken: string | undefined; ; ) {
    const page = await call.FilterLogEvents({ logGroupName: "g", nextToken });
    for (const { message = "", eventId } of page.events ?? []) {
      there.push(message);
      ids.add(eventId);
    }
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  const { logGroups } = await call.DescribeLogGroups({});
  await store.close();
  expectWhole(told, there);
  expect(ids.size).toBe(there.length);
  expect(logGroups?.[0]?.storedBytes).toBe(there.reduce((sum, text) => sum + text.length + 26, 0));
}, 60_000);
