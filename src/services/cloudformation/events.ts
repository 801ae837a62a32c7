import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Transaction, Value } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { eventsKey, type ResourceRecord, resourceKey, type StackRecord, stackKey, write } from "./records.ts";

/** What happened to a stack or one of its resources. */
export interface EventRecord {
  readonly v: 1;
  readonly eventId: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: sdk.ResourceStatus;
  readonly reason?: string | undefined;
  readonly properties?: string | undefined;
  readonly atMs: number;
}

type World = Pick<Context, "clock" | "ids">;

/** Gives a stack another status, and tells. */
export function setStack(
  tx: Transaction,
  { clock, ids }: World,
  stack: StackRecord,
  status: sdk.StackStatus,
  change: Partial<StackRecord> = {},
): StackRecord {
  const changed: StackRecord = { ...stack, reason: undefined, ...change, status };
  write(tx, stackKey(stack, stack.stackId), changed);
  const event: EventRecord = {
    v: 1,
    eventId: ids.uuid(),
    logicalId: stack.name,
    physicalId: stack.stackId,
    type: "AWS::CloudFormation::Stack",
    status: status as sdk.ResourceStatus,
    reason: changed.reason,
    atMs: clock.now(),
  };
  tx.append(eventsKey(stack.stackId), event as unknown as Value);
  return changed;
}

/** Gives a resource another status, and tells. */
export function setResource(
  tx: Transaction,
  { clock, ids }: World,
  stackId: string,
  resource: ResourceRecord,
  status: sdk.ResourceStatus,
  change: Partial<ResourceRecord> = {},
): ResourceRecord {
  const changed: ResourceRecord = {
    ...resource,
    reason: undefined,
    ...change,
    status,
    updatedMs: clock.now(),
  };
  write(tx, resourceKey(stackId, resource.logicalId), changed);
  const { physical } = changed;
  const event: EventRecord = {
    v: 1,
    eventId: `${resource.logicalId}-${status}-${ids.uuid()}`,
    logicalId: resource.logicalId,
    physicalId: physical?.id ?? "",
    type: resource.type,
    status,
    reason: changed.reason,
    properties: physical && JSON.stringify(physical.properties),
    atMs: clock.now(),
  };
  tx.append(eventsKey(stackId), event as unknown as Value);
  return changed;
}
