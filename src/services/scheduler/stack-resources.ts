import type { ResourceTypes } from "../define.ts";
import { droppedTags, given, gone, type Properties, tagsOf, text } from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

const scheduleOf = (properties: Properties) =>
  given({
    Description: text(properties.Description),
    EndDate: properties.EndDate === undefined ? undefined : new Date(String(properties.EndDate)),
    FlexibleTimeWindow: properties.FlexibleTimeWindow as never,
    GroupName: text(properties.GroupName),
    KmsKeyArn: text(properties.KmsKeyArn),
    ScheduleExpression: text(properties.ScheduleExpression),
    ScheduleExpressionTimezone: text(properties.ScheduleExpressionTimezone),
    StartDate: properties.StartDate === undefined ? undefined : new Date(String(properties.StartDate)),
    State: text(properties.State) as "ENABLED",
    Target: properties.Target as never,
  });

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_Scheduler.html */
export const resources: ResourceTypes = {
  "AWS::Scheduler::Schedule": {
    attributes: ["Arn"],
    properties: {
      Description: "update",
      EndDate: "update",
      FlexibleTimeWindow: "update",
      GroupName: "replace",
      KmsKeyArn: "update",
      Name: "replace",
      ScheduleExpression: "update",
      ScheduleExpressionTimezone: "update",
      StartDate: "update",
      State: "update",
      Target: "update",
    },
    required: ["FlexibleTimeWindow", "ScheduleExpression", "Target"],
    async create(context, resource) {
      const Name = text(resource.properties.Name) ?? resource.name(64);
      const { ScheduleArn = "" } = await context.call("scheduler", "CreateSchedule", {
        Name,
        ...scheduleOf(resource.properties),
      } as never);
      return { id: Name, attributes: { Arn: ScheduleArn } };
    },
    async update(context, { properties }, made) {
      await context.call("scheduler", "UpdateSchedule", {
        Name: made.id,
        ...scheduleOf(properties),
      } as never);
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("scheduler", "DeleteSchedule", { Name: id, GroupName: text(properties.GroupName) }),
        MISSING,
      ),
  },
  "AWS::Scheduler::ScheduleGroup": {
    attributes: ["Arn", "State"],
    properties: { Name: "replace", Tags: "update" },
    async create(context, resource) {
      const Name = text(resource.properties.Name) ?? resource.name(64);
      const Tags = Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));
      const { ScheduleGroupArn = "" } = await context.call("scheduler", "CreateScheduleGroup", {
        Name,
        Tags,
      });
      return { id: Name, attributes: { Arn: ScheduleGroupArn, State: "ACTIVE" } };
    },
    async update(context, resource, made, before) {
      const ResourceArn = text(made.attributes.Arn);
      const TagKeys = droppedTags(resource, before);
      if (TagKeys.length > 0) await context.call("scheduler", "UntagResource", { ResourceArn, TagKeys });
      const Tags = Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));
      if (Tags.length > 0) await context.call("scheduler", "TagResource", { ResourceArn, Tags });
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("scheduler", "DeleteScheduleGroup", { Name: id }), MISSING),
  },
};
