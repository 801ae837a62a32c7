import type * as sdk from "@aws-sdk/client-codedeploy";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers, Input } from "../define.ts";
import { checkName as checkApplication, requireApplication, tooMany } from "./applications.ts";
import { requireConfiguration } from "./configurations.ts";
import { fault } from "./faults.ts";
import { pageOf } from "./paging.ts";
import {
  type ApplicationRecord,
  type GroupRecord,
  groupKey,
  type KeptSettings,
  read,
  readAll,
  tagsKey,
  write,
} from "./records.ts";
import { groupArn, putTags } from "./tags.ts";

type Create = Input<typeof sdk.CreateDeploymentGroupCommand>;
type Update = Input<typeof sdk.UpdateDeploymentGroupCommand>;

const DEFAULT_CONFIGURATION = {
  Lambda: "CodeDeployDefault.LambdaAllAtOnce",
  ECS: "CodeDeployDefault.ECSAllAtOnce",
  Server: "CodeDeployDefault.OneAtATime",
} as const;

/** Deployment groups: how and under which alarms an application is deployed. */
export const groups = {
  async CreateDeploymentGroup(input, context) {
    const application = checkApplication(input.applicationName);
    const name = checkName(input.deploymentGroupName);
    const { scope } = context;
    const id = context.ids.uuid();
    await context.store.transact(async (tx) => {
      const { platform } = await requireApplication(tx, scope, application);
      if (await tx.get(groupKey(scope, application, name))) throw existing(name);
      const configuration = input.deploymentConfigName ?? DEFAULT_CONFIGURATION[platform];
      await checkConfiguration(tx, scope, platform, configuration);
      write(tx, groupKey(scope, application, name), {
        v: 1,
        id,
        application,
        name,
        configuration,
        roleArn: checkRole(input.serviceRoleArn),
        alarms: checkAlarms(input.alarmConfiguration),
        rollback: checkRollback(input.autoRollbackConfiguration),
        triggers: checkTriggers(input.triggerConfigurations ?? []),
        kept: keptOf(input),
      } satisfies GroupRecord);
      await putTags(tx, scope, groupArn(scope, application, name), input.tags ?? []);
    });
    return { deploymentGroupId: id };
  },

  async UpdateDeploymentGroup(input, context) {
    const application = checkApplication(input.applicationName);
    const name = checkName(input.currentDeploymentGroupName);
    const renamed = checkName(input.newDeploymentGroupName ?? name);
    const { scope } = context;
    await context.store.transact(async (tx) => {
      const { platform } = await requireApplication(tx, scope, application);
      const group = await requireGroup(tx, scope, application, name);
      if (renamed !== name && (await tx.get(groupKey(scope, application, renamed)))) throw existing(renamed);
      const configuration = input.deploymentConfigName ?? group.configuration;
      await checkConfiguration(tx, scope, platform, configuration);
      tx.delete(groupKey(scope, application, name));
      write(tx, groupKey(scope, application, renamed), {
        ...group,
        name: renamed,
        configuration,
        roleArn: input.serviceRoleArn ? checkRole(input.serviceRoleArn) : group.roleArn,
        alarms: checkAlarms(input.alarmConfiguration) ?? group.alarms,
        rollback: checkRollback(input.autoRollbackConfiguration) ?? group.rollback,
        triggers: input.triggerConfigurations ? checkTriggers(input.triggerConfigurations) : group.triggers,
        kept: { ...group.kept, ...keptOf(input) },
      } satisfies GroupRecord);
    });
    return { hooksNotCleanedUp: [] };
  },

  async GetDeploymentGroup(input, context) {
    const application = checkApplication(input.applicationName);
    const name = checkName(input.deploymentGroupName);
    return context.store.transact(async (tx) => {
      const found = await requireApplication(tx, context.scope, application);
      const group = await requireGroup(tx, context.scope, application, name);
      return { deploymentGroupInfo: describe(found, group) };
    });
  },

  async BatchGetDeploymentGroups(input, context) {
    const application = checkApplication(input.applicationName);
    const names = (input.deploymentGroupNames ?? []).map(checkName);
    if (names.length > 100) throw tooMany();
    return context.store.transact(async (tx) => {
      const found = await requireApplication(tx, context.scope, application);
      const deploymentGroupsInfo: sdk.DeploymentGroupInfo[] = [];
      for (const name of names) {
        const group = await read<GroupRecord>(tx, groupKey(context.scope, application, name));
        if (group) deploymentGroupsInfo.push(describe(found, group));
      }
      return { deploymentGroupsInfo };
    });
  },

  async ListDeploymentGroups(input, context) {
    const application = checkApplication(input.applicationName);
    const names = await context.store.transact(async (tx) => {
      await requireApplication(tx, context.scope, application);
      const found: string[] = [];
      for await (const { name } of readAll<GroupRecord>(tx, groupKey(context.scope, application)))
        found.push(name);
      return found;
    });
    const { items, next } = pageOf(names, input.nextToken);
    return { applicationName: application, deploymentGroups: items, ...next };
  },

  async DeleteDeploymentGroup(input, context) {
    const application = checkApplication(input.applicationName);
    const name = checkName(input.deploymentGroupName);
    await context.store.transact(async (tx) => {
      tx.delete(groupKey(context.scope, application, name));
      tx.delete(tagsKey(context.scope, groupArn(context.scope, application, name)));
    });
    return { hooksNotCleanedUp: [] };
  },
} satisfies Handlers<typeof sdk>;

export async function requireGroup(
  tx: Transaction,
  scope: Scope,
  application: string,
  name: string,
): Promise<GroupRecord> {
  const record = await read<GroupRecord>(tx, groupKey(scope, application, name));
  if (record) return record;
  throw fault("DeploymentGroupDoesNotExistException", `No Deployment Group found for name: ${name}`);
}

export function checkName(name: string | undefined): string {
  if (!name) throw fault("DeploymentGroupNameRequiredException", "Deployment group name must be specified");
  if (name.length <= 100) return name;
  throw fault("InvalidDeploymentGroupNameException", "The deployment group name is in an invalid format");
}

export async function checkConfiguration(
  tx: Transaction,
  scope: Scope,
  platform: ApplicationRecord["platform"],
  name: string,
): Promise<void> {
  const found = await requireConfiguration(tx, scope, name);
  if (found.platform === platform) return;
  throw fault(
    "InvalidDeploymentConfigNameException",
    `The Compute Platform ${found.platform} of deployment configuration ${name} does not match the ` +
      `Compute Platform ${platform} of the application`,
  );
}

export function checkAlarms(alarms: sdk.AlarmConfiguration | undefined): sdk.AlarmConfiguration | undefined {
  const names = alarms?.alarms?.map(({ name }) => name) ?? [];
  if (names.length > 10) {
    throw fault(
      "AlarmsLimitExceededException",
      "The maximum number of alarms for a deployment group (10) was exceeded.",
    );
  }
  if (names.some((name) => !name) || (alarms?.enabled && names.length === 0)) {
    throw fault(
      "InvalidAlarmConfigException",
      "Alarms must be specified when alarm configuration is enabled",
    );
  }
  if (new Set(names).size < names.length) {
    throw fault("InvalidAlarmConfigException", "The same alarm name cannot be used twice");
  }
  return alarms;
}

export function checkRollback(
  rollback: sdk.AutoRollbackConfiguration | undefined,
): sdk.AutoRollbackConfiguration | undefined {
  if (!rollback?.enabled || rollback.events?.length) return rollback;
  throw fault(
    "InvalidAutoRollbackConfigException",
    "Auto rollback events must be specified when auto rollback configuration is enabled",
  );
}

function checkTriggers(triggers: readonly sdk.TriggerConfig[]): readonly sdk.TriggerConfig[] {
  if (triggers.length > 10) {
    throw fault(
      "TriggerTargetsLimitExceededException",
      "The maximum allowed number of triggers was exceeded.",
    );
  }
  const isGood = ({ triggerName, triggerTargetArn = "", triggerEvents = [] }: sdk.TriggerConfig) =>
    triggerName && /^arn:[^:]+:sns:/.test(triggerTargetArn) && triggerEvents.length > 0;
  if (triggers.every(isGood)) return triggers;
  throw fault("InvalidTriggerConfigException", "The trigger was specified in an invalid format.");
}

function checkRole(arn: string | undefined): string {
  if (!arn) throw fault("RoleRequiredException", "IAM role must be specified");
  if (/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(arn)) return arn;
  throw fault("InvalidRoleException", `CodeDeploy does not accept the role ARN: ${arn}`);
}

function keptOf(input: Create | Update): KeptSettings {
  const { autoScalingGroups: names, ...rest } = input;
  const kept = {
    autoScalingGroups: names?.map((name) => ({ name })),
    blueGreenDeploymentConfiguration: rest.blueGreenDeploymentConfiguration,
    deploymentStyle: rest.deploymentStyle,
    ec2TagFilters: rest.ec2TagFilters,
    ec2TagSet: rest.ec2TagSet,
    ecsServices: rest.ecsServices,
    loadBalancerInfo: rest.loadBalancerInfo,
    onPremisesInstanceTagFilters: rest.onPremisesInstanceTagFilters,
    onPremisesTagSet: rest.onPremisesTagSet,
    outdatedInstancesStrategy: rest.outdatedInstancesStrategy,
    terminationHookEnabled: rest.terminationHookEnabled,
  };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

const existing = (name: string) =>
  fault("DeploymentGroupAlreadyExistsException", `Deployment group ${name} already exists`);

function describe({ platform }: ApplicationRecord, group: GroupRecord): sdk.DeploymentGroupInfo {
  const style = { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" } as const;
  const inPlace = { deploymentType: "IN_PLACE", deploymentOption: "WITHOUT_TRAFFIC_CONTROL" } as const;
  return {
    applicationName: group.application,
    deploymentGroupId: group.id,
    deploymentGroupName: group.name,
    deploymentConfigName: group.configuration,
    serviceRoleArn: group.roleArn,
    computePlatform: platform,
    deploymentStyle: platform === "Server" ? inPlace : style,
    triggerConfigurations: [...group.triggers],
    alarmConfiguration: group.alarms ?? { enabled: false, ignorePollAlarmFailure: false, alarms: [] },
    autoRollbackConfiguration: group.rollback ?? { enabled: false, events: [] },
    ...group.kept,
    ...(group.revision ? { targetRevision: group.revision } : {}),
    ...(group.lastSuccessful ? { lastSuccessfulDeployment: group.lastSuccessful } : {}),
    ...(group.lastAttempted ? { lastAttemptedDeployment: group.lastAttempted } : {}),
  };
}
