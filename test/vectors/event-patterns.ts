// Rules and events of EventBridge's own matcher (aws/event-ruler, src/test/resources/correctness-cases.json).
// The file has no answers: those below are what that matcher, version 2.1.0, gives.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parsePattern } from "../../src/patterns/pattern.ts";
import { newTally, type Suite, type Tally } from "./tally.ts";

interface Case {
  readonly name: string;
  readonly rule: unknown;
  readonly event: unknown;
}

const NO_MATCH: ReadonlySet<string> = new Set([
  "flat: 2-field exists, one missing",
  "flat: exact mismatch",
  "objarray: split",
  "objarray: 3-field, split 3 ways",
  "objarray: exact split",
  "objarray: prefix split",
  "primarray: no match",
  "nested: inner split",
  "nested: outer split",
  "nested2: split leaf",
  "mixed: array+scalar fail",
  "exists-false: present",
  "empty object",
  "empty array",
  "primarray: large + scalar, no match",
  "primarray: empty prim array",
  "mixed: obj-array split + prim-array",
  "suffix match split",
]);

export const eventPatterns: Suite = { folder: "event-patterns", run };

async function run(folder: string): Promise<Tally> {
  const tally = newTally();
  const cases = JSON.parse(await readFile(join(folder, "correctness-cases.json"), "utf8")) as readonly Case[];
  for (const { name, rule, event } of cases) {
    const matches = parsePattern(rule, "events").matches(event);
    if (matches !== NO_MATCH.has(name)) tally.passed++;
    else tally.failures.push(`${name}: ${matches ? "matches" : "does not match"}`);
  }
  return tally;
}
