import type { Context, ResourceTypes } from "../define.ts";
import { callWithProperties } from "../property-input.ts";
import {
  droppedTags,
  given,
  gone,
  HalfMade,
  list,
  type Made,
  members,
  number,
  type Properties,
  type Property,
  type ResourceInput,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

import { parseBus } from "./names.ts";
import { putStatement } from "./permissions.ts";
import { connectionResources } from "./stack-connections.ts";

const MISSING = "ResourceNotFoundException";
const tagList = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([Key, Value]) => ({ Key, Value }));

async function putRule(
  context: Context,
  Name: string,
  properties: Properties,
  Tags: { Key: string; Value: string }[],
): Promise<Made> {
  const EventBusName = text(properties.EventBusName);
  const { RuleArn = "" } = await context.call(
    "events",
    "PutRule",
    given({
      Name,
      EventBusName,
      Description: text(properties.Description),
      EventPattern: text(properties.EventPattern),
      RoleArn: text(properties.RoleArn),
      ScheduleExpression: text(properties.ScheduleExpression),
      State: text(properties.State) as "ENABLED",
      Tags,
    }),
  );
  const made = { id: Name, attributes: { Arn: RuleArn } };
  const Targets = list(properties.Targets);
  if (Targets.length === 0) return made;
  try {
    await callWithProperties(context, "events", "PutTargets", { Rule: Name, EventBusName, Targets });
    return made;
  } catch (error) {
    throw new HalfMade(error, made);
  }
}

async function removeTargets(
  context: Context,
  Rule: string,
  before: Properties,
  kept: ReadonlySet<string>,
): Promise<void> {
  const Ids = list(before.Targets)
    .map((each) => text(members(each).Id) ?? "")
    .filter((id) => !kept.has(id));
  if (Ids.length === 0) return;
  await gone(
    context.call("events", "RemoveTargets", { Rule, EventBusName: text(before.EventBusName), Ids }),
    MISSING,
  );
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Events.html */
export const resources: ResourceTypes = {
  "AWS::Events::Rule": {
    attributes: ["Arn"],
    properties: {
      Description: "update",
      EventBusName: "replace",
      EventPattern: "update",
      Name: "replace",
      RoleArn: "update",
      ScheduleExpression: "update",
      State: "update",
      Tags: "update",
      Targets: "update",
    },
    create: (context, resource) =>
      putRule(
        context,
        text(resource.properties.Name) ?? resource.name(64),
        resource.properties,
        tagList(tagsOf(resource)),
      ),
    async update(context, resource, { id }, before) {
      const { properties } = resource;
      await removeTargets(
        context,
        id,
        before,
        new Set(list(properties.Targets).map((each) => text(members(each).Id) ?? "")),
      );
      const made = await putRule(context, id, properties, []);
      await retag(context, resource, made, before);
      return made;
    },
    async delete(context, { id }, properties) {
      await removeTargets(context, id, properties, new Set());
      await gone(
        context.call("events", "DeleteRule", { Name: id, EventBusName: text(properties.EventBusName) }),
        MISSING,
      );
    },
    read: (context, { id: Name }, { EventBusName: bus }) =>
      unlessGone(async () => {
        const EventBusName = text(bus);
        const rule = await context.call("events", "DescribeRule", { Name, EventBusName });
        const { Targets } = await context.call("events", "ListTargetsByRule", { Rule: Name, EventBusName });
        return {
          Description: rule.Description,
          EventPattern: rule.EventPattern && JSON.parse(rule.EventPattern),
          Name,
          RoleArn: rule.RoleArn,
          ScheduleExpression: rule.ScheduleExpression,
          State: rule.State,
          Targets,
        };
      }, MISSING),
  },
  "AWS::Events::EventBus": {
    attributes: ["Arn", "Name", "Policy"],
    properties: {
      DeadLetterConfig: "update",
      Description: "update",
      EventSourceName: "replace",
      KmsKeyIdentifier: "accepted",
      LogConfig: "accepted",
      Name: "replace",
      Policy: "update",
      Tags: "update",
    },
    required: ["Name"],
    async create(context, resource) {
      const { Policy, Tags: _, ...rest } = resource.properties;
      const Name = text(rest.Name) ?? "";
      const Tags = tagList(tagsOf(resource));
      const { EventBusArn = "" } = await callWithProperties(context, "events", "CreateEventBus", {
        ...rest,
        Tags,
      });
      await putBusPolicy(context, Name, Policy, undefined);
      return { id: Name, attributes: { Arn: EventBusArn, Name, Policy: text(Policy) ?? "" } };
    },
    async update(context, resource, made, before) {
      const { DeadLetterConfig, Description = "", KmsKeyIdentifier, LogConfig, Policy } = resource.properties;
      const settings = { DeadLetterConfig, Description, KmsKeyIdentifier, LogConfig };
      await callWithProperties(context, "events", "UpdateEventBus", { Name: made.id, ...settings });
      await putBusPolicy(context, made.id, Policy, before.Policy);
      await retag(context, resource, made, before);
      return made;
    },
    delete: (context, { id }) => gone(context.call("events", "DeleteEventBus", { Name: id }), MISSING),
  },
  "AWS::Events::EventBusPolicy": {
    attributes: [],
    properties: {
      Action: "update",
      Condition: "update",
      EventBusName: "replace",
      Principal: "update",
      Statement: "update",
      StatementId: "replace",
    },
    required: ["StatementId"],
    create: (context, { properties }) => permit(context, properties),
    update: (context, { properties }) => permit(context, properties),
    delete: (context, _made, { EventBusName, StatementId }) =>
      gone(
        context.call("events", "RemovePermission", {
          ...given({ EventBusName: text(EventBusName) }),
          StatementId: text(StatementId),
        }),
        MISSING,
      ),
  },
  "AWS::Events::Archive": {
    attributes: ["ArchiveName", "Arn"],
    properties: {
      ArchiveName: "replace",
      Description: "update",
      EventPattern: "update",
      KmsKeyIdentifier: "accepted",
      RetentionDays: "update",
      SourceArn: "replace",
    },
    required: ["SourceArn"],
    async create(context, resource) {
      const { properties } = resource;
      const ArchiveName = text(properties.ArchiveName) ?? resource.name(48);
      const { ArchiveArn = "" } = await context.call("events", "CreateArchive", {
        ArchiveName,
        EventSourceArn: text(properties.SourceArn),
        ...archiveOf(properties),
      });
      return { id: ArchiveName, attributes: { Arn: ArchiveArn, ArchiveName } };
    },
    async update(context, { properties }, made) {
      const usual = { Description: "", RetentionDays: 0 };
      const ArchiveName = made.id;
      await context.call("events", "UpdateArchive", { ArchiveName, ...usual, ...archiveOf(properties) });
      return made;
    },
    delete: (context, { id }) => gone(context.call("events", "DeleteArchive", { ArchiveName: id }), MISSING),
  },
  ...connectionResources,
};

async function putBusPolicy(
  context: Context,
  EventBusName: string,
  after: Property | undefined,
  before: Property | undefined,
): Promise<void> {
  const Policy = text(after);
  if (Policy) await context.call("events", "PutPermission", { EventBusName, Policy });
  else if (before !== undefined)
    await context.call("events", "RemovePermission", { EventBusName, RemoveAllPermissions: true });
}

/** A statement as the API's members tell it, or as a policy does. */
async function permit(context: Context, properties: Properties): Promise<Made> {
  const { Statement, StatementId, ...rest } = properties;
  const bus = parseBus(text(rest.EventBusName), context.scope);
  const Sid = text(StatementId) ?? "";
  if (Statement === undefined)
    await callWithProperties(context, "events", "PutPermission", { ...rest, StatementId });
  else await putStatement(context, bus, { ...members(Statement), Sid } as Parameters<typeof putStatement>[2]);
  return { id: `${bus.name}|${Sid}`, attributes: {} };
}

async function retag(context: Context, resource: ResourceInput, made: Made, before: Properties) {
  const ResourceARN = text(made.attributes.Arn);
  const TagKeys = droppedTags(resource, before);
  if (TagKeys.length > 0) await context.call("events", "UntagResource", { ResourceARN, TagKeys });
  const Tags = tagList(tagsOf(resource));
  if (Tags.length > 0) await context.call("events", "TagResource", { ResourceARN, Tags });
}

const archiveOf = (properties: Properties) =>
  given({
    Description: text(properties.Description),
    EventPattern: text(properties.EventPattern),
    RetentionDays: number(properties.RetentionDays),
  });
