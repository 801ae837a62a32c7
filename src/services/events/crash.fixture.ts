import { writeSync } from "node:fs";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directEvents } from "./direct.fixture.ts";

/**
 * Puts events and delivers them, without end until it is killed. Prints `put <id>` for every event that was
 * acknowledged, and `got <id>` when a queue has it. Functions get theirs under the key `ran` of the store.
 */
const [folder = ""] = process.argv.slice(2);
const store = await openLmdbStore({ folder, durability: "process" });
const direct = directEvents(
  store,
  async (_, input) => {
    writeSync(1, `got ${JSON.parse(String(input.MessageBody)).id}\n`);
  },
  (tx, event) => {
    tx.append(["ran"], JSON.parse(new TextDecoder().decode(event.payload)).id);
  },
);
await direct.call.PutRule({ Name: "r", EventPattern: '{"source":["s"]}' });
await direct.call.PutTargets({
  Rule: "r",
  Targets: [
    { Id: "q", Arn: "arn:aws:sqs:us-east-1:000000000000:q" },
    { Id: "f", Arn: "arn:aws:lambda:us-east-1:000000000000:function:f" },
  ],
});
direct.start();
for (;;) {
  const Entries = Array.from({ length: 5 }, () => ({ Source: "s", DetailType: "d", Detail: "{}" }));
  const answer = await direct.call.PutEvents({ Entries });
  for (const { EventId } of answer.Entries ?? []) writeSync(1, `put ${EventId}\n`);
}
