import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  given,
  gone,
  list,
  type Made,
  members,
  number,
  type Properties,
  type ResourceInput,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";
const tagList = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([Key, Value]) => ({ Key, Value }));

async function putRule(
  context: Context,
  Name: string,
  properties: Properties,
  Tags: { Key: string; Value: string }[],
) {
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
  const targets = list(properties.Targets);
  if (targets.length > 0) {
    const { FailedEntries = [] } = await context.call("events", "PutTargets", {
      Rule: Name,
      EventBusName,
      Targets: targets as never,
    });
    const [failed] = FailedEntries;
    if (failed) throw new TargetRefused(`${failed.ErrorCode}: ${failed.ErrorMessage}`);
  }
  return { id: Name, attributes: { Arn: RuleArn } };
}

/** A target that a rule cannot have. */
class TargetRefused extends Error {
  override readonly name = "ValidationException";
  readonly code = "ValidationException";
  readonly status = 400;
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
      DeadLetterConfig: "accepted",
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
      const Name = text(resource.properties.Name) ?? "";
      const { EventBusArn = "" } = await context.call(
        "events",
        "CreateEventBus",
        given({ Name, Description: text(resource.properties.Description), Tags: tagList(tagsOf(resource)) }),
      );
      const Policy = text(resource.properties.Policy);
      if (Policy) await context.call("events", "PutPermission", { EventBusName: Name, Policy });
      return { id: Name, attributes: { Arn: EventBusArn, Name, Policy: Policy ?? "" } };
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const Description = text(properties.Description) ?? "";
      await context.call("events", "UpdateEventBus", { Name: made.id, Description });
      const Policy = text(properties.Policy);
      if (Policy) await context.call("events", "PutPermission", { EventBusName: made.id, Policy });
      await retag(context, resource, made, before);
      return made;
    },
    delete: (context, { id }) => gone(context.call("events", "DeleteEventBus", { Name: id }), MISSING),
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
      await context.call("events", "UpdateArchive", { ArchiveName: made.id, ...archiveOf(properties) });
      return made;
    },
    delete: (context, { id }) => gone(context.call("events", "DeleteArchive", { ArchiveName: id }), MISSING),
  },
};

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
