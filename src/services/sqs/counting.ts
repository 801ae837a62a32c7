import type { Context } from "../define.ts";
import type { QueueName } from "./names.ts";

/** Counts messages of a FIFO queue that were sent before: of those that were not nothing is said. */
export function countRepeated(
  { metrics, clock }: Context,
  { account, region, name }: QueueName,
  times: number,
): void {
  if (times === 0) return;
  const dimensions = `QueueName=${name}`;
  const series = {
    account,
    region,
    namespace: "AWS/SQS",
    name: "NumberOfDeduplicatedSentMessages",
    dimensions,
  };
  metrics.counter(series).add(times, clock.now());
}
