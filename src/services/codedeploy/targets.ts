import type * as sdk from "@aws-sdk/client-codedeploy";
import { formatArn } from "../../kernel/arn.ts";
import type { Handlers } from "../define.ts";
import { requireDeployment } from "./deployments.ts";
import { fault } from "./faults.ts";
import type { DeploymentRecord, LifecycleRecord } from "./records.ts";

/** What a deployment changes: one alias of one function. */
export const targets = {
  async ListDeploymentTargets(input, context) {
    const record = await context.store.transact((tx) =>
      requireDeployment(tx, context.scope, input.deploymentId),
    );
    const wanted = input.targetFilters?.TargetStatus;
    return { targetIds: !wanted || wanted.includes(statusOf(record)) ? [targetIdOf(record)] : [] };
  },

  async GetDeploymentTarget(input, context) {
    const record = await context.store.transact((tx) =>
      requireDeployment(tx, context.scope, input.deploymentId),
    );
    return { deploymentTarget: describe(record, input.targetId) };
  },

  async BatchGetDeploymentTargets(input, context) {
    const record = await context.store.transact((tx) =>
      requireDeployment(tx, context.scope, input.deploymentId),
    );
    return { deploymentTargets: (input.targetIds ?? []).map((id) => describe(record, id)) };
  },
} satisfies Handlers<typeof sdk>;

const targetIdOf = ({ shift }: DeploymentRecord) => `${shift.functionName}:${shift.alias}`;

const STATUSES = {
  Created: "Pending",
  Queued: "Pending",
  InProgress: "InProgress",
  Succeeded: "Succeeded",
  Failed: "Failed",
  Stopped: "Failed",
} as const;

const statusOf = ({ status }: DeploymentRecord): sdk.TargetStatus => STATUSES[status];

function describe(record: DeploymentRecord, id: string | undefined): sdk.DeploymentTarget {
  if (!id) throw fault("DeploymentTargetIdRequiredException", "A deployment target ID was not provided.");
  if (id !== targetIdOf(record)) {
    throw fault(
      "DeploymentTargetDoesNotExistException",
      "The provided target ID does not belong to the attempted deployment.",
    );
  }
  const { functionName, alias, currentVersion, targetVersion } = record.shift;
  return {
    deploymentTargetType: "LambdaTarget",
    lambdaTarget: {
      deploymentId: record.id,
      targetId: id,
      targetArn: formatArn("lambda", record, `function:${functionName}:${alias}`),
      status: statusOf(record),
      lastUpdatedAt: new Date(record.completedMs ?? record.startedMs ?? record.createdMs),
      lifecycleEvents: record.events.map(describeEvent),
      lambdaFunctionInfo: {
        functionName,
        functionAlias: alias,
        currentVersion,
        targetVersion,
        targetVersionWeight: record.percent / 100,
      },
    },
  };
}

function describeEvent({ name, status, startedMs, endedMs, message }: LifecycleRecord): sdk.LifecycleEvent {
  return {
    lifecycleEventName: name,
    status,
    ...(startedMs === undefined ? {} : { startTime: new Date(startedMs) }),
    ...(endedMs === undefined ? {} : { endTime: new Date(endedMs) }),
    ...(message === undefined
      ? {}
      : { diagnostics: { errorCode: "ScriptFailed" as const, scriptName: "", message, logTail: "" } }),
  };
}
