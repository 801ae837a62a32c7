import { expect, it, vi } from "vitest";
import { createClock } from "../kernel/clock.ts";
import { createLog } from "../kernel/log.ts";
import { createObserve } from "./observe.ts";

vi.mock("./thread-keeper.ts", () => ({
  ThreadKeeper: class {
    append = () => Promise.reject(new Error("the engine cannot be loaded"));
    close = () => Promise.reject(new Error("it never began"));
  },
}));

it("keeps telemetry in the platform's memory when the engine does not work, and says so once", async () => {
  const warnings: string[] = [];
  const log = createLog("warn", (line) => warnings.push(line));
  const observe = createObserve({ file: "/nowhere/telemetry", clock: createClock(), log });
  const scope = { account: "000000000000", region: "us-east-1", stream: "s", source: "function" } as const;
  for (const message of ["one", "two"]) {
    observe.recorder.log({ ...scope, timeMs: 1, group: "g", message });
    await observe.flush();
  }
  expect((await observe.logs({ order: "oldest" })).lines.map(({ message }) => message)).toEqual([
    "one",
    "two",
  ]);
  expect(warnings).toEqual([
    "warn Telemetry is kept in memory only, from now on: the engine cannot be loaded\n",
  ]);
  await observe.close();
});
