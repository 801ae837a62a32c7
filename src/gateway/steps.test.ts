import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { STEPS } from "./steps.ts";

it("is the list that ARCHITECTURE.md draws", async () => {
  const text = await readFile(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");
  const section = text.split("\n## The path of a request\n")[1] ?? "";
  const drawing = section.split("```")[1] ?? "";
  const drawn = drawing.split("->").map((name) => name.trim());
  expect(drawn).toEqual(STEPS.map((step) => step.name));
  const rows = [...(section.split("\n## ")[0] ?? "").matchAll(/^\| (\w+) \|/gm)].map((row) => row[1]);
  expect(rows.slice(1)).toEqual(drawn);
});
