import type { Constraint, Constraints } from "../../kernel/constraints.ts";

/** From the service's API model. https://docs.aws.amazon.com/scheduler/latest/APIReference/ */
const RULES: readonly (readonly [Constraint, readonly string[]])[] = [
  [
    { enum: ["NONE", "DELETE"] },
    ["CreateScheduleInput.ActionAfterCompletion", "UpdateScheduleInput.ActionAfterCompletion"],
  ],
  [
    { length: [1, 64], pattern: "^[a-zA-Z0-9-_]+$" },
    [
      "CreateScheduleInput.ClientToken",
      "CreateScheduleGroupInput.ClientToken",
      "DeleteScheduleInput.ClientToken",
      "DeleteScheduleGroupInput.ClientToken",
      "UpdateScheduleInput.ClientToken",
    ],
  ],
  [{ length: [0, 512] }, ["CreateScheduleInput.Description", "UpdateScheduleInput.Description"]],
  [{ range: [1, 1440] }, ["FlexibleTimeWindow.MaximumWindowInMinutes"]],
  [{ enum: ["OFF", "FLEXIBLE"] }, ["FlexibleTimeWindow.Mode"]],
  [
    { length: [1, 64], pattern: "^[0-9a-zA-Z-_.]+$" },
    [
      "CreateScheduleInput.GroupName",
      "CreateScheduleInput.Name",
      "CreateScheduleGroupInput.Name",
      "DeleteScheduleInput.GroupName",
      "DeleteScheduleInput.Name",
      "DeleteScheduleGroupInput.Name",
      "GetScheduleInput.GroupName",
      "GetScheduleInput.Name",
      "GetScheduleGroupInput.Name",
      "ListScheduleGroupsInput.NamePrefix",
      "ListSchedulesInput.GroupName",
      "ListSchedulesInput.NamePrefix",
      "UpdateScheduleInput.GroupName",
      "UpdateScheduleInput.Name",
    ],
  ],
  [
    {
      length: [1, 2048],
      pattern: "^arn:aws(-[a-z]+)?:kms:[a-z0-9\\-]+:\\d{12}:(key|alias)\\/[0-9a-zA-Z-_]*$",
    },
    ["CreateScheduleInput.KmsKeyArn", "UpdateScheduleInput.KmsKeyArn"],
  ],
  [
    { length: [1, 256] },
    [
      "CreateScheduleInput.ScheduleExpression",
      "KinesisParameters.PartitionKey",
      "Tag.Value",
      "UpdateScheduleInput.ScheduleExpression",
    ],
  ],
  [
    { length: [1, 50] },
    ["CreateScheduleInput.ScheduleExpressionTimezone", "UpdateScheduleInput.ScheduleExpressionTimezone"],
  ],
  [
    { enum: ["ENABLED", "DISABLED"] },
    [
      "CreateScheduleInput.State",
      "AwsVpcConfiguration.AssignPublicIp",
      "ListSchedulesInput.State",
      "UpdateScheduleInput.State",
    ],
  ],
  [{ length: [1, 1600] }, ["Target.Arn", "EcsParameters.TaskDefinitionArn"]],
  [
    { length: [1, 1600], pattern: "^arn:aws(-[a-z]+)?:sqs:[a-z0-9\\-]+:\\d{12}:[a-zA-Z0-9\\-_]+$" },
    ["DeadLetterConfig.Arn"],
  ],
  [{ length: [0, 6] }, ["EcsParameters.CapacityProviderStrategy"]],
  [{ range: [0, 100000] }, ["CapacityProviderStrategyItem.base"]],
  [{ length: [1, 255] }, ["CapacityProviderStrategyItem.capacityProvider", "EcsParameters.Group"]],
  [{ range: [0, 1000] }, ["CapacityProviderStrategyItem.weight"]],
  [{ enum: ["EC2", "FARGATE", "EXTERNAL"] }, ["EcsParameters.LaunchType"]],
  [{ length: [1, 5] }, ["AwsVpcConfiguration.SecurityGroups"]],
  [{ length: [1, 16] }, ["AwsVpcConfiguration.Subnets"]],
  [{ length: [0, 10] }, ["EcsParameters.PlacementConstraints"]],
  [{ length: [0, 2000] }, ["PlacementConstraint.expression"]],
  [{ enum: ["distinctInstance", "memberOf"] }, ["PlacementConstraint.type"]],
  [{ length: [0, 5] }, ["EcsParameters.PlacementStrategy"]],
  [{ length: [0, 255] }, ["PlacementStrategy.field"]],
  [{ enum: ["random", "spread", "binpack"] }, ["PlacementStrategy.type"]],
  [{ length: [1, 64] }, ["EcsParameters.PlatformVersion"]],
  [{ enum: ["TASK_DEFINITION"] }, ["EcsParameters.PropagateTags"]],
  [{ length: [0, 1024] }, ["EcsParameters.ReferenceId"]],
  [{ length: [0, 50] }, ["EcsParameters.Tags"]],
  [{ range: [1, 10] }, ["EcsParameters.TaskCount"]],
  [{ length: [1, 128] }, ["EventBridgeParameters.DetailType", "SqsParameters.MessageGroupId", "Tag.Key"]],
  [
    {
      length: [1, 256],
      pattern: "^(?=[/\\.\\-_A-Za-z0-9]+)((?!aws\\.).*)|(\\$(\\.[\\w_-]+(\\[(\\d+|\\*)\\])*)*)$",
    },
    ["EventBridgeParameters.Source"],
  ],
  [{ length: [1, Number.MAX_SAFE_INTEGER] }, ["Target.Input"]],
  [{ range: [60, 86400] }, ["RetryPolicy.MaximumEventAgeInSeconds"]],
  [{ range: [0, 185] }, ["RetryPolicy.MaximumRetryAttempts"]],
  [
    { length: [1, 1600], pattern: "^arn:aws(-[a-z]+)?:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+$" },
    ["Target.RoleArn"],
  ],
  [
    { length: [0, 200] },
    [
      "SageMakerPipelineParameters.PipelineParameterList",
      "CreateScheduleGroupInput.Tags",
      "TagResourceInput.Tags",
      "UntagResourceInput.TagKeys",
    ],
  ],
  [{ length: [1, 256], pattern: "^[A-Za-z0-9\\-_]*$" }, ["SageMakerPipelineParameter.Name"]],
  [{ length: [1, 1024] }, ["SageMakerPipelineParameter.Value"]],
  [{ range: [1, 100] }, ["ListScheduleGroupsInput.MaxResults", "ListSchedulesInput.MaxResults"]],
  [{ length: [1, 2048] }, ["ListScheduleGroupsInput.NextToken", "ListSchedulesInput.NextToken"]],
  [
    {
      length: [1, 1011],
      pattern: "^arn:aws(-[a-z]+)?:scheduler:[a-z0-9\\-]+:\\d{12}:schedule-group\\/[0-9a-zA-Z-_.]+$",
    },
    [
      "ListTagsForResourceInput.ResourceArn",
      "TagResourceInput.ResourceArn",
      "UntagResourceInput.ResourceArn",
    ],
  ],
];

export const constraints: Constraints = Object.fromEntries(
  RULES.flatMap(([constraint, members]) => members.map((member) => [member, constraint])),
);
