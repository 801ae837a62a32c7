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
    "function lonely          4 × Invoke · 2/min · waited p95 2.0 ms · 4 runs p95 2.0 ms",
    "bucket photos            4 × PutObject · 2/min · p95 2.0 ms",
    "└╌ function resize       4 × deliveries · 2/min · waited p95 2.0 ms · 4 runs p95 2.0 ms · 25 % errors",
    "   ├─ bucket photos ↺    4 × PutObject · 2/min · p95 2.0 ms · 2 throttled",
    "   └─ bus shop           4 × PutEvents · 2/min · p95 2.0 ms",
    "      └─ rule shop/paid  4 × events · 2/min · p95 2.0 ms",
    "         └─ queue bills  4 × SendMessage · 2/min · p95 2.0 ms",
    "",
    "─ waits for the answer  ╌ later, by a queue or stream  ↺ a circle  ↑ see above",
    "Not run: unused",
  ]);
  expect(drawMap({ ...view, nodes: [], edges: [] }, 80, palette(false))).toHaveLength(1);
});

test("what invokes a function and does not wait for it", () => {
  const session = (name: string) => `arn:aws:sts::000000000000:assumed-role/r/${name}`;
  const { edges } = mapOf(
    [
      edge("call", "one", "lambda.Invoke later"),
      edge("queue", "one", "later"),
      edge("call", "one", "lambda.Invoke both"),
      edge("queue", "one", "both"),
      edge("invoke", session("one"), "both"),
      edge("call", undefined, "lambda.Invoke outer"),
      edge("queue", "lambda", "outer"),
      edge("call", undefined, "lambda.Invoke waited"),
      edge("invoke", "arn:aws:iam::000000000000:root", "waited"),
    ],
    [],
    { sinceMs: 0, untilMs: 120_000 },
  );
  const told = edges.map(({ from = "", kind, to, operations }) => [from, kind, to, ...operations].join(" "));
  expect(told).toEqual([
    "function one async function later Invoke",
    "function one sync function both Invoke",
    "function one async function both Invoke",
    " async function outer Invoke",
    " sync function waited Invoke",
  ]);
});

test("a log group goes by its name, whose ARN ends as subscriptions have it", () => {
  const view = mapOf(
    [edge("queue", arn("logs", "log-group:/shop/orders:*"), "counts")],
    [{ kind: "function", name: "counts" }],
    { sinceMs: 0, untilMs: 120_000 },
  );
  expect(view.nodes).toContainEqual(expect.objectContaining({ kind: "log group", name: "/shop/orders" }));
});
