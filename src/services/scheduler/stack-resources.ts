import type { ResourceTypes } from "../define.ts";
import { callWithProperties } from "../property-input.ts";
import { droppedTags, gone, type Properties, type Property, tagsOf, text } from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

/** A date as templates write it: without a zone it is UTC's. */
const dateOf = (value: Property | undefined) =>
  value === undefined ? undefined : new Date(String(value)).getTime() / 1000;

const scheduleOf = ({ StartDate, EndDate, ...rest }: Properties) => ({
  ...rest,
  StartDate: dateOf(StartDate),
  EndDate: dateOf(EndDate),
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
      const { ScheduleArn = "" } = await callWithProperties(context, "scheduler", "CreateSchedule", {
        ...scheduleOf(resource.properties),
        Name,
      });
      return { id: Name, attributes: { Arn: ScheduleArn } };
    },
    async update(context, { properties }, made) {
      await callWithProperties(context, "scheduler", "UpdateSchedule", {
        ...scheduleOf(properties),
        Name: made.id,
      });
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
