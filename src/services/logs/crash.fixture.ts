import { writeSync } from "node:fs";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directLogs } from "./direct.fixture.ts";

/**
 * Puts events into four streams at once, one by one and many at once, without end until it is killed. Prints
 * `put <text>` for every event whose put was acknowledged.
 */
const [folder = "", run = "0"] = process.argv.slice(2);
const { call, clock } = directLogs(await openLmdbStore({ folder, durability: "process" }));
const logGroupName = "g";
await call.CreateLogGroup({ logGroupName }).catch(() => {});

async function put(worker: number): Promise<never> {
  const logStreamName = `s${worker}`;
  await call.CreateLogStream({ logGroupName, logStreamName }).catch(() => {});
  for (let count = 0; ; count++) {
    const texts = Array.from(
      { length: worker % 2 === 0 ? 1 : 20 },
      (_, at) => `${run}-${worker}-${count}-${at}`,
    );
    const timestamp = Math.floor(clock.now());
    const logEvents = texts.map((message) => ({ timestamp, message }));
    await call.PutLogEvents({ logGroupName, logStreamName, logEvents });
    writeSync(1, texts.map((text) => `put ${text}\n`).join(""));
  }
}

await Promise.all([0, 1, 2, 3].map(put));
