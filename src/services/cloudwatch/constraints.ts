import type { Constraint, Constraints } from "../../kernel/constraints.ts";
import { UNITS } from "./data/units.ts";

const DETECTOR_STAT =
  "(SampleCount|Average|Sum|Minimum|Maximum|IQM|(p|tc|tm|ts|wm)(\\d{1,2}(\\.\\d{0,10})?|100))(_E|_L|_H)?" +
  "|(TM|TC|TS|WM|PR)\\([\\d.eE+%-]*:[\\d.eE+%-]*\\)";

/** From the service's API model. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/ */
const RULES: readonly (readonly [Constraint, readonly string[]])[] = [
  [
    { length: [1, 255], pattern: "[^:].*" },
    [
      "PutMetricDataInput.Namespace",
      "GetMetricStatisticsInput.Namespace",
      "Metric.Namespace",
      "ListMetricsInput.Namespace",
      "PutAnomalyDetectorInput.Namespace",
      "SingleMetricAnomalyDetector.Namespace",
      "DeleteAnomalyDetectorInput.Namespace",
      "DescribeAnomalyDetectorsInput.Namespace",
      "PutMetricAlarmInput.Namespace",
      "DescribeAlarmsForMetricInput.Namespace",
    ],
  ],
  [
    { length: [1, 255] },
    [
      "MetricDatum.MetricName",
      "Dimension.Name",
      "GetMetricStatisticsInput.MetricName",
      "MetricDataQuery.Id",
      "MetricDataQuery.AccountId",
      "Metric.MetricName",
      "ListMetricsInput.MetricName",
      "ListMetricsInput.OwningAccount",
      "DimensionFilter.Name",
      "PutAnomalyDetectorInput.MetricName",
      "SingleMetricAnomalyDetector.AccountId",
      "SingleMetricAnomalyDetector.MetricName",
      "DeleteAnomalyDetectorInput.MetricName",
      "DescribeAnomalyDetectorsInput.MetricName",
      "PutMetricAlarmInput.AlarmName",
      "PutMetricAlarmInput.MetricName",
      "PutMetricAlarmInput.TreatMissingData",
      "PutMetricAlarmInput.EvaluateLowSampleCountPercentile",
      "PutMetricAlarmInput.ThresholdMetricId",
      "PutCompositeAlarmInput.AlarmName",
      "SetAlarmStateInput.AlarmName",
      "DescribeAlarmsInput.AlarmNamePrefix",
      "DescribeAlarmsInput.ChildrenOfAlarmName",
      "DescribeAlarmsInput.ParentsOfAlarmName",
      "DescribeAlarmsForMetricInput.MetricName",
      "DescribeAlarmHistoryInput.AlarmName",
    ],
  ],
  [
    { length: [0, 30] },
    [
      "MetricDatum.Dimensions",
      "GetMetricStatisticsInput.Dimensions",
      "Metric.Dimensions",
      "PutAnomalyDetectorInput.Dimensions",
      "SingleMetricAnomalyDetector.Dimensions",
      "DeleteAnomalyDetectorInput.Dimensions",
      "DescribeAnomalyDetectorsInput.Dimensions",
      "PutMetricAlarmInput.Dimensions",
      "DescribeAlarmsForMetricInput.Dimensions",
    ],
  ],
  [
    { length: [1, 1024] },
    [
      "Dimension.Value",
      "DimensionFilter.Value",
      "TagResourceInput.ResourceARN",
      "UntagResourceInput.ResourceARN",
      "ListTagsForResourceInput.ResourceARN",
      "DescribeAlarmsInput.ActionPrefix",
    ],
  ],
  [
    { enum: UNITS },
    [
      "MetricDatum.Unit",
      "GetMetricStatisticsInput.Unit",
      "MetricStat.Unit",
      "PutMetricAlarmInput.Unit",
      "DescribeAlarmsForMetricInput.Unit",
    ],
  ],
  [
    { range: [1, Number.POSITIVE_INFINITY] },
    [
      "MetricDatum.StorageResolution",
      "GetMetricStatisticsInput.Period",
      "MetricStat.Period",
      "MetricDataQuery.Period",
      "DescribeAnomalyDetectorsInput.MaxResults",
      "PutMetricAlarmInput.Period",
      "PutMetricAlarmInput.EvaluationPeriods",
      "PutMetricAlarmInput.DatapointsToAlarm",
      "DescribeAlarmsForMetricInput.Period",
    ],
  ],
  [{ length: [0, 10] }, ["ListMetricsInput.Dimensions"]],
  [
    { length: [1, 5], enum: ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] },
    ["GetMetricStatisticsInput.Statistics"],
  ],
  [{ length: [1, 10] }, ["GetMetricStatisticsInput.ExtendedStatistics"]],
  [{ length: [1, 2048] }, ["MetricDataQuery.Expression"]],
  [
    { enum: ["TimestampDescending", "TimestampAscending"] },
    ["GetMetricDataInput.ScanBy", "DescribeAlarmHistoryInput.ScanBy"],
  ],
  [{ enum: ["PT3H"] }, ["ListMetricsInput.RecentlyActive"]],
  [{ length: [1, 128] }, ["Tag.Key"]],
  [{ length: [0, 256] }, ["Tag.Value"]],
  [
    { length: [0, 50], pattern: DETECTOR_STAT },
    ["PutAnomalyDetectorInput.Stat", "SingleMetricAnomalyDetector.Stat", "DeleteAnomalyDetectorInput.Stat"],
  ],
  [{ length: [0, 50] }, ["AnomalyDetectorConfiguration.MetricTimezone"]],
  [{ enum: ["FAST", "NORMAL", "SLOW"] }, ["AnomalyDetectorConfiguration.AdaptationSpeed"]],
  [{ enum: ["MINIMAL", "MODERATE", "STRICT"] }, ["AnomalyDetectorConfiguration.OutlierFilteringStrength"]],
  [
    { length: [0, 2], enum: ["SINGLE_METRIC", "METRIC_MATH"] },
    ["DescribeAnomalyDetectorsInput.AnomalyDetectorTypes"],
  ],
  [
    { length: [0, 1024] },
    ["PutMetricAlarmInput.AlarmDescription", "PutCompositeAlarmInput.AlarmDescription"],
  ],
  [
    { length: [0, 5] },
    [
      "PutMetricAlarmInput.OKActions",
      "PutMetricAlarmInput.AlarmActions",
      "PutMetricAlarmInput.InsufficientDataActions",
      "PutCompositeAlarmInput.OKActions",
      "PutCompositeAlarmInput.AlarmActions",
      "PutCompositeAlarmInput.InsufficientDataActions",
    ],
  ],
  [
    { enum: ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] },
    ["PutMetricAlarmInput.Statistic", "DescribeAlarmsForMetricInput.Statistic"],
  ],
  [
    {
      enum: [
        "GreaterThanOrEqualToThreshold",
        "GreaterThanThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
        "LessThanLowerOrGreaterThanUpperThreshold",
        "LessThanLowerThreshold",
        "GreaterThanUpperThreshold",
      ],
    },
    ["PutMetricAlarmInput.ComparisonOperator"],
  ],
  [{ range: [10, 3600] }, ["PutMetricAlarmInput.EvaluationInterval"]],
  [{ length: [1, 10_240] }, ["PutCompositeAlarmInput.AlarmRule"]],
  [{ length: [1, 1600] }, ["PutCompositeAlarmInput.ActionsSuppressor"]],
  [
    { enum: ["OK", "ALARM", "INSUFFICIENT_DATA"] },
    ["SetAlarmStateInput.StateValue", "DescribeAlarmsInput.StateValue"],
  ],
  [{ length: [0, 1023] }, ["SetAlarmStateInput.StateReason"]],
  [{ length: [0, 4000] }, ["SetAlarmStateInput.StateReasonData"]],
  [
    { length: [0, 100] },
    [
      "EnableAlarmActionsInput.AlarmNames",
      "DisableAlarmActionsInput.AlarmNames",
      "DescribeAlarmsInput.AlarmNames",
      "DeleteAlarmsInput.AlarmNames",
    ],
  ],
  [{ range: [1, 100] }, ["DescribeAlarmsInput.MaxRecords", "DescribeAlarmHistoryInput.MaxRecords"]],
  [
    { enum: ["CompositeAlarm", "MetricAlarm", "LogAlarm"] },
    ["DescribeAlarmsInput.AlarmTypes", "DescribeAlarmHistoryInput.AlarmTypes"],
  ],
  [
    {
      enum: [
        "ConfigurationUpdate",
        "StateUpdate",
        "Action",
        "AlarmContributorStateUpdate",
        "AlarmContributorAction",
      ],
    },
    ["DescribeAlarmHistoryInput.HistoryItemType"],
  ],
];

export const constraints: Constraints = Object.fromEntries(
  RULES.flatMap(([constraint, members]) => members.map((member) => [member, constraint])),
);
