import type * as sdk from "@aws-sdk/client-iam";
import type { Key } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { add, find, need, remove } from "./entities.ts";
import { fault, missing } from "./faults.ts";
import { born } from "./names.ts";
import type { RoleRecord } from "./records.ts";
import { shownRole } from "./shown.ts";

/** What follows `AWSServiceRoleFor`, where it is not the service's name with a capital letter. */
const NAMES: Readonly<Record<string, string>> = {
  "autoscaling.amazonaws.com": "AutoScaling",
  "batch.amazonaws.com": "Batch",
  "cloudtrail.amazonaws.com": "CloudTrail",
  "delivery.logs.amazonaws.com": "LogDelivery",
  "dynamodb.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_DynamoDBTable",
  "ecs.amazonaws.com": "ECS",
  "ecs.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_ECSService",
  "eks.amazonaws.com": "AmazonEKS",
  "elasticache.amazonaws.com": "ElastiCache",
  "elasticloadbalancing.amazonaws.com": "ElasticLoadBalancing",
  "es.amazonaws.com": "AmazonElasticsearchService",
  "events.amazonaws.com": "CloudWatchEvents",
  "kinesis.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_KinesisStream",
  "lambda.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_LambdaConcurrency",
  "opensearchservice.amazonaws.com": "AmazonOpenSearchService",
  "ops.apigateway.amazonaws.com": "APIGateway",
  "organizations.amazonaws.com": "Organizations",
  "rds.amazonaws.com": "RDS",
  "rds.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_RDSCluster",
  "replicator.lambda.amazonaws.com": "LambdaReplicator",
  "replication.dynamodb.amazonaws.com": "DynamoDBReplication",
  "sso.amazonaws.com": "SSO",
  "transitgateway.amazonaws.com": "VPCTransitGateway",
  "xray.amazonaws.com": "XRay",
};

const capital = (word: string) => `${word[0]?.toUpperCase() ?? ""}${word.slice(1)}`;

function roleNameFor(service: string, suffix: string | undefined): string {
  const own =
    NAMES[service] ??
    service
      .replace(/\.amazonaws\.com$/, "")
      .split(/[.-]/)
      .map(capital)
      .join("");
  return `AWSServiceRoleFor${own}${suffix === undefined ? "" : `_${suffix}`}`;
}

const trustIn = (service: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });

const deletionKey = (account: string, task: string): Key => ["iam", account, "deletion", task];

export const serviceLinkedRoles = {
  async CreateServiceLinkedRole({ AWSServiceName = "", Description, CustomSuffix }, context) {
    if (!/^[\w+=,.@-]+\.amazonaws\.com$/.test(AWSServiceName)) {
      throw fault("InvalidInputException", `Could not find service principal ${AWSServiceName}.`);
    }
    const name = roleNameFor(AWSServiceName, CustomSuffix);
    const role: RoleRecord = {
      ...born(context, "AROA", name, { path: `/aws-service-role/${AWSServiceName}/` }),
      trust: trustIn(AWSServiceName),
      ...(Description === undefined ? {} : { description: Description }),
      maxSessionSeconds: 3600,
      inline: {},
      attached: [],
      service: AWSServiceName,
    };
    await context.store.transact(async (tx) => {
      if (await find(tx, role.account, "role", name)) {
        throw fault(
          "InvalidInputException",
          `Service role name ${name} has been taken in this account, please try a different suffix.`,
        );
      }
      await add(tx, "role", role);
    });
    const { RoleLastUsed: _, ...shown } = shownRole(role);
    return { Role: shown };
  },

  /** Nothing that a service has stands in the way: it is gone when the answer comes. */
  async DeleteServiceLinkedRole({ RoleName }, { store, scope, ids }) {
    const uuid = ids.uuid();
    const DeletionTaskId = await store.transact(async (tx) => {
      const role = await need(tx, scope.account, "role", RoleName);
      if (role.service === undefined) {
        throw fault("InvalidInputException", `Role ${role.name} is not a service-linked role.`);
      }
      const task = `task${role.path}${role.name}/${uuid}`;
      remove(tx, "role", role);
      tx.set(deletionKey(scope.account, task), true);
      return task;
    });
    return { DeletionTaskId };
  },

  async GetServiceLinkedRoleDeletionStatus({ DeletionTaskId = "" }, { store, scope }) {
    const known = await store.transact((tx) => tx.get(deletionKey(scope.account, DeletionTaskId)));
    if (!known) throw missing(`Deletion task with id ${DeletionTaskId} cannot be found.`);
    return { Status: "SUCCEEDED" as const };
  },
} satisfies Handlers<typeof sdk>;
