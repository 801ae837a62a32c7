import type * as sdk from "@aws-sdk/client-kinesis";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";
import type { StreamName } from "./names.ts";
import { shardId } from "./names.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

export const invalid = (message: string): Fault => fault("InvalidArgumentException", message);

/** @param value as AWS shows it, with a space before it; nothing for bytes. */
export function violated(value: string, path: string, rule: string): Fault {
  const message = `1 validation error detected: Value${value} at '${path}' failed to satisfy constraint: ${rule}`;
  return fault("ValidationException", message);
}

export const limitExceeded = (message: string): Fault => fault("LimitExceededException", message);

/** What AWS has and the platform does not. */
export const notImplemented = (message: string): Fault =>
  new Fault("NotImplemented", message, { status: 501 });

export function streamMissing({ name, account }: StreamName): Fault {
  return fault("ResourceNotFoundException", `Stream ${name} under account ${account} not found.`);
}

export function streamThere({ name, account }: StreamName): Fault {
  return fault("ResourceInUseException", `Stream ${name} under account ${account} already exists.`);
}

export function shardMissing({ name, account }: StreamName, id: string): Fault {
  const message = `Could not find shard ${id} in stream ${name} under account ${account}.`;
  return fault("ResourceNotFoundException", message);
}

/** As operations that read have it. */
export function noSuchShard({ name, account }: StreamName, id: string): Fault {
  const message = `Shard ${id} in stream ${name} under account ${account} does not exist`;
  return fault("ResourceNotFoundException", message);
}

/** A put or a read beyond what a shard takes in a second. */
export function rateExceeded({ name, account }: StreamName, shard: number): Fault {
  return fault(
    "ProvisionedThroughputExceededException",
    `Rate exceeded for shard ${shardId(shard)} in stream ${name} under account ${account}.`,
  );
}
