import type { Transaction } from "../../store/store.ts";
import { recordOf } from "./catalog.ts";
import { fault, invalid } from "./faults.ts";
import { parseConsumerArn, parseStreamArn } from "./names.ts";
import {
  type ConsumerRecord,
  readConsumer,
  type StreamRecord,
  writeConsumer,
  writeStream,
} from "./records.ts";

/** What an ARN names: a stream, or a consumer of one. */
export interface Resource {
  readonly stream: StreamRecord;
  readonly consumer?: ConsumerRecord;
}

/** Faults: InvalidArgumentException for an ARN of something else, ResourceNotFoundException. */
export async function readResource(tx: Transaction, arn: string): Promise<Resource> {
  const stream = parseStreamArn(arn);
  if (stream) return { stream: await recordOf(tx, stream) };
  const name = parseConsumerArn(arn);
  if (!name) throw invalid(`${arn} is not the ARN of a stream or a consumer.`);
  const record = await recordOf(tx, name.stream);
  const consumer = await readConsumer(tx, record.number, name.consumer);
  if (!consumer || createdSec(consumer) !== name.createdSec) throw consumerMissing(arn);
  return { stream: record, consumer };
}

/** Changes what both kinds of a resource have. */
export function writeResource(
  tx: Transaction,
  { stream, consumer }: Resource,
  change: { readonly tags: StreamRecord["tags"] } | { readonly policy: string | undefined },
): void {
  if (consumer) writeConsumer(tx, stream.number, { ...consumer, ...(change as object) });
  else writeStream(tx, { ...stream, ...(change as object) });
}

export const createdSec = ({ createdMs }: ConsumerRecord): number => Math.floor(createdMs / 1000);

export function consumerMissing(arn: string) {
  return fault("ResourceNotFoundException", `Consumer ${arn} not found.`);
}
