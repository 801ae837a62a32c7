import { expect, it } from "vitest";
import { Starts } from "./starts.ts";

it("lets so many start at once and the others in their order, as places come free", async () => {
  const starts = new Starts(2);
  expect([starts.enter(), starts.enter()]).toEqual([undefined, undefined]);
  const order: string[] = [];
  const third = starts.enter()?.then(() => order.push("third"));
  const fourth = starts.enter()?.then(() => order.push("fourth"));
  starts.leave();
  await third;
  expect(order).toEqual(["third"]);
  starts.leave();
  await fourth;
  expect(order).toEqual(["third", "fourth"]);
  starts.leave();
  expect(starts.enter()).toBeUndefined();
});
