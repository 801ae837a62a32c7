import { describe, expect, it } from "vitest";
import { useSources } from "./sources.fixture.ts";

const test = useSources();

describe("a standard queue", () => {
  it("gives its messages to the function and deletes them", async () => {
    const probe = await test.probe();
    const { url, arn } = await test.queue();
    const uuid = await test.map(probe, arn);
    expect((await test.mapping(uuid)).State).toBe("Enabled");
    await test.send(url, "one");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([["one"]]);
    expect(await test.counts(url)).toEqual([0, 0]);
    await test.unmap(uuid);
  });

  it("shows a message that failed again when its time is over, and gives it up in the end", async () => {
    const probe = await test.probe();
    const dead = await test.queue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 });
    const { url, arn } = await test.queue({ RedrivePolicy });
    await test.map(probe, arn);
    probe.plan({ poison: ["bad"] });
    await test.send(url, "bad");
    await test.nuage.idle();
    expect(probe.texts()).toEqual([["bad"]]);
    await test.turn(29_000);
    expect(probe.texts()).toHaveLength(1);
    await test.turn(1_500);
    expect(probe.texts()).toHaveLength(2);
    await test.turn(120_000);
    expect(probe.texts()).toHaveLength(3);
    expect(await test.drain(dead.url)).toEqual(["bad"]);
  });
});
