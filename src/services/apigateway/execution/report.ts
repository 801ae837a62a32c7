import type { Counter } from "../../../kernel/metrics.ts";
import type { Scope } from "../../../kernel/scope.ts";
import type { Background } from "../../define.ts";
import { perPlatform } from "./per-platform.ts";

// What CloudWatch counts of APIs, and what is billed.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html

type World = Pick<Background, "store" | "metrics" | "clock">;

/** Of a stage as it is deployed: gone with it. */
const countersOf = perPlatform(() => new WeakMap<Scope, Map<string, Counter>>());

/** Adds a value to a series of AWS/ApiGateway; `dimensions` such as `ApiId=a1b2c3,Stage=prod`. */
export function count(world: World, stage: Scope, name: string, dimensions: string, value: number): void {
  const all = countersOf(world.store);
  let counters = all.get(stage);
  if (!counters) {
    counters = new Map();
    all.set(stage, counters);
  }
  const key = name + dimensions;
  let counter = counters.get(key);
  if (!counter) {
    const { account, region } = stage;
    counter = world.metrics.counter({ account, region, namespace: "AWS/ApiGateway", name, dimensions });
    counters.set(key, counter);
  }
  counter.add(value, world.clock.now());
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
