// What matching events costs: one rule, a thousand of them in an index, and the same thousand asked one after
// another, which is the floor to beat.
//
//   tsx bench/patterns.ts
//
// prints one JSON line a figure.
import { parsePattern } from "../src/patterns/pattern.ts";
import { PatternIndex } from "../src/patterns/pattern-index.ts";
import { isBundled, print, rate } from "./bundled.ts";

const RULES = 1000;
const ROUNDS = 50_000;

const eventOf = (n: number) => ({
  version: "0",
  id: "7bf73129-1428-4cd3-a780-95db273d1602",
  "detail-type": `Order ${n % 50}`,
  source: `shop.team-${n % 20}`,
  account: "123456789012",
  time: "2026-01-01T00:00:00Z",
  region: "us-east-1",
  resources: ["arn:aws:s3:::photos"],
  detail: {
    order: `o-${n}`,
    amount: n,
    customer: { country: "DE", tier: "gold" },
    lines: [{ sku: "a", n: 1 }],
  },
});

/** Rules as people write them: each of its own kind of event. */
const distinct = (n: number) => ({
  source: [`shop.team-${n % 20}`],
  "detail-type": [`Order ${n}`],
  detail: { amount: [{ numeric: [">", 10] }] },
});
/** All of one source and one kind; what tells them apart is deep inside. */
const alike = (n: number) => ({
  source: [{ prefix: "shop." }],
  detail: { customer: { country: ["DE"] }, order: [`o-${n}`] },
});
/** No value by which an index could tell them apart. */
const vague = (n: number) => ({ detail: { order: [{ prefix: `o-${n}` }], missing: [{ exists: false }] } });

const events = Array.from({ length: 100 }, (_, n) => eventOf(n));

async function figure(name: string, work: (event: unknown) => unknown, rounds: number, floor?: number) {
  let at = 0;
  const value = await rate(rounds, async (count) => {
    for (let index = 0; index < count; index++) work(events[at++ % events.length]);
  });
  print({ name, value, unit: "events per second", ...(floor !== undefined && { floor }) });
  return value;
}

if (await isBundled(import.meta.url)) {
  for (const [name, make] of Object.entries({ distinct, alike, vague })) {
    const one = new PatternIndex<number>();
    one.add(0, parsePattern(make(0), "events"));
    const single = await figure(`one rule, ${name}`, (event) => one.matching(event), ROUNDS);
    const patterns = Array.from({ length: RULES }, (_, n) => parsePattern(make(n), "events"));
    const index = new PatternIndex<number>();
    for (const [n, pattern] of patterns.entries()) index.add(n, pattern);
    await figure(
      `${RULES} rules, ${name}, in an index`,
      (event) => index.matching(event),
      ROUNDS / 10,
      single,
    );
    const each = (event: unknown) => patterns.filter((pattern) => pattern.matches(event));
    await figure(`${RULES} rules, ${name}, one by one`, each, ROUNDS / 500, single);
  }
  const compiled = await rate(ROUNDS / 5, async (count) => {
    for (let index = 0; index < count; index++) parsePattern(distinct(index), "events");
  });
  print({ name: "patterns compiled", value: compiled, unit: "per second" });
}
