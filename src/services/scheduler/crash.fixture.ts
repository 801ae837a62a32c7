import { writeSync } from "node:fs";
import { openLmdbStore } from "../../store/drivers/lmdb.ts";
import { directScheduler } from "./direct.fixture.ts";

/**
 * Makes one-time schedules that are due at once or soon and invokes them, without end until it is killed.
 * Prints `made <name>` for every schedule whose making was acknowledged, and `ran <name>` when its target has
 * been invoked.
 */
const [folder = "", run = "0"] = process.argv.slice(2);
const store = await openLmdbStore({ folder, durability: "process" });
const direct = directScheduler(store, (body) => writeSync(1, `ran ${body}\n`));
direct.start();
for (let count = 0; ; count++) {
  const name = `s-${run}-${count}-`;
  // Some will be due only when the process is no more.
  const time = new Date(direct.clock.now() + (count % 5) * 1000).toISOString().slice(0, 19);
  await direct.call.CreateSchedule({
    Name: name,
    ScheduleExpression: `at(${time})`,
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: count % 2 ? "DELETE" : "NONE",
    Target: {
      Arn: "arn:aws:sqs:us-east-1:000000000000:q",
      RoleArn: "arn:aws:iam::000000000000:role/r",
      Input: name,
    },
  });
  writeSync(1, `made ${name}\n`);
}
