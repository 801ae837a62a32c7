import { expect, test } from "vitest";
import { drawMap } from "../../cli/map.ts";
import { palette } from "../../cli/terminal.ts";
import type { EdgeFigures } from "../../observe/analysis/model.ts";
import { mapOf } from "./map.ts";

const edge = (
  kind: EdgeFigures["kind"],
  origin: string | undefined,
  target: string,
  more = {},
): EdgeFigures => ({
  ...{ kind, target, count: 4, failed: 0, throttled: 0, p50Ms: 1, p95Ms: 2, firstMs: 0, lastMs: 60_000 },
  ...(origin === undefined ? {} : { origin }),
  ...more,
});
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;

test("what calls and triggers what, from outside downwards, with circles", () => {
  const view = mapOf(
    [
      edge("call", undefined, "s3.PutObject photos"),
      edge("call", undefined, "s3.CreateBucket photos"),
      edge("queue", "arn:aws:s3:::photos", "resize"),
      edge("invoke", arn("s3", "photos"), "resize", { failed: 1 }),
      edge("call", "resize", "s3.PutObject photos", { throttled: 2 }),
      edge("call", "resize", "events.PutEvents shop"),
      edge("call", arn("events", "rule/shop/paid"), "sqs.SendMessage bills"),
      edge("invoke", "arn:aws:iam::000000000000:root", "lonely"),
      edge("queue", "lambda", "lonely"),
    ],
    [
      { kind: "function", name: "resize" },
      { kind: "function", name: "unused" },
    ],
    { sinceMs: 0, untilMs: 120_000 },
  );
  expect(drawMap(view, 120, palette(false))).toEqual([
    "bucket photos            4 × PutObject · 2/min · p95 2.0 ms",
    "└╌ function resize       4 × events · 2/min · waited p95 2.0 ms · 4 runs p95 2.0 ms · 25 % errors",
    "   ├─ bucket photos ↺    4 × PutObject · 2/min · p95 2.0 ms · 2 throttled",
    "   └─ bus shop           4 × PutEvents · 2/min · p95 2.0 ms",
    "      └─ rule shop/paid  4 × events · 2/min · p95 2.0 ms",
    "         └─ queue bills  4 × SendMessage · 2/min · p95 2.0 ms",
    "function lonely          4 runs p95 2.0 ms",
    "",
    "─ waits for the answer  ╌ later, through a queue or a stream  ↺ a circle  ↑ see above",
    "Not run: unused",
  ]);
  expect(drawMap({ ...view, nodes: [], edges: [] }, 80, palette(false))).toHaveLength(1);
});
