import type * as sdk from "@aws-sdk/client-secrets-manager";
import { arnOf, type SecretRecord } from "./records.ts";

export const dateOf = (ms: number | undefined): Date | undefined =>
  ms === undefined ? undefined : new Date(ms);

/** What descriptions and lists have in common. */
export function describe(secret: SecretRecord): sdk.SecretListEntry {
  const { rotation, tags } = secret;
  return {
    ARN: arnOf(secret),
    Name: secret.name,
    Type: secret.type,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    ...(rotation
      ? {
          RotationEnabled: rotation.isEnabled,
          RotationLambdaARN: rotation.lambdaArn,
          RotationRules: rotation.rules,
          LastRotatedDate: dateOf(rotation.lastMs),
          NextRotationDate: rotation.isEnabled ? dateOf(rotation.nextMs) : undefined,
        }
      : {}),
    LastChangedDate: new Date(secret.changedMs),
    LastAccessedDate: dateOf(secret.accessedMs),
    DeletedDate: dateOf(secret.deletion?.askedMs),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    CreatedDate: new Date(secret.createdMs),
    PrimaryRegion: secret.primaryRegion,
  };
}

/** Which labels each version has; those that have none are not told of. */
export const stagesOf = ({ versions }: SecretRecord): Record<string, string[]> =>
  Object.fromEntries(
    versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, [...stages]]),
  );

export const replicationOf = ({ replicas }: SecretRecord): sdk.ReplicationStatusType[] =>
  replicas.map(({ region, kmsKeyId = "alias/aws/secretsmanager", status, message }) => ({
    Region: region,
    KmsKeyId: kmsKeyId,
    Status: status,
    StatusMessage: message,
  }));
