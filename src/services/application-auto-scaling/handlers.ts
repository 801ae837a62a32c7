import type * as sdk from "@aws-sdk/client-application-auto-scaling";
import { formatArn } from "../../kernel/arn.ts";
import { platformFault } from "../../kernel/faults.ts";
import { isTimezone, parseSchedule } from "../../kernel/schedule.ts";
import type { Context, Handlers } from "../define.ts";
import { dimensionOf, provisionedOf } from "./capacity.ts";
import { invalid, notFound } from "./faults.ts";
import { describeAlarms, keepAlarms, namesFor, removeAlarms } from "./own-alarms.ts";
import {
  type ActionRecord,
  activitiesOf,
  findRecord,
  type PolicyRecord,
  putRecord,
  recordsOf,
  removeRecord,
  type TargetName,
  type TargetRecord,
} from "./records.ts";
import { checkTags } from "./tags.ts";
import { nextOf } from "./worker.ts";

const PAGE = 50;
const LEAST_PERCENT = 20;
const MOST_PERCENT = 90;
const LINKED_ROLE =
  "role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/" +
  "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable";

interface Named {
  readonly ServiceNamespace?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ScalableDimension?: string | undefined;
}

export const targets = {
  async RegisterScalableTarget(input, context) {
    const own = namedBy(input);
    const dimension = checkDimension(own);
    checkTags(input.Tags ?? {}, own.resourceId);
    if ((await provisionedOf(context, dimension)) === undefined) {
      throw invalid(`DynamoDB table does not exist or is not provisioned: ${own.resourceId}`);
    }
    const id = context.ids.hex(32);
    return context.store.transact(async (tx) => {
      const known = await findRecord(tx, "target", context.scope, own);
      const min = input.MinCapacity ?? known?.min;
      const max = input.MaxCapacity ?? known?.max;
      if (min === undefined || max === undefined) {
        throw invalid("Both MinCapacity and MaxCapacity must be specified to register a new scalable target");
      }
      if (max < min) throw invalid("Maximum capacity cannot be less than minimum capacity");
      const { account } = context.scope;
      const record: TargetRecord = {
        v: 1,
        ...context.scope,
        ...own,
        id: known?.id ?? id,
        min,
        max,
        roleArn: known?.roleArn ?? formatArn("iam", { account }, LINKED_ROLE),
        createdMs: known?.createdMs ?? context.clock.now(),
        suspended: suspendedBy(input.SuspendedState, known),
        tags: { ...known?.tags, ...input.Tags },
      };
      putRecord(tx, "target", record);
      return { ScalableTargetARN: targetArn(record) };
    });
  },

  async DescribeScalableTargets(input, context) {
    const all = await listed(context, "target", input);
    const chosen = all.filter(
      (one) => !input.ResourceIds?.length || input.ResourceIds.includes(one.resourceId),
    );
    const { shown, NextToken } = pageOf(chosen, input, (one) => one.id);
    return { ScalableTargets: shown.map(describeTarget), ...(NextToken ? { NextToken } : {}) };
  },

  async DeregisterScalableTarget(input, context) {
    const own = namedBy(input);
    const gone = await context.store.transact(async (tx) => {
      const target = await findRecord(tx, "target", context.scope, own);
      if (!target) throw notFound("scalable target", own);
      removeRecord(tx, "target", target);
      const of = { ...context.scope, namespace: own.namespace };
      const policies = (await recordsOf(tx, "policy", of)).filter((policy) => isOf(policy, own));
      for (const policy of policies) removeRecord(tx, "policy", policy);
      for (const action of await recordsOf(tx, "action", of))
        if (isOf(action, own)) removeRecord(tx, "action", action);
      return policies;
    });
    await removeAlarms(context, gone);
    return {};
  },

  async DescribeScalingActivities(input, context) {
    const of = { ...context.scope, namespace: input.ServiceNamespace ?? "" };
    const all = await context.store.transact((tx) => activitiesOf(tx, of));
    const chosen = all.filter((one) => matches(one, input));
    const { shown, NextToken } = pageOf(chosen, input, (one) => one.id);
    return {
      ScalingActivities: shown.map((one) => ({
        ActivityId: one.id,
        ...sdkName(one),
        Description: one.description,
        Cause: one.cause,
        StartTime: new Date(one.startedMs),
        EndTime: new Date(one.endedMs),
        StatusCode: one.status,
        StatusMessage: one.message,
      })),
      ...(NextToken ? { NextToken } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

export const policies = {
  async PutScalingPolicy(input, context) {
    const own = namedBy(input);
    const { kind } = checkDimension(own);
    const { PolicyName: name = "", PolicyType: type = "StepScaling" } = input;
    if (type !== "TargetTrackingScaling") {
      throw invalid(`Unsupported policy type for service namespace dynamodb: ${type}`);
    }
    const tracking = input.TargetTrackingScalingPolicyConfiguration;
    const metric = tracking?.PredefinedMetricSpecification?.PredefinedMetricType;
    if (metric !== `DynamoDB${kind}CapacityUtilization`) {
      throw invalid(
        `Invalid predefined metric type ${metric ?? "null"} for scalable dimension ${own.dimension}`,
      );
    }
    const percent = tracking?.TargetValue ?? 0;
    if (percent < LEAST_PERCENT || percent > MOST_PERCENT) {
      throw invalid(`Target value must be between ${LEAST_PERCENT} and ${MOST_PERCENT} for ${metric}`);
    }
    const id = context.ids.uuid();
    const alarms = namesFor(own.resourceId, context);
    const put = await context.store.transact(async (tx) => {
      if (!(await findRecord(tx, "target", context.scope, own))) throw notFound("scalable target", own);
      const known = await findRecord(tx, "policy", context.scope, own, name);
      const part = `scalingPolicy:${id}:resource/${own.namespace}/${own.resourceId}:policyName/${name}`;
      const record: PolicyRecord = {
        v: 1,
        ...context.scope,
        ...own,
        name,
        arn: known?.arn ?? formatArn("autoscaling", context.scope, part),
        createdMs: known?.createdMs ?? context.clock.now(),
        targetPercent: percent,
        metric,
        disableScaleIn: tracking?.DisableScaleIn ?? false,
        ...(tracking?.ScaleOutCooldown === undefined
          ? {}
          : { scaleOutCooldownSeconds: tracking.ScaleOutCooldown }),
        ...(tracking?.ScaleInCooldown === undefined
          ? {}
          : { scaleInCooldownSeconds: tracking.ScaleInCooldown }),
        alarms: known?.alarms ?? alarms,
      };
      putRecord(tx, "policy", record);
      return record;
    });
    const record = await keepAlarms(context, put);
    return { PolicyARN: record.arn, Alarms: describeAlarms(context.scope, record) };
  },

  async DescribeScalingPolicies(input, context) {
    const all = await listed(context, "policy", input);
    const chosen = all.filter((one) => !input.PolicyNames?.length || input.PolicyNames.includes(one.name));
    const { shown, NextToken } = pageOf(chosen, input, (one) => one.arn);
    return { ScalingPolicies: shown.map(describePolicy), ...(NextToken ? { NextToken } : {}) };
  },

  async DeleteScalingPolicy(input, context) {
    const own = namedBy(input);
    const gone = await context.store.transact(async (tx) => {
      const policy = await findRecord(tx, "policy", context.scope, own, input.PolicyName);
      if (!policy) throw notFound("scaling policy", own, input.PolicyName);
      removeRecord(tx, "policy", policy);
      return policy;
    });
    await removeAlarms(context, [gone]);
    return {};
  },
} satisfies Handlers<typeof sdk>;

export const actions = {
  async PutScheduledAction(input, context) {
    const own = namedBy(input);
    checkDimension(own);
    const { ScheduledActionName: name = "", Schedule, Timezone, StartTime, EndTime } = input;
    if (Timezone !== undefined && !isTimezone(Timezone)) throw invalid(`Invalid timezone: ${Timezone}`);
    const id = context.ids.uuid();
    await context.store.transact(async (tx) => {
      if (!(await findRecord(tx, "target", context.scope, own))) throw notFound("scalable target", own);
      const known = await findRecord(tx, "action", context.scope, own, name);
      const schedule = Schedule ?? known?.schedule ?? "";
      if (!parseSchedule(schedule, Timezone ?? "UTC"))
        throw invalid(`Schedule expression is invalid: ${schedule}`);
      const { MinCapacity: min, MaxCapacity: max } = input.ScalableTargetAction ?? {};
      if (min === undefined && max === undefined && !known) {
        throw invalid(
          "At least one of MinCapacity and MaxCapacity must be specified in ScalableTargetAction",
        );
      }
      if (min !== undefined && max !== undefined && max < min) {
        throw invalid("Maximum capacity cannot be less than minimum capacity");
      }
      const part = `scheduledAction:${id}:resource/${own.namespace}/${own.resourceId}:scheduledActionName/${name}`;
      const record: ActionRecord = {
        ...known,
        v: 1,
        ...context.scope,
        ...own,
        name,
        arn: known?.arn ?? formatArn("autoscaling", context.scope, part),
        createdMs: known?.createdMs ?? context.clock.now(),
        schedule,
        ...(Timezone === undefined ? {} : { timezone: Timezone }),
        ...(StartTime === undefined ? {} : { startMs: StartTime.getTime() }),
        ...(EndTime === undefined ? {} : { endMs: EndTime.getTime() }),
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
      };
      const { nextMs: _, ...rest } = record;
      const nextMs = nextOf(rest, context.clock.now());
      putRecord(tx, "action", nextMs === undefined ? rest : { ...rest, nextMs });
    });
    return {};
  },

  async DescribeScheduledActions(input, context) {
    const all = await listed(context, "action", input);
    const names = input.ScheduledActionNames;
    const chosen = all.filter((one) => !names?.length || names.includes(one.name));
    const { shown, NextToken } = pageOf(chosen, input, (one) => one.arn);
    return { ScheduledActions: shown.map(describeAction), ...(NextToken ? { NextToken } : {}) };
  },

  async DeleteScheduledAction(input, context) {
    const own = namedBy(input);
    await context.store.transact(async (tx) => {
      const action = await findRecord(tx, "action", context.scope, own, input.ScheduledActionName);
      if (!action) throw notFound("scheduled action", own, input.ScheduledActionName);
      removeRecord(tx, "action", action);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function namedBy({ ServiceNamespace = "", ResourceId = "", ScalableDimension = "" }: Named): TargetName {
  return { namespace: ServiceNamespace, resourceId: ResourceId, dimension: ScalableDimension };
}

/** Only DynamoDB is scaled here. Faults: ValidationException, NotImplemented for other services. */
function checkDimension(own: TargetName) {
  if (own.namespace !== "dynamodb") {
    throw platformFault(
      "NotImplemented",
      `Scaling of the service namespace ${own.namespace} is not implemented.`,
    );
  }
  const dimension = dimensionOf(own);
  if (!dimension) {
    throw invalid(
      "Unsupported service namespace, resource type or scalable dimension: " +
        `${own.resourceId}, ${own.dimension}`,
    );
  }
  return dimension;
}

function suspendedBy(asked: sdk.SuspendedState | undefined, known: TargetRecord | undefined) {
  const before = known?.suspended ?? { in: false, out: false, scheduled: false };
  return {
    in: asked?.DynamicScalingInSuspended ?? before.in,
    out: asked?.DynamicScalingOutSuspended ?? before.out,
    scheduled: asked?.ScheduledScalingSuspended ?? before.scheduled,
  };
}

async function listed<Kind extends "target" | "policy" | "action">(
  { store, scope }: Context,
  kind: Kind,
  input: Named,
) {
  const of = { ...scope, namespace: input.ServiceNamespace ?? "" };
  const all = await store.transact((tx) => recordsOf(tx, kind, of));
  return all.filter((one) => matches(one, input));
}

function matches(one: TargetName, { ResourceId, ScalableDimension }: Named): boolean {
  const isResource = ResourceId === undefined || one.resourceId === ResourceId;
  return isResource && (ScalableDimension === undefined || one.dimension === ScalableDimension);
}

function isOf(one: TargetName, own: TargetName): boolean {
  return one.resourceId === own.resourceId && one.dimension === own.dimension;
}

interface Paged {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

function pageOf<One>(
  all: readonly One[],
  { MaxResults = PAGE, NextToken }: Paged,
  idOf: (one: One) => string,
) {
  const start = NextToken === undefined ? 0 : all.findIndex((one) => idOf(one) === NextToken) + 1;
  const shown = all.slice(start, start + MaxResults);
  const last = shown.at(-1);
  return { shown, NextToken: start + MaxResults < all.length && last ? idOf(last) : undefined };
}

function targetArn(target: TargetRecord): string {
  return formatArn("application-autoscaling", target, `scalable-target/${target.id}`);
}

function sdkName({ namespace, resourceId, dimension }: TargetName) {
  return {
    ServiceNamespace: namespace as sdk.ServiceNamespace,
    ResourceId: resourceId,
    ScalableDimension: dimension as sdk.ScalableDimension,
  };
}

function describeTarget(target: TargetRecord): sdk.ScalableTarget {
  return {
    ...sdkName(target),
    MinCapacity: target.min,
    MaxCapacity: target.max,
    RoleARN: target.roleArn,
    CreationTime: new Date(target.createdMs),
    SuspendedState: {
      DynamicScalingInSuspended: target.suspended.in,
      DynamicScalingOutSuspended: target.suspended.out,
      ScheduledScalingSuspended: target.suspended.scheduled,
    },
    ScalableTargetARN: targetArn(target),
  };
}

function describePolicy(policy: PolicyRecord): sdk.ScalingPolicy {
  const { scaleOutCooldownSeconds, scaleInCooldownSeconds } = policy;
  return {
    PolicyARN: policy.arn,
    PolicyName: policy.name,
    ...sdkName(policy),
    PolicyType: "TargetTrackingScaling",
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: policy.targetPercent,
      PredefinedMetricSpecification: { PredefinedMetricType: policy.metric as sdk.MetricType },
      ...(scaleOutCooldownSeconds === undefined ? {} : { ScaleOutCooldown: scaleOutCooldownSeconds }),
      ...(scaleInCooldownSeconds === undefined ? {} : { ScaleInCooldown: scaleInCooldownSeconds }),
      ...(policy.disableScaleIn ? { DisableScaleIn: true } : {}),
    },
    Alarms: describeAlarms(policy, policy),
    CreationTime: new Date(policy.createdMs),
  };
}

function describeAction(action: ActionRecord): sdk.ScheduledAction {
  const { min, max, timezone, startMs, endMs } = action;
  return {
    ScheduledActionName: action.name,
    ScheduledActionARN: action.arn,
    ...sdkName(action),
    Schedule: action.schedule,
    ...(timezone === undefined ? {} : { Timezone: timezone }),
    ...(startMs === undefined ? {} : { StartTime: new Date(startMs) }),
    ...(endMs === undefined ? {} : { EndTime: new Date(endMs) }),
    ScalableTargetAction: {
      ...(min === undefined ? {} : { MinCapacity: min }),
      ...(max === undefined ? {} : { MaxCapacity: max }),
    },
    CreationTime: new Date(action.createdMs),
  };
}
