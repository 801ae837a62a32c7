import type * as sdk from "@aws-sdk/client-codedeploy";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";

export interface ApplicationRecord {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly platform: "Lambda" | "Server" | "ECS";
  readonly createdMs: number;
  readonly revisions: readonly RevisionRecord[];
}

/** A revision that was registered or deployed. */
export interface RevisionRecord {
  readonly location: sdk.RevisionLocation;
  readonly description?: string | undefined;
  readonly registeredMs: number;
  readonly firstUsedMs?: number | undefined;
  readonly lastUsedMs?: number | undefined;
}

export interface GroupRecord {
  readonly v: 1;
  readonly id: string;
  readonly application: string;
  readonly name: string;
  readonly configuration: string;
  readonly roleArn: string;
  readonly alarms?: sdk.AlarmConfiguration | undefined;
  readonly rollback?: sdk.AutoRollbackConfiguration | undefined;
  readonly triggers: readonly sdk.TriggerConfig[];
  /** What concerns servers and containers only, as it was given. */
  readonly kept: KeptSettings;
  readonly lastSuccessful?: sdk.LastDeploymentInfo | undefined;
  readonly lastAttempted?: sdk.LastDeploymentInfo | undefined;
  readonly revision?: sdk.RevisionLocation | undefined;
}

export type KeptSettings = Pick<
  sdk.DeploymentGroupInfo,
  | "autoScalingGroups"
  | "blueGreenDeploymentConfiguration"
  | "deploymentStyle"
  | "ec2TagFilters"
  | "ec2TagSet"
  | "ecsServices"
  | "loadBalancerInfo"
  | "onPremisesInstanceTagFilters"
  | "onPremisesTagSet"
  | "outdatedInstancesStrategy"
  | "terminationHookEnabled"
>;

export interface ConfigurationRecord {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly platform: "Lambda" | "Server" | "ECS";
  readonly createdMs: number;
  readonly routing?: sdk.TrafficRoutingConfig | undefined;
  readonly minimumHealthyHosts?: sdk.MinimumHealthyHosts | undefined;
  readonly zonal?: sdk.ZonalConfig | undefined;
}

/** What a revision says of a function: which alias goes from which version to which. */
export interface Shift {
  readonly functionName: string;
  readonly alias: string;
  readonly currentVersion: string;
  readonly targetVersion: string;
  readonly beforeHook?: string | undefined;
  readonly afterHook?: string | undefined;
}

export type EventName = "BeforeAllowTraffic" | "AllowTraffic" | "AfterAllowTraffic";

export interface LifecycleRecord {
  readonly name: EventName;
  readonly status: sdk.LifecycleEventStatus;
  readonly startedMs?: number;
  readonly endedMs?: number;
  /** Under which id a hook tells how it went. */
  readonly executionId?: string;
  readonly message?: string;
}

export interface DeploymentRecord extends Scope {
  readonly v: 1;
  readonly id: string;
  readonly application: string;
  readonly group: string;
  readonly configuration: string;
  readonly revision: sdk.RevisionLocation;
  readonly previousRevision?: sdk.RevisionLocation | undefined;
  readonly description?: string | undefined;
  readonly creator: sdk.DeploymentCreator;
  readonly status: "Created" | "Queued" | "InProgress" | "Succeeded" | "Failed" | "Stopped";
  readonly createdMs: number;
  readonly startedMs?: number | undefined;
  readonly completedMs?: number | undefined;
  readonly alarms?: sdk.AlarmConfiguration | undefined;
  readonly rollback?: sdk.AutoRollbackConfiguration | undefined;
  readonly error?: sdk.ErrorInformation | undefined;
  readonly rollbackInfo?: sdk.RollbackInfo | undefined;
  readonly shift: Shift;
  readonly events: readonly LifecycleRecord[];
  /** How much of the traffic the target version has, in percent. */
  readonly percent: number;
  /** When something is to be done next; absent when it is over. */
  readonly dueMs?: number | undefined;
}

const at = (kind: string, { account, region }: Scope, ...rest: string[]): Key => [
  `codedeploy${kind}`,
  account,
  region,
  ...rest,
];
export const applicationKey = (scope: Scope, ...name: string[]) => at("Application", scope, ...name);
export const groupKey = (scope: Scope, ...names: string[]) => at("Group", scope, ...names);
export const configurationKey = (scope: Scope, ...name: string[]) => at("Configuration", scope, ...name);
export const deploymentKey = (scope: Scope, ...id: string[]) => at("Deployment", scope, ...id);
export const tagsKey = (scope: Scope, arn: string) => at("Tags", scope, arn);
/** Deployments that are under way. */
export const WORK: Key = ["codedeployWork"];
const workKey = ({ account, region }: Scope, id: string): Key => [...WORK, account, region, id];

export async function read<Record>(tx: Transaction, key: Key): Promise<Record | undefined> {
  return (await tx.get(key)) as Record | undefined;
}

export function write(tx: Transaction, key: Key, record: object): void {
  tx.set(key, record as Value);
}

export async function* readAll<Record>(tx: Transaction, prefix: Key): AsyncIterable<Record> {
  for await (const [, value] of tx.range({ prefix })) yield value as Record;
}

/** Keeps a deployment, and that there is work with it for as long as there is. */
export function writeDeployment(tx: Transaction, record: DeploymentRecord): void {
  write(tx, deploymentKey(record, record.id), record);
  if (record.dueMs === undefined) tx.delete(workKey(record, record.id));
  else tx.set(workKey(record, record.id), record.dueMs);
}
