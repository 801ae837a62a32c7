import type { Constraint, Constraints } from "../../kernel/constraints.ts";

const INSIGHT_ID =
  "[0-9a-fA-F]{8}\\-[0-9a-fA-F]{4}\\-[1-5][0-9a-fA-F]{3}\\-[89abAB][0-9a-fA-F]{3}\\-[0-9a-fA-F]{12}";

/** From the service's API model. https://docs.aws.amazon.com/xray/latest/api/ */
const RULES: readonly (readonly [Constraint, readonly string[]])[] = [
  [
    { pattern: INSIGHT_ID },
    [
      "GetInsightRequest.InsightId",
      "GetInsightEventsRequest.InsightId",
      "GetInsightImpactGraphRequest.InsightId",
    ],
  ],
  [{ range: [1, 50] }, ["GetInsightEventsRequest.MaxResults"]],
  [{ range: [1, 100] }, ["GetInsightSummariesRequest.MaxResults"]],
  [{ length: [0, 1] }, ["GetInsightSummariesRequest.States"]],
  [
    { length: [1, 2000] },
    [
      "GetInsightEventsRequest.NextToken",
      "GetInsightImpactGraphRequest.NextToken",
      "GetInsightSummariesRequest.NextToken",
    ],
  ],
  [
    { length: [1, 32] },
    [
      "DeleteGroupRequest.GroupName",
      "GetGroupRequest.GroupName",
      "GetInsightSummariesRequest.GroupName",
      "GetServiceGraphRequest.GroupName",
      "GetTimeSeriesServiceStatisticsRequest.GroupName",
      "UpdateGroupRequest.GroupName",
    ],
  ],
  [
    { length: [1, 400] },
    [
      "DeleteGroupRequest.GroupARN",
      "GetGroupRequest.GroupARN",
      "GetInsightSummariesRequest.GroupARN",
      "GetServiceGraphRequest.GroupARN",
      "GetTimeSeriesServiceStatisticsRequest.GroupARN",
      "UpdateGroupRequest.GroupARN",
    ],
  ],
  [{ length: [1, 100] }, ["GetGroupsRequest.NextToken", "ListResourcePoliciesRequest.NextToken"]],
  [
    { length: [0, 1020] },
    [
      "CancelTraceRetrievalRequest.RetrievalToken",
      "GetRetrievedTracesGraphRequest.RetrievalToken",
      "ListRetrievedTracesRequest.RetrievalToken",
    ],
  ],
  [{ enum: ["XRAY", "OTEL"] }, ["ListRetrievedTracesRequest.TraceFormat"]],
  [{ length: [0, 100] }, ["StartTraceRetrievalRequest.TraceIds"]],
  [{ enum: ["XRay", "CloudWatchLogs"] }, ["UpdateTraceSegmentDestinationRequest.Destination"]],
  [{ length: [1, 256] }, ["CloudWatchLogsConfiguration.SpansLogGroupKmsKeyId"]],
  [{ enum: ["NONE", "KMS"] }, ["PutEncryptionConfigRequest.Type"]],
  [{ length: [1, 3000] }, ["PutEncryptionConfigRequest.KeyId"]],
  [
    { length: [1, 128], pattern: "[\\w+=,.@-]+" },
    ["DeleteResourcePolicyRequest.PolicyName", "PutResourcePolicyRequest.PolicyName"],
  ],
  [
    { length: [1, 1011] },
    [
      "ListTagsForResourceRequest.ResourceARN",
      "TagResourceRequest.ResourceARN",
      "UntagResourceRequest.ResourceARN",
    ],
  ],
  [{ length: [1, 128] }, ["Tag.Key"]],
  [{ length: [0, 256] }, ["Tag.Value"]],
  [{ length: [1, 500] }, ["GetTimeSeriesServiceStatisticsRequest.EntitySelectorExpression"]],
  [{ length: [24, 24] }, ["SamplingStatisticsDocument.ClientID"]],
  [{ length: [0, 25] }, ["GetSamplingTargetsRequest.SamplingStatisticsDocuments"]],
  [
    { range: [0, Number.MAX_SAFE_INTEGER] },
    [
      "SamplingStatisticsDocument.BorrowCount",
      "SamplingStatisticsDocument.RequestCount",
      "SamplingStatisticsDocument.SampledCount",
    ],
  ],
  [{ enum: ["TraceId", "Event", "Service"] }, ["GetTraceSummariesRequest.TimeRangeType"]],
  [{ enum: ["PartialScan", "FixedRate"] }, ["SamplingStrategy.Name"]],
];

export const constraints: Constraints = Object.fromEntries(
  RULES.flatMap(([constraint, members]) => members.map((member) => [member, constraint])),
);
