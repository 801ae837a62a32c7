import type { Context } from "../define.ts";
import { fault, streamMissing } from "./faults.ts";
import type { ConsumerRecord, Passage, StreamRecord } from "./records.ts";

/** AWS tells no times; these are short ones of those that are observed. */
const LASTS_MS = { CREATING: 10_000, UPDATING: 10_000, DELETING: 10_000 };
/** For a split, a merge, or any number of them. */
const RESHARDING_MS = 30_000;

type Ports = Pick<Context, "clock" | "fidelity">;

/** To be spread into a record. */
export function passing<Status extends Passage["status"]>(
  { clock, fidelity }: Ports,
  status: Status,
  lastsMs: number = LASTS_MS[status],
): { readonly passage?: Passage<Status> } {
  return fidelity ? { passage: { status, untilMs: Math.floor(clock.now()) + lastsMs } } : {};
}

export const resharded = (ports: Ports) => passing(ports, "UPDATING", RESHARDING_MS);

export function statusOf<Status>(
  { passage }: { readonly passage?: Passage<Status> },
  nowMs: number,
): Status | "ACTIVE" {
  return passage && nowMs < passage.untilMs ? passage.status : "ACTIVE";
}

/** Throws ResourceInUseException for a stream that something else is done to. */
export function requireActive(stream: StreamRecord, nowMs: number): void {
  const status = statusOf(stream, nowMs);
  if (status !== "ACTIVE") throw notActive(stream, "ACTIVE", status);
}

/** Throws ResourceInUseException for a stream whose shards are not there yet. */
export function requireShards(stream: StreamRecord, nowMs: number): void {
  const status = statusOf(stream, nowMs);
  if (status === "CREATING") throw notActive(stream, "ACTIVE or UPDATING", status);
}

/** Throws ResourceNotFoundException for a stream that takes no records yet. */
export function requireWritable(stream: StreamRecord, nowMs: number): void {
  if (statusOf(stream, nowMs) === "CREATING") throw streamMissing(stream);
}

/** Throws ResourceInUseException. */
export function requireActiveConsumer(stream: StreamRecord, consumer: ConsumerRecord, nowMs: number): void {
  if (statusOf(consumer, nowMs) === "ACTIVE") return;
  throw fault(
    "ResourceInUseException",
    `Consumer ${consumer.name} with creation timestamp ${Math.floor(consumer.createdMs / 1000)} ` +
      `under stream ${stream.name} and account ${stream.account} is not in ACTIVE status.`,
  );
}

function notActive({ name, account }: StreamRecord, wanted: string, status: string) {
  const message = `Stream ${name} under account ${account} not ${wanted}, instead in state ${status}.`;
  return fault("ResourceInUseException", message);
}
