import { expect, test } from "vitest";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import { directEvents } from "./direct.fixture.ts";

test("an event counts for every 64 KiB of it that were begun, a refused one not at all", async () => {
  const direct = directEvents(createMemoryStore(), async () => {});
  const entry = (Detail: string) => ({ Source: "s", DetailType: "d", Detail });
  const large = JSON.stringify({ text: "x".repeat(70_000) });
  await direct.call.PutEvents({ Entries: [entry("{}"), entry(large), entry("{")] });
  expect(direct.usage).toMatchObject([
    { unit: "events:64KB-event", quantity: 3, cause: "arn:aws:iam::000000000000:root" },
  ]);
  await direct.call.PutEvents({ Entries: [entry("{")] });
  expect(direct.usage).toHaveLength(1);
});
