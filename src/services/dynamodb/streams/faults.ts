import type * as sdk from "@aws-sdk/client-dynamodb-streams";
import type { Fault } from "../../../kernel/faults.ts";
import { faultsOf } from "../../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

export function streamMissing(arn: string): Fault {
  return fault("ResourceNotFoundException", `Requested resource not found: Stream: ${arn} not found`);
}

export function shardMissing(arn: string): Fault {
  return fault("ResourceNotFoundException", `Requested resource not found: Shard does not exist: ${arn}`);
}

export function trimmedAway(): Fault {
  return fault(
    "TrimmedDataAccessException",
    "The operation attempted to read past the oldest stream record in a shard",
  );
}
