import type { Constraint, Constraints } from "../../../kernel/constraints.ts";

const NAME: Constraint = { length: [3, 255], pattern: "[a-zA-Z0-9_.-]+" };
const TABLE: Constraint = { length: [1, 1024] };
const AT_LEAST_ONE: Constraint = { length: [1, Number.MAX_SAFE_INTEGER] };
const UNITS: Constraint = { range: [1, Number.MAX_SAFE_INTEGER] };
const MODE: Constraint = { enum: ["PROVISIONED", "PAY_PER_REQUEST"] };
const CLASS: Constraint = { enum: ["STANDARD", "STANDARD_INFREQUENT_ACCESS"] };

/** Of global tables. From the service's API model. */
export const replicaConstraints: Constraints = {
  "UpdateTableInput.ReplicaUpdates": AT_LEAST_ONE,
  "UpdateTableInput.GlobalTableWitnessUpdates": { length: [1, 1] },
  "UpdateTableInput.MultiRegionConsistency": { enum: ["EVENTUAL", "STRONG"] },
  "CreateReplicationGroupMemberAction.GlobalSecondaryIndexes": AT_LEAST_ONE,
  "CreateReplicationGroupMemberAction.TableClassOverride": CLASS,
  "UpdateReplicationGroupMemberAction.GlobalSecondaryIndexes": AT_LEAST_ONE,
  "UpdateReplicationGroupMemberAction.TableClassOverride": CLASS,
  "ReplicaGlobalSecondaryIndex.IndexName": NAME,
  "ProvisionedThroughputOverride.ReadCapacityUnits": UNITS,
  "CreateGlobalTableInput.GlobalTableName": NAME,
  "UpdateGlobalTableInput.GlobalTableName": NAME,
  "DescribeGlobalTableInput.GlobalTableName": NAME,
  "ListGlobalTablesInput.ExclusiveStartGlobalTableName": NAME,
  "ListGlobalTablesInput.Limit": UNITS,
  "DescribeGlobalTableSettingsInput.GlobalTableName": NAME,
  "UpdateGlobalTableSettingsInput.GlobalTableName": NAME,
  "UpdateGlobalTableSettingsInput.GlobalTableBillingMode": MODE,
  "UpdateGlobalTableSettingsInput.GlobalTableProvisionedWriteCapacityUnits": UNITS,
  "UpdateGlobalTableSettingsInput.GlobalTableGlobalSecondaryIndexSettingsUpdate": { length: [1, 20] },
  "UpdateGlobalTableSettingsInput.ReplicaSettingsUpdate": { length: [1, 50] },
  "ReplicaSettingsUpdate.ReplicaProvisionedReadCapacityUnits": UNITS,
  "ReplicaSettingsUpdate.ReplicaGlobalSecondaryIndexSettingsUpdate": { length: [1, 20] },
  "ReplicaSettingsUpdate.ReplicaTableClass": CLASS,
  "DescribeTableReplicaAutoScalingInput.TableName": TABLE,
  "UpdateTableReplicaAutoScalingInput.TableName": TABLE,
  "UpdateTableReplicaAutoScalingInput.GlobalSecondaryIndexUpdates": AT_LEAST_ONE,
  "UpdateTableReplicaAutoScalingInput.ReplicaUpdates": AT_LEAST_ONE,
  "AutoScalingSettingsUpdate.MinimumUnits": UNITS,
  "AutoScalingSettingsUpdate.MaximumUnits": UNITS,
  "AutoScalingSettingsUpdate.AutoScalingRoleArn": { length: [1, 1600] },
  "AutoScalingPolicyUpdate.PolicyName": { length: [1, 256] },
};
