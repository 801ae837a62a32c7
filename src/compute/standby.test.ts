import { expect, it } from "vitest";
import { createVirtualClock } from "../kernel/clock.ts";
import { createTrial } from "./trial.fixture.ts";

const UNIT = "lambda:Provisioned-Concurrency-GB-second";

it("costs by five minutes from when it is enabled, the most of each, used or not", async () => {
  const clock = createVirtualClock(async () => {});
  const trial = await createTrial({ clock });
  try {
    const files = { "index.js": "exports.handler = async () => null" };
    const version = trial.version(files, { memoryMb: 512, timeoutMs: 20_000 });
    const cost = () =>
      trial.usages
        .filter(({ unit }) => unit === UNIT)
        .reduce((sum, { quantity, resource }) => (resource === version.arn ? sum + quantity : sum), 0);
    await trial.compute.provision(version, 2);
    expect(cost()).toBe(2 * 0.5 * 300);
    await clock.advance("4 minutes");
    await trial.invoke(version, {}, { provisioned: true });
    expect(cost()).toBe(2 * 0.5 * 300);
    await trial.compute.provision(version, 3);
    expect(cost()).toBe(3 * 0.5 * 300);
    await clock.advance("61 seconds");
    expect(cost()).toBe((3 + 3) * 0.5 * 300);
    await trial.compute.provision(version, 1);
    await clock.advance("9 minutes");
    expect(cost()).toBe((3 + 3 + 1) * 0.5 * 300);
    await trial.compute.provision(version, 0);
    await clock.advance("7 hours");
    expect(cost()).toBe((3 + 3 + 1) * 0.5 * 300);
  } finally {
    await trial.close();
  }
});

it("costs nothing where no environment could be initialised", async () => {
  const trial = await createTrial();
  try {
    const version = trial.version({ "index.js": "throw new Error('no')" });
    expect(await trial.compute.provision(version, 1)).toMatchObject({ status: "failed" });
    expect(trial.usages.filter(({ unit }) => unit === UNIT)).toEqual([]);
  } finally {
    await trial.close();
  }
});
