import type { Constraint, Constraints } from "../../kernel/constraints.ts";

/** From the service's API model. https://docs.aws.amazon.com/secretsmanager/latest/apireference/ */
const RULES: readonly (readonly [Constraint, readonly string[]])[] = [
  [{ length: [1, 20] }, ["BatchGetSecretValueRequest.SecretIdList", "PutSecretValueRequest.VersionStages"]],
  [{ length: [0, 10] }, ["BatchGetSecretValueRequest.Filters", "ListSecretsRequest.Filters"]],
  [{ range: [1, 20] }, ["BatchGetSecretValueRequest.MaxResults"]],
  [
    { length: [1, 4096] },
    [
      "BatchGetSecretValueRequest.NextToken",
      "ListSecretVersionIdsRequest.NextToken",
      "ListSecretsRequest.NextToken",
    ],
  ],
  [
    { length: [1, 2048] },
    [
      "CancelRotateSecretRequest.SecretId",
      "DeleteResourcePolicyRequest.SecretId",
      "DeleteSecretRequest.SecretId",
      "DescribeSecretRequest.SecretId",
      "ExternalSecretRotationMetadataItem.Value",
      "GetResourcePolicyRequest.SecretId",
      "GetSecretValueRequest.SecretId",
      "ListSecretVersionIdsRequest.SecretId",
      "PutResourcePolicyRequest.SecretId",
      "PutSecretValueRequest.SecretId",
      "RemoveRegionsFromReplicationRequest.SecretId",
      "ReplicateSecretToRegionsRequest.SecretId",
      "RestoreSecretRequest.SecretId",
      "RotateSecretRequest.SecretId",
      "StopReplicationToReplicaRequest.SecretId",
      "TagResourceRequest.SecretId",
      "UntagResourceRequest.SecretId",
      "UpdateSecretRequest.SecretId",
      "UpdateSecretVersionStageRequest.SecretId",
      "ValidateResourcePolicyRequest.SecretId",
    ],
  ],
  [{ length: [1, 512] }, ["CreateSecretRequest.Name"]],
  [
    { length: [32, 64] },
    [
      "GetSecretValueRequest.VersionId",
      "UpdateSecretVersionStageRequest.RemoveFromVersionId",
      "UpdateSecretVersionStageRequest.MoveToVersionId",
    ],
  ],
  [
    { length: [0, 2048] },
    [
      "CreateSecretRequest.Description",
      "CreateSecretRequest.KmsKeyId",
      "ReplicaRegionType.KmsKeyId",
      "RotateSecretRequest.RotationLambdaARN",
      "UpdateSecretRequest.Description",
      "UpdateSecretRequest.KmsKeyId",
    ],
  ],
  [
    { length: [1, 65536] },
    [
      "CreateSecretRequest.SecretBinary",
      "CreateSecretRequest.SecretString",
      "PutSecretValueRequest.SecretBinary",
      "PutSecretValueRequest.SecretString",
      "UpdateSecretRequest.SecretBinary",
      "UpdateSecretRequest.SecretString",
    ],
  ],
  [
    { length: [1, Number.MAX_SAFE_INTEGER] },
    [
      "CreateSecretRequest.AddReplicaRegions",
      "RemoveRegionsFromReplicationRequest.RemoveReplicaRegions",
      "ReplicateSecretToRegionsRequest.AddReplicaRegions",
    ],
  ],
  [{ length: [0, 256] }, ["CreateSecretRequest.Type", "Tag.Value", "UpdateSecretRequest.Type"]],
  [
    { length: [1, 256] },
    [
      "ExternalSecretRotationMetadataItem.Key",
      "GetSecretValueRequest.VersionStage",
      "UpdateSecretVersionStageRequest.VersionStage",
    ],
  ],
  [
    { enum: ["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"] },
    ["Filter.Key"],
  ],
  [{ length: [1, 10] }, ["Filter.Values"]],
  [{ range: [1, 4096] }, ["GetRandomPasswordRequest.PasswordLength"]],
  [{ length: [0, 4096] }, ["GetRandomPasswordRequest.ExcludeCharacters"]],
  [{ range: [1, 100] }, ["ListSecretVersionIdsRequest.MaxResults", "ListSecretsRequest.MaxResults"]],
  [{ enum: ["asc", "desc"] }, ["ListSecretsRequest.SortOrder"]],
  [
    { enum: ["created-date", "last-accessed-date", "last-changed-date", "name"] },
    ["ListSecretsRequest.SortBy"],
  ],
  [
    { length: [1, 20480] },
    ["PutResourcePolicyRequest.ResourcePolicy", "ValidateResourcePolicyRequest.ResourcePolicy"],
  ],
  [{ length: [36, 256], pattern: "^[a-zA-Z0-9\\-]+$" }, ["PutSecretValueRequest.RotationToken"]],
  [{ length: [1, 128], pattern: "^([a-z]+-)+\\d+$" }, ["ReplicaRegionType.Region"]],
  [{ length: [20, 2048] }, ["RotateSecretRequest.ExternalSecretRotationRoleArn"]],
  [{ range: [1, 1000] }, ["RotationRulesType.AutomaticallyAfterDays"]],
  [{ length: [2, 3], pattern: "[0-9]+h" }, ["RotationRulesType.Duration"]],
  [
    { length: [1, 256], pattern: "[0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+" },
    ["RotationRulesType.ScheduleExpression"],
  ],
  [{ length: [1, 128] }, ["Tag.Key"]],
];

export const constraints: Constraints = Object.fromEntries(
  RULES.flatMap(([constraint, members]) => members.map((member) => [member, constraint])),
);
