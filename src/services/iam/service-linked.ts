import { fault } from "./faults.ts";
import type { Holder } from "./records.ts";

/** Refuses what is to change a role that belongs to a service. */
export function modifiable<Record extends Holder>(record: Record): Record {
  if (!("service" in record) || record.service === undefined) return record;
  throw fault(
    "UnmodifiableEntityException",
    `Cannot perform the operation on the protected role '${record.name}' - ` +
      "this role is only modifiable by AWS",
  );
}
