import type { Constraint, Constraints } from "../../kernel/constraints.ts";

const SOURCE_ARN: Constraint = {
  pattern:
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:" +
    "(\\d{12})?:(.*)",
};

/** Of the members that Create and Update have both. */
const SETTINGS: Constraints = {
  BatchSize: { range: [1, 10_000] },
  MaximumBatchingWindowInSeconds: { range: [0, 300] },
  ParallelizationFactor: { range: [1, 10] },
  TumblingWindowInSeconds: { range: [0, 900] },
  MaximumRetryAttempts: { range: [-1, 10_000] },
  MaximumRecordAgeInSeconds: { range: [-1, 604_800] },
  FunctionResponseTypes: { length: [0, 1], enum: ["ReportBatchItemFailures"] },
  SourceAccessConfigurations: { length: [0, 22] },
};

/**
 * From the service's API model; of pollers the model knows fewer than the service.
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
export function eventSourceConstraints(functionName: Constraint, keyArn: Constraint): Constraints {
  const constraints: Record<string, Constraint> = {};
  for (const operation of ["CreateEventSourceMapping", "UpdateEventSourceMapping"]) {
    for (const [member, constraint] of Object.entries({ ...SETTINGS, KMSKeyArn: keyArn }))
      constraints[`${operation}Request.${member}`] = constraint;
  }
  for (const operation of ["Create", "Update", "List"])
    constraints[`${operation}EventSourceMapping${operation === "List" ? "s" : ""}Request.FunctionName`] =
      functionName;
  return {
    ...constraints,
    "CreateEventSourceMappingRequest.EventSourceArn": SOURCE_ARN,
    "ListEventSourceMappingsRequest.EventSourceArn": SOURCE_ARN,
    "ListEventSourceMappingsRequest.MaxItems": { range: [1, 10_000] },
    "CreateEventSourceMappingRequest.StartingPosition": { enum: ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"] },
    "CreateEventSourceMappingRequest.Topics": { length: [1, 1] },
    "CreateEventSourceMappingRequest.Queues": { length: [1, 1] },
    "EventSourceMappingMetricsConfig.Metrics": {
      length: [0, 3],
      enum: ["EventCount", "ErrorCount", "KafkaMetrics"],
    },
    "Filter.Pattern": { length: [0, 4096] },
    "ScalingConfig.MaximumConcurrency": { range: [2, 1000] },
    "ProvisionedPollerConfig.MinimumPollers": { range: [1, 200] },
    "ProvisionedPollerConfig.MaximumPollers": { range: [1, 10_000] },
  };
}
