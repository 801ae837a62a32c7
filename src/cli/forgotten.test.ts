import { expect, it } from "vitest";
import type { Eviction } from "../observe/records.ts";
import { drawForgotten } from "./forgotten.ts";

it("tells what is no longer kept by kind, with the groups that had the most of it", () => {
  const evictions: Eviction[] = [
    ...["a", "b", "c", "d", "e"].map((group) => ({ kind: "line" as const, group, count: 1_000 })),
    { kind: "event", group: "arn:of-one", count: 1 },
    { kind: "ending", group: "all", count: 9 },
  ];
  expect(drawForgotten(evictions)).toEqual(["5,000 log lines of a, b, c, 2 more", "1 event of arn:of-one"]);
  expect(drawForgotten([])).toEqual([]);
});
