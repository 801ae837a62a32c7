import type * as sdk from "@aws-sdk/client-codedeploy";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { checkName as checkApplication, requireApplication, tooMany } from "./applications.ts";
import { contentOf, readAppSpec } from "./appspec.ts";
import { fault } from "./faults.ts";
import {
  checkAlarms,
  checkConfiguration,
  checkName as checkGroup,
  checkRollback,
  requireGroup,
} from "./groups.ts";
import { tell } from "./news.ts";
import { pageOf } from "./paging.ts";
import {
  type DeploymentRecord,
  deploymentKey,
  type EventName,
  type LifecycleRecord,
  read,
  readAll,
  writeDeployment,
} from "./records.ts";
import { noteUse } from "./revisions.ts";
import { noteInGroup, rollBack, stop } from "./verdict.ts";

const UNDER_WAY = ["Created", "Queued", "InProgress"];
const EVENTS: readonly EventName[] = ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"];

/** Deployments: an alias goes from one version to another, by and by, between its hooks. */
export const deployments = {
  async CreateDeployment(input, context) {
    const application = checkApplication(input.applicationName);
    const name = checkGroup(input.deploymentGroupName);
    const { scope } = context;
    const found = await context.store.transact(async (tx) => ({
      application: await requireApplication(tx, scope, application),
      group: await requireGroup(tx, scope, application, name),
    }));
    if (found.application.platform !== "Lambda") throw noServers(found.application.platform);
    const revision = input.revision ?? found.group.revision;
    if (!revision) throw fault("RevisionRequiredException", "Revision is required");
    const shift = readAppSpec(await contentOf(context, revision));
    const id = `d-${context.ids.hex(9).toUpperCase()}`;
    await context.store.transact(async (tx) => {
      const group = await requireGroup(tx, scope, application, name);
      const configuration = input.deploymentConfigName ?? group.configuration;
      await checkConfiguration(tx, scope, found.application.platform, configuration);
      await refuseSecond(tx, scope, application, name);
      writeDeployment(tx, {
        v: 1,
        ...scope,
        id,
        application,
        group: name,
        configuration,
        revision,
        previousRevision: group.revision,
        description: input.description,
        creator: creatorOf(context),
        status: "Created",
        createdMs: context.clock.now(),
        alarms: checkAlarms(input.overrideAlarmConfiguration) ?? group.alarms,
        rollback: checkRollback(input.autoRollbackConfiguration) ?? group.rollback,
        shift,
        events: EVENTS.map((event): LifecycleRecord => ({ name: event, status: "Pending" })),
        percent: 0,
        dueMs: context.clock.now(),
      });
      await noteUse(tx, scope, application, revision, context.clock.now());
    });
    return { deploymentId: id };
  },

  async GetDeployment(input, context) {
    const found = await context.store.transact((tx) =>
      requireDeployment(tx, context.scope, input.deploymentId),
    );
    return { deploymentInfo: describe(found) };
  },

  async BatchGetDeployments(input, context) {
    const ids = input.deploymentIds ?? [];
    if (ids.length > 25) throw tooMany();
    const deploymentsInfo = await context.store.transact(async (tx) => {
      const records: sdk.DeploymentInfo[] = [];
      for (const id of ids) {
        const record = await read<DeploymentRecord>(tx, deploymentKey(context.scope, id));
        if (record) records.push(describe(record));
      }
      return records;
    });
    return { deploymentsInfo };
  },

  async ListDeployments(input, context) {
    const {
      applicationName,
      deploymentGroupName,
      includeOnlyStatuses: statuses = [],
      createTimeRange,
    } = input;
    if (deploymentGroupName && !applicationName) {
      throw fault("ApplicationNameRequiredException", "Application name must be specified");
    }
    const { start, end } = createTimeRange ?? {};
    if (start && end && start > end) {
      throw fault(
        "InvalidTimeRangeException",
        "The specified time range was specified in an invalid format.",
      );
    }
    const found = await context.store.transact(async (tx) => {
      if (applicationName) await requireApplication(tx, context.scope, applicationName);
      if (applicationName && deploymentGroupName)
        await requireGroup(tx, context.scope, applicationName, deploymentGroupName);
      const records: DeploymentRecord[] = [];
      for await (const record of readAll<DeploymentRecord>(tx, deploymentKey(context.scope))) {
        const isWanted =
          (!applicationName || record.application === applicationName) &&
          (!deploymentGroupName || record.group === deploymentGroupName) &&
          (statuses.length === 0 || statuses.includes(record.status)) &&
          (!start || record.createdMs >= start.getTime()) &&
          (!end || record.createdMs <= end.getTime());
        if (isWanted) records.push(record);
      }
      return records;
    });
    const latestFirst = found.sort((one, other) => other.createdMs - one.createdMs).map(({ id }) => id);
    const { items, next } = pageOf(latestFirst, input.nextToken);
    return { deployments: items, ...next };
  },

  async StopDeployment(input, context) {
    const rollsBack = input.autoRollbackEnabled ?? false;
    await context.store.transact(async (tx) => {
      const record = await requireDeployment(tx, context.scope, input.deploymentId);
      if (!UNDER_WAY.includes(record.status)) {
        throw fault(
          "DeploymentAlreadyCompletedException",
          `The deployment ${record.id} is already completed. A stop request cannot be submitted.`,
        );
      }
      const stopped = stop(record, context.clock.now(), {
        code: "MANUAL_STOP",
        message: "The deployment was stopped by the user.",
      });
      rollBack(tx, context, stopped, rollsBack);
      await tell(tx, stopped, context.clock.now());
      await noteInGroup(tx, stopped);
    });
    return { status: "Pending", statusMessage: "Stopping the deployment." };
  },

  async ContinueDeployment(input, context) {
    await context.store.transact((tx) => requireDeployment(tx, context.scope, input.deploymentId));
    throw fault(
      "UnsupportedActionForDeploymentTypeException",
      "A call was submitted that is not supported for the specified deployment type.",
    );
  },

  async PutLifecycleEventHookExecutionStatus(input, context) {
    const { lifecycleEventHookExecutionId: executionId, status } = input;
    if (status !== "Succeeded" && status !== "Failed") {
      throw fault(
        "InvalidLifecycleEventHookExecutionStatusException",
        "The result of a Lambda validation function that verifies a lifecycle event is invalid. It should " +
          "return Succeeded or Failed.",
      );
    }
    await context.store.transact(async (tx) => {
      const record = await requireDeployment(tx, context.scope, input.deploymentId);
      const event = record.events.find((each) => each.executionId === executionId);
      if (!event || !executionId) {
        throw fault(
          "InvalidLifecycleEventHookExecutionIdException",
          "A lifecycle event hook is invalid. Review the hooks section in your AppSpec file to ensure the " +
            "lifecycle events and hooks functions are valid.",
        );
      }
      if (event.status !== "InProgress" || record.status !== "InProgress") {
        throw fault(
          "LifecycleEventAlreadyCompletedException",
          "An attempt to return the status of an already completed lifecycle event occurred.",
        );
      }
      const ended = { ...event, status, endedMs: context.clock.now() };
      writeDeployment(tx, {
        ...record,
        events: record.events.map((each) => (each === event ? ended : each)),
        dueMs: context.clock.now(),
      });
    });
    return { lifecycleEventHookExecutionId: executionId };
  },
} satisfies Handlers<typeof sdk>;

export async function requireDeployment(
  tx: Transaction,
  scope: Scope,
  id: string | undefined,
): Promise<DeploymentRecord> {
  if (!id) throw fault("DeploymentIdRequiredException", "At least one deployment ID must be specified.");
  if (!/^d-[0-9A-Z]{9}$/.test(id)) {
    throw fault(
      "InvalidDeploymentIdException",
      "At least one of the deployment IDs was specified in an invalid format.",
    );
  }
  const record = await read<DeploymentRecord>(tx, deploymentKey(scope, id));
  if (record) return record;
  throw fault("DeploymentDoesNotExistException", `The deployment ${id} could not be found`);
}

async function refuseSecond(
  tx: Transaction,
  scope: Scope,
  application: string,
  group: string,
): Promise<void> {
  for await (const other of readAll<DeploymentRecord>(tx, deploymentKey(scope))) {
    if (other.application !== application || other.group !== group) continue;
    if (!UNDER_WAY.includes(other.status)) continue;
    throw fault(
      "DeploymentLimitExceededException",
      `The Deployment Group '${group}' already has an active Deployment '${other.id}'`,
    );
  }
}

const creatorOf = ({ principal }: Context): sdk.DeploymentCreator =>
  principal.sender?.service === "cloudformation.amazonaws.com" ? "CloudFormation" : "user";

/** Functions are all that runs here: an honest word for servers and containers. */
const noServers = (platform: string) =>
  fault(
    "InvalidComputePlatformException",
    `The compute platform ${platform} is not part of this platform: only functions are deployed.`,
  );

function describe(record: DeploymentRecord): sdk.DeploymentInfo {
  const date = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
  const isOver = !UNDER_WAY.includes(record.status);
  const count = (status: boolean) => (status ? 1 : 0);
  const shown: sdk.DeploymentInfo = {
    applicationName: record.application,
    deploymentGroupName: record.group,
    deploymentConfigName: record.configuration,
    deploymentId: record.id,
    previousRevision: record.previousRevision,
    revision: record.revision,
    status: record.status,
    errorInformation: record.error,
    createTime: date(record.createdMs),
    startTime: date(record.startedMs),
    completeTime: date(record.completedMs),
    deploymentOverview: {
      Pending: count(record.status === "Created" || record.status === "Queued"),
      InProgress: count(record.status === "InProgress"),
      Succeeded: count(record.status === "Succeeded"),
      Failed: count(isOver && record.status !== "Succeeded"),
      Skipped: 0,
      Ready: 0,
    },
    description: record.description,
    creator: record.creator,
    ignoreApplicationStopFailures: false,
    autoRollbackConfiguration: record.rollback,
    updateOutdatedInstancesOnly: false,
    rollbackInfo: record.rollbackInfo,
    deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
    instanceTerminationWaitTimeStarted: false,
    deploymentStatusMessages: record.error?.message ? [record.error.message] : [],
    computePlatform: "Lambda",
    overrideAlarmConfiguration: record.alarms,
  };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}
