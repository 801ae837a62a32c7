import { expect, it } from "vitest";
import { differences } from "./difference.ts";

it("tells where documents differ, no deeper than both reach", () => {
  const before = { a: 1, b: { c: [1, 2], d: "x" }, gone: { deep: true } };
  const after = { a: 1, b: { c: [1, 3], d: ["x"] }, come: null };
  expect(differences(before, after)).toEqual([
    { path: "b.c.1", before: 2, after: 3 },
    { path: "b.d", before: "x", after: ["x"] },
    { path: "come", before: undefined, after: null },
    { path: "gone", before: { deep: true }, after: undefined },
  ]);
  expect(differences(before, structuredClone(before))).toEqual([]);
});
