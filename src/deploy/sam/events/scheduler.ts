import { dictOf, isNothing, truthy } from "../dict.ts";
import { badEvent } from "../problems.ts";
import { Resource } from "../resource.ts";
import {
  assumeRolePolicy,
  invokePolicy,
  sendMessagePolicy,
  startExecutionPolicy,
} from "../roles/policies.ts";
import type { Macro } from "../schema.ts";
import { deadLetters } from "./dead-letters.ts";
import type { EventContext, EventKind } from "./kind.ts";

const SAME = [
  "ScheduleExpression",
  "Description",
  "StartDate",
  "EndDate",
  "ScheduleExpressionTimezone",
  "GroupName",
  "KmsKeyArn",
];

/** `ScheduleV2`: EventBridge Scheduler with the function or the state machine for its target. */
export const scheduler: EventKind = {
  schema: {
    PermissionsBoundary: "string",
    ScheduleExpression: "!string",
    FlexibleTimeWindow: "map",
    Name: "string",
    State: "string",
    Description: "string",
    StartDate: "string",
    EndDate: "string",
    ScheduleExpressionTimezone: "string",
    GroupName: "string",
    KmsKeyArn: "string",
    Input: "string",
    RoleArn: "string",
    DeadLetterConfig: "map",
    RetryPolicy: "map",
    OmitName: "boolean~",
  },
  make(event, context) {
    const { properties, id } = event;
    const attributes = context.target.handedOn;
    const window = properties.get("FlexibleTimeWindow");
    const state = properties.get("State");
    const made = new Resource("AWS::Scheduler::Schedule", id, { attributes }).set({
      ...Object.fromEntries(SAME.map((name) => [name, properties.get(name)])),
      State: truthy(state) ? state : undefined,
      Name: nameOf(event),
      FlexibleTimeWindow: truthy(window) ? window : { Mode: "OFF" },
    });
    const dead = deadLetters(event, attributes);
    const given = properties.get("RoleArn");
    const role = truthy(given) ? undefined : roleOf(event, context, dead.arn);
    const has = (name: string) => !isNothing(properties.get(name));
    made.set({
      Target: {
        Arn: context.target.arn,
        RoleArn: role?.arn ?? given,
        Input: properties.get("Input") ?? undefined,
        DeadLetterConfig: has("DeadLetterConfig") ? { Arn: dead.arn } : undefined,
        RetryPolicy: properties.get("RetryPolicy") ?? undefined,
      },
    });
    return [made, ...dead.resources, ...(role ? [role] : [])];
  },
};

function nameOf({ id, properties }: Macro) {
  const name = properties.get("Name");
  if (!truthy(properties.get("OmitName"))) return truthy(name) ? name : id;
  if (truthy(name)) throw badEvent(id, "Name cannot be set when OmitName is True");
  return undefined;
}

function roleOf(event: Macro, { target }: EventContext, queue: ReturnType<typeof deadLetters>["arn"]) {
  const isMachine = target.type.startsWith("AWS::StepFunctions::");
  const policy = (isMachine ? startExecutionPolicy : invokePolicy)(target.arn, event.id);
  const boundary = event.properties.get("PermissionsBoundary");
  return new Resource("AWS::IAM::Role", `${event.id}Role`, { attributes: target.handedOn }).set({
    AssumeRolePolicyDocument: assumeRolePolicy("scheduler.amazonaws.com"),
    Policies: [policy, ...(truthy(queue) ? [sendMessagePolicy(queue ?? dictOf(), event.id)] : [])],
    PermissionsBoundary: truthy(boundary) ? boundary : undefined,
  });
}
