// Keys that AWS services have in an account: each is made when its alias is first used.
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { drawBytes } from "./materials.ts";
import { type AliasRecord, aliasKey, type KeyRecord, write, writeKey } from "./records.ts";
import { nextTurnMs, YEAR_DAYS } from "./turns.ts";

/** https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key */
const SERVICES = new Set(
  (
    "acm backup codeartifact codecommit codepipeline connect dms dynamodb ebs elasticfilesystem es fsx " +
    "glue kafka kinesis kinesisvideo lambda lex lightsail mediastore rds redshift s3 secretsmanager ses " +
    "sns sqs ssm timestream workmail workspaces xray"
  ).split(" "),
);

const PREFIX = "alias/aws/";

export const isAwsManagedAlias = (name: string): boolean =>
  name.startsWith(PREFIX) && SERVICES.has(name.slice(PREFIX.length));

/** What makes the key of such an alias; ids are drawn before the transaction begins. */
export function awsManagedKey(context: Context, scope: Scope, alias: string): (tx: Transaction) => void {
  const { ids, clock } = context;
  const nowMs = clock.now();
  const service = alias.slice(PREFIX.length);
  const what = NAMES[service] ?? `${service} data`;
  const key: KeyRecord = {
    v: 1,
    ...scope,
    id: ids.uuid(),
    spec: "SYMMETRIC_DEFAULT",
    usage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    manager: "AWS",
    description: `Default key that protects my ${what} when no other key is defined`,
    createdMs: nowMs,
    state: "Enabled",
    materials: [{ id: ids.hex(64), secret: drawBytes(ids, 32) }],
    policy: policyOf(scope, service),
    tags: {},
    rotation: { periodDays: YEAR_DAYS, nextMs: nextTurnMs(nowMs, YEAR_DAYS) },
  };
  const record: AliasRecord = { v: 1, name: alias, keyId: key.id, createdMs: nowMs, updatedMs: nowMs };
  return (tx) => {
    writeKey(tx, key);
    write(tx, aliasKey(scope, alias), record);
  };
}

const NAMES: Readonly<Record<string, string>> = {
  s3: "S3 objects",
  ssm: "SSM Parameters",
  sqs: "SQS messages",
  sns: "SNS messages",
  lambda: "Lambda functions",
  ebs: "EBS volumes",
  rds: "RDS database volumes",
};

/** Whoever may use the service in the account may have it use the key. */
function policyOf({ account, region }: Scope, service: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals of the account that may use it`,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: {
          StringEquals: {
            "kms:CallerAccount": account,
            "kms:ViaService": `${service}.${region}.amazonaws.com`,
          },
        },
      },
      {
        Sid: "Allow direct access to key metadata to the account",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        Resource: "*",
      },
    ],
  });
}
