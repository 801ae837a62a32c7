import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Transaction, Value } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { noteOwner } from "../stack-tags.ts";
import { postNotice } from "./notices.ts";
import {
  type EventRecord,
  eventsKey,
  type Physical,
  type ResourceRecord,
  resourceKey,
  type StackRecord,
  stackKey,
  write,
} from "./records.ts";

type World = Pick<Context, "clock" | "ids">;

/** Gives a stack another status, and tells. */
export function setStack(
  tx: Transaction,
  world: World,
  stack: StackRecord,
  status: sdk.StackStatus,
  change: Partial<StackRecord> = {},
): StackRecord {
  const changed: StackRecord = { ...stack, reason: undefined, ...change, status };
  write(tx, stackKey(stack, stack.stackId), changed);
  tell(tx, changed, {
    v: 1,
    eventId: world.ids.uuid(),
    logicalId: stack.name,
    physicalId: stack.stackId,
    type: "AWS::CloudFormation::Stack",
    status: status as sdk.ResourceStatus,
    reason: changed.reason,
    token: changed.token,
    atMs: world.clock.now(),
  });
  return changed;
}

/** Gives a resource another status, and tells. */
export function setResource(
  tx: Transaction,
  world: World,
  stack: StackRecord,
  resource: ResourceRecord,
  status: sdk.ResourceStatus,
  change: Partial<ResourceRecord> = {},
): ResourceRecord {
  const atMs = world.clock.now();
  const changed: ResourceRecord = { ...resource, reason: undefined, ...change, status, updatedMs: atMs };
  write(tx, resourceKey(stack.stackId, resource.logicalId), changed);
  if (changed.physical && changed.physical.id !== resource.physical?.id) {
    const { stackId, name: stackName } = stack;
    noteOwner(tx, stack, changed.physical, { stackId, stackName, logicalId: resource.logicalId });
  }
  tellOf(tx, world, stack, resource.logicalId, changed, { status, reason: changed.reason });
  return changed;
}

/** Tells what happens to one physical resource, whatever the status of its logical one. */
export function tellOf(
  tx: Transaction,
  { clock, ids }: World,
  stack: StackRecord,
  logicalId: string,
  { type, physical }: { readonly type: string; readonly physical?: Physical | undefined },
  { status, reason }: Pick<EventRecord, "status" | "reason">,
): void {
  tell(tx, stack, {
    v: 1,
    eventId: `${logicalId}-${status}-${ids.uuid()}`,
    logicalId,
    physicalId: physical?.id ?? "",
    type,
    status,
    reason,
    properties: physical && JSON.stringify(physical.properties),
    token: stack.token,
    atMs: clock.now(),
  });
}

function tell(tx: Transaction, stack: StackRecord, event: EventRecord): void {
  tx.append(eventsKey(stack.stackId), event as unknown as Value);
  postNotice(tx, stack, event);
}
