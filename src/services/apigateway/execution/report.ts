import type { Counter } from "../../../kernel/metrics.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Background } from "../../define.ts";
import { perPlatform } from "./per-platform.ts";

// What CloudWatch counts of APIs, and what is billed.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html

const MOST_COUNTERS = 10_000;
const countersOf = perPlatform(() => new Map<string, Counter>());

/** Adds a value to a series of AWS/ApiGateway; `dimensions` such as `ApiId=a1b2c3,Stage=prod`. */
export function count(
  { store, metrics, clock }: Pick<Background, "store" | "metrics" | "clock">,
  { account, region }: Scope,
  name: string,
  dimensions: string,
  value: number,
): void {
  const counters = countersOf(store);
  const key = `${account} ${region} ${name} ${dimensions}`;
  let counter = counters.get(key);
  if (!counter) {
    if (counters.size >= MOST_COUNTERS) counters.clear();
    counter = metrics.counter({ account, region, namespace: "AWS/ApiGateway", name, dimensions });
    counters.set(key, counter);
  }
  counter.add(value, clock.now());
}

/** `steps`: how many pieces of so many bytes something comes to, one at least. */
export function steps(sizeBytes: number, pieceBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / pieceBytes));
}

/** Notes something for the bill: `apigateway:HttpApiRequest`. */
export function bill(
  { recorder, clock }: Pick<Background, "recorder" | "clock">,
  { account, region }: Scope,
  unit: string,
  quantity: number,
  resource: string,
): void {
  recorder.usage({ timeMs: clock.now(), account, region, unit, quantity, resource });
}
