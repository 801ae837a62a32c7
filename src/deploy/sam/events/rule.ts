import { isNothing, truthy, type Value } from "../dict.ts";
import { badEvent } from "../problems.ts";
import { Resource } from "../resource.ts";
import { assumeRolePolicy, startExecutionPolicy } from "../roles/policies.ts";
import type { Macro, Schema } from "../schema.ts";
import { deadLetters } from "./dead-letters.ts";
import type { EventContext, EventKind } from "./kind.ts";
import { permission } from "./permission.ts";

const RULE: Schema = { DeadLetterConfig: "map", RetryPolicy: "map", Input: "string", State: "string" };

const SCHEDULE: Schema = {
  ...RULE,
  Schedule: "!string",
  Enabled: "boolean",
  Name: "string",
  Description: "string",
};

const PATTERN: Schema = {
  EventBusName: "string",
  RuleName: "string",
  Pattern: "map",
  ...RULE,
  InputPath: "string",
  InputTransformer: "map",
};

const LONGEST_TARGET_ID = 64;

/** EventBridge's rule with the function or the state machine for its target. */
function rule(event: Macro, context: EventContext, properties: Record<string, Value | undefined>): Resource {
  const { properties: given } = event;
  const state = given.get("State");
  const enabled = given.get("Enabled");
  if (truthy(state) && !isNothing(enabled))
    throw badEvent(event.name, "State and Enabled Properties cannot both be specified.");
  const made = new Resource("AWS::Events::Rule", event.id, { attributes: context.target.handedOn });
  return made.set({
    ...properties,
    State: isNothing(enabled)
      ? truthy(state)
        ? state
        : undefined
      : truthy(enabled)
        ? "ENABLED"
        : "DISABLED",
  });
}

function addTarget(
  made: Resource,
  event: Macro,
  context: EventContext,
  options: { readonly suffix: string; readonly role?: Value; readonly dead: Value | undefined },
): void {
  const { properties } = event;
  const named = properties.dict("Target")?.get("Id");
  const { suffix } = options;
  const id = event.id.slice(0, LONGEST_TARGET_ID - suffix.length) + suffix;
  made.set({
    Targets: [
      {
        Arn: context.target.arn,
        Id: named ?? id,
        RoleArn: options.role,
        Input: properties.get("Input") ?? undefined,
        InputPath: properties.get("InputPath") ?? undefined,
        DeadLetterConfig: isNothing(properties.get("DeadLetterConfig")) ? undefined : { Arn: options.dead },
        RetryPolicy: properties.get("RetryPolicy") ?? undefined,
        InputTransformer: properties.get("InputTransformer") ?? undefined,
      },
    ],
  });
}

const scheduled = ({ properties }: Macro) => ({
  ScheduleExpression: properties.get("Schedule"),
  Name: properties.get("Name"),
  Description: properties.get("Description"),
});

const patterned = ({ properties }: Macro) => ({
  EventBusName: properties.get("EventBusName"),
  EventPattern: properties.get("Pattern"),
  Name: properties.get("RuleName"),
});

function ofFunction(
  schema: Schema,
  contents: (event: Macro) => Record<string, Value | undefined>,
): EventKind {
  return {
    schema,
    make(event, context) {
      const made = rule(event, context, contents(event));
      const dead = deadLetters(event, context.target.handedOn, made);
      addTarget(made, event, context, { suffix: "LambdaTarget", dead: dead.arn });
      const principal = "events.amazonaws.com";
      const allowed = permission(event.id, context.target, { principal, sourceArn: made.arn });
      return [made, ...dead.resources, allowed];
    },
  };
}

/** The role in which EventBridge starts a state machine. */
export function startingRole(event: Macro, { target, boundary }: EventContext, service: string): Resource {
  const id = `${event.id}Role`;
  return new Resource("AWS::IAM::Role", id, { attributes: target.handedOn }).set({
    AssumeRolePolicyDocument: assumeRolePolicy(service),
    Policies: [startExecutionPolicy(target.arn, id)],
    PermissionsBoundary: truthy(boundary) ? boundary : undefined,
  });
}

function ofStateMachine(
  schema: Schema,
  contents: (event: Macro) => Record<string, Value | undefined>,
): EventKind {
  return {
    schema,
    make(event, context) {
      const made = rule(event, context, contents(event));
      const given = event.properties.get("RoleArn");
      const role = isNothing(given) ? startingRole(event, context, "events.amazonaws.com") : undefined;
      const dead = deadLetters(event, context.target.handedOn, made);
      addTarget(made, event, context, {
        suffix: "StepFunctionsTarget",
        role: role?.arn ?? given ?? null,
        dead: dead.arn,
      });
      return [made, ...(role ? [role] : []), ...dead.resources];
    },
  };
}

const STATE_MACHINE_PATTERN: Schema = { ...PATTERN, Target: "map~" };

export const schedule = ofFunction({ ...SCHEDULE, RuleName: "string" }, scheduled);
export const eventPattern = ofFunction({ ...PATTERN, Target: "map", Enabled: "boolean" }, patterned);
export const stateMachineSchedule = ofStateMachine(
  { ...SCHEDULE, Target: "map~", RoleArn: "string~" },
  scheduled,
);
export const stateMachinePattern = ofStateMachine(STATE_MACHINE_PATTERN, patterned);
