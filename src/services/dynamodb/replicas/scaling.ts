import type * as sdk from "@aws-sdk/client-dynamodb";
import type {
  AutoScalingSettingsDescription,
  AutoScalingSettingsUpdate,
  ReplicaAutoScalingDescription,
} from "@aws-sdk/client-dynamodb";
import type { Context, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import type { TableRecord } from "../records.ts";
import { findTable } from "../tables/catalog.ts";
import { parseTableName } from "../tables/names.ts";
import { wrongParameter } from "../tables/rules.ts";

const SERVICE = "application-auto-scaling";
const NAMESPACE = { ServiceNamespace: "dynamodb" } as const;

/** A table's or an index's reads or writes. */
export interface ScaledPlace {
  readonly table: string;
  readonly index?: string;
  readonly kind: "Read" | "Write";
}

/** Automatic scaling of all replicas of a table at once: what Application Auto Scaling has in each region. */
export const replicaScaling = {
  async DescribeTableReplicaAutoScaling({ TableName = "" }, context) {
    const { scope, name } = parseTableName(TableName, context.scope);
    const record = await recordOf(context, scope.region, name);
    return { TableAutoScalingDescription: await describeScaling(context, record) };
  },

  async UpdateTableReplicaAutoScaling(input, context) {
    const { scope, name } = parseTableName(input.TableName ?? "", context.scope);
    const record = await recordOf(context, scope.region, name);
    const regions = regionsOf(record);
    for (const region of regions) {
      const writes = input.ProvisionedWriteCapacityAutoScalingUpdate;
      if (writes) await setScaling(context, region, { table: name, kind: "Write" }, writes);
      for (const index of input.GlobalSecondaryIndexUpdates ?? []) {
        const update = index.ProvisionedWriteCapacityAutoScalingUpdate;
        const place = { table: name, index: knownIndex(record, index.IndexName), kind: "Write" as const };
        if (update) await setScaling(context, region, place, update);
      }
    }
    for (const replica of input.ReplicaUpdates ?? []) {
      const { RegionName: region = "" } = replica;
      if (!regions.includes(region)) throw wrongParameter(`Replica not found in region: ${region}`);
      const reads = replica.ReplicaProvisionedReadCapacityAutoScalingUpdate;
      if (reads) await setScaling(context, region, { table: name, kind: "Read" }, reads);
      for (const index of replica.ReplicaGlobalSecondaryIndexUpdates ?? []) {
        const update = index.ProvisionedReadCapacityAutoScalingUpdate;
        const place = { table: name, index: knownIndex(record, index.IndexName), kind: "Read" as const };
        if (update) await setScaling(context, region, place, update);
      }
    }
    const description = await describeScaling(context, record);
    return { TableAutoScalingDescription: { ...description, TableStatus: "UPDATING" as const } };
  },
} satisfies Handlers<typeof sdk>;

async function recordOf(context: Context, region: string, name: string): Promise<TableRecord> {
  const { store, scope } = context;
  const table = await store.transact((tx) => findTable(tx, store, { ...scope, region }, name));
  if (table) return table.record;
  throw fault("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
}

/** The table's own region and those of the other replicas. */
function regionsOf({ region, group }: TableRecord): string[] {
  return [region, ...(group?.others.map((other) => other.region) ?? [])];
}

function knownIndex({ globals }: TableRecord, name = ""): string {
  if (globals.some((index) => index.name === name)) return name;
  throw fault("ResourceNotFoundException", `Requested resource not found: Index: ${name} not found`);
}

async function describeScaling(context: Context, record: TableRecord) {
  const { name: table, globals, group } = record;
  const Replicas: ReplicaAutoScalingDescription[] = [];
  for (const region of regionsOf(record)) {
    const settings = await scalingIn(context, region, table);
    const state = group?.others.find((other) => other.region === region)?.state ?? "active";
    Replicas.push({
      RegionName: region,
      ReplicaStatus: state === "active" ? "ACTIVE" : "CREATING",
      ReplicaProvisionedReadCapacityAutoScalingSettings: settings({ table, kind: "Read" }),
      ReplicaProvisionedWriteCapacityAutoScalingSettings: settings({ table, kind: "Write" }),
      GlobalSecondaryIndexes: globals.map(({ name: index }) => ({
        IndexName: index,
        IndexStatus: "ACTIVE",
        ProvisionedReadCapacityAutoScalingSettings: settings({ table, index, kind: "Read" }),
        ProvisionedWriteCapacityAutoScalingSettings: settings({ table, index, kind: "Write" }),
      })),
    });
  }
  return { TableName: table, TableStatus: "ACTIVE" as const, Replicas };
}

/** What scales the places of a table in a region. */
export async function scalingIn(context: Context, region: string, table: string) {
  const there = context.inRegion(region);
  const targets = await there.call(SERVICE, "DescribeScalableTargets", NAMESPACE);
  const policies = await there.call(SERVICE, "DescribeScalingPolicies", NAMESPACE);
  return (
    place: Omit<ScaledPlace, "table"> & { readonly table?: string },
  ): AutoScalingSettingsDescription => {
    const { ResourceId, ScalableDimension } = resourceOf({ ...place, table });
    const isIt = (one: { ResourceId?: string | undefined; ScalableDimension?: string | undefined }) =>
      one.ResourceId === ResourceId && one.ScalableDimension === ScalableDimension;
    const target = targets.ScalableTargets?.find(isIt);
    if (!target) return { AutoScalingDisabled: true };
    return {
      AutoScalingDisabled: false,
      MinimumUnits: target.MinCapacity,
      MaximumUnits: target.MaxCapacity,
      AutoScalingRoleArn: target.RoleARN,
      ScalingPolicies: (policies.ScalingPolicies ?? []).filter(isIt).map((policy) => {
        const { TargetValue, DisableScaleIn, ScaleInCooldown, ScaleOutCooldown } =
          policy.TargetTrackingScalingPolicyConfiguration ?? {};
        return {
          PolicyName: policy.PolicyName,
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue,
            DisableScaleIn,
            ScaleInCooldown,
            ScaleOutCooldown,
          },
        };
      }),
    };
  };
}

/** Has a place of a table scaled in a region, or not any more. Faults: as Application Auto Scaling's. */
export async function setScaling(
  context: Context,
  region: string,
  place: ScaledPlace,
  update: AutoScalingSettingsUpdate,
): Promise<void> {
  const there = context.inRegion(region);
  const named = { ...NAMESPACE, ...resourceOf(place) };
  if (update.AutoScalingDisabled) {
    await there.call(SERVICE, "DeregisterScalableTarget", named);
    return;
  }
  await there.call(SERVICE, "RegisterScalableTarget", {
    ...named,
    MinCapacity: update.MinimumUnits,
    MaxCapacity: update.MaximumUnits,
  });
  const policy = update.ScalingPolicyUpdate;
  if (!policy?.TargetTrackingScalingPolicyConfiguration) return;
  const { PolicyName = `$${place.table}-scaling-policy` } = policy;
  await there.call(SERVICE, "PutScalingPolicy", {
    ...named,
    PolicyName,
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      ...policy.TargetTrackingScalingPolicyConfiguration,
      PredefinedMetricSpecification: {
        PredefinedMetricType: `DynamoDB${place.kind}CapacityUtilization`,
      },
    },
  });
}

function resourceOf({ table, index, kind }: ScaledPlace) {
  const part = index === undefined ? "table" : "index";
  return {
    ResourceId: index === undefined ? `table/${table}` : `table/${table}/index/${index}`,
    ScalableDimension: `dynamodb:${part}:${kind}CapacityUnits` as const,
  };
}
