// How a deployment ends, and what follows.
import type * as sdk from "@aws-sdk/client-codedeploy";
import type { Transaction } from "../../store/store.ts";
import type { Ports } from "../define.ts";
import {
  type DeploymentRecord,
  type GroupRecord,
  groupKey,
  type LifecycleRecord,
  read,
  write,
  writeDeployment,
} from "./records.ts";

/** A deployment that ends before its time: what was under way or waiting is left. */
function end(
  record: DeploymentRecord,
  status: "Failed" | "Stopped",
  nowMs: number,
  error: sdk.ErrorInformation,
): DeploymentRecord {
  const events = record.events.map((event): LifecycleRecord => {
    if (event.status === "InProgress")
      return { ...event, status: status === "Failed" ? "Failed" : "Skipped", endedMs: nowMs };
    return event.status === "Pending" ? { ...event, status: "Skipped" } : event;
  });
  return { ...record, status, error, events, completedMs: nowMs, dueMs: undefined };
}

export const fail = (record: DeploymentRecord, nowMs: number, error: sdk.ErrorInformation) =>
  end(record, "Failed", nowMs, error);
export const stop = (record: DeploymentRecord, nowMs: number, error: sdk.ErrorInformation) =>
  end(record, "Stopped", nowMs, error);

/** Keeps a deployment that ended badly, with another one that takes the traffic back where that is wanted. */
export function rollBack(
  tx: Transaction,
  { ids, clock }: Pick<Ports, "ids" | "clock">,
  record: DeploymentRecord,
  isWanted: boolean,
): void {
  if (!isWanted || record.creator === "codeDeployRollback") {
    writeDeployment(tx, record);
    return;
  }
  const id = `d-${ids.hex(9).toUpperCase()}`;
  const { currentVersion, targetVersion, functionName, alias } = record.shift;
  const message = `Deployment ${id} was started to roll back deployment ${record.id}.`;
  writeDeployment(tx, {
    ...record,
    rollbackInfo: { rollbackDeploymentId: id, rollbackMessage: message },
  });
  writeDeployment(tx, {
    ...record,
    id,
    configuration: "CodeDeployDefault.LambdaAllAtOnce",
    creator: "codeDeployRollback",
    description: `CodeDeploy rollback of ${record.id}`,
    revision: record.previousRevision ?? record.revision,
    previousRevision: record.revision,
    status: "Created",
    createdMs: clock.now(),
    startedMs: undefined,
    completedMs: undefined,
    error: undefined,
    rollbackInfo: { rollbackTriggeringDeploymentId: record.id, rollbackMessage: message },
    shift: { functionName, alias, currentVersion: targetVersion, targetVersion: currentVersion },
    events: record.events.map(({ name }): LifecycleRecord => ({ name, status: "Pending" })),
    percent: 0,
    dueMs: clock.now(),
  });
}

/** Whether a deployment's settings have it rolled back after such an end. */
export function rollsBackOn({ rollback }: DeploymentRecord, event: sdk.AutoRollbackEvent): boolean {
  return (rollback?.enabled ?? false) && (rollback?.events ?? []).includes(event);
}

/** What the group tells of its last deployments. */
export async function noteInGroup(tx: Transaction, record: DeploymentRecord): Promise<void> {
  const key = groupKey(record, record.application, record.group);
  const group = await read<GroupRecord>(tx, key);
  if (!group) return;
  const { id: deploymentId, status, completedMs, createdMs } = record;
  const last: sdk.LastDeploymentInfo = {
    deploymentId,
    status,
    createTime: new Date(createdMs),
    ...(completedMs === undefined ? {} : { endTime: new Date(completedMs) }),
  };
  const isGood = status === "Succeeded";
  write(tx, key, {
    ...group,
    lastAttempted: last,
    ...(isGood ? { lastSuccessful: last, revision: record.revision } : {}),
  } satisfies GroupRecord);
}
