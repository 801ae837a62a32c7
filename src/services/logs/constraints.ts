import type { Constraints } from "../../kernel/constraints.ts";

const GROUP = { length: [1, 512], pattern: "[\\.\\-_/#A-Za-z0-9]+" } as const;
const GROUP_ID = { length: [1, 2048], pattern: "[\\w#+=/:,.@-]*" } as const;
const STREAM = { length: [1, 512], pattern: "[^:*]*" } as const;
const STREAMS = { length: [1, 100], pattern: "[^:*]*" } as const;
const TOKEN = { length: [1, Number.MAX_SAFE_INTEGER] } as const;
const TIME = { range: [0, Number.MAX_SAFE_INTEGER] } as const;
const LISTED = { range: [1, 50] } as const;
const EVENTS = { range: [1, 10_000] } as const;
const TAGS = { length: [1, 50] } as const;
const KEY = { length: [0, 256] } as const;
const RESOURCE = { length: [1, 1011], pattern: "[\\w+=/:,.@-]*" } as const;
const TARGET = { length: [1, 2048], pattern: "[\\w+=/:,.@\\-\\*]*" } as const;
const CLASS = { enum: ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"] } as const;
const ACCOUNTS = { length: [0, 20], pattern: "^\\d{12}$" } as const;
const TABLE = { length: [1, 10_485_760] } as const;
const ID = { length: [1, 256] } as const;
const LANGUAGE = { enum: ["CWLI", "SQL", "PPL"] } as const;
const GENERAL = { length: [1, 512] } as const;
const POLICY_TYPE = {
  enum: [
    "DATA_PROTECTION_POLICY",
    "SUBSCRIPTION_FILTER_POLICY",
    "FIELD_INDEX_POLICY",
    "TRANSFORMER_POLICY",
    "METRIC_EXTRACTION_POLICY",
  ],
} as const;
const PATTERN = { length: [0, 1024] } as const;
const METRIC = { length: [0, 255], pattern: "[^:*$]*" } as const;
const RATES = "Bytes,Kilobytes,Megabytes,Gigabytes,Terabytes,Bits,Kilobits,Megabits,Gigabits,Terabits".split(
  ",",
);
const UNITS = [
  ...["Seconds", "Microseconds", "Milliseconds", ...RATES, "Percent", "Count"],
  ...RATES.map((unit) => `${unit}/Second`),
  ...["Count/Second", "None"],
];

/** Operations that name a group by its name. */
const ON_GROUPS = [
  "AssociateKmsKey",
  "CreateLogGroup",
  "CreateLogStream",
  "DeleteLogGroup",
  "DeleteLogStream",
  "DeleteRetentionPolicy",
  "DescribeLogStreams",
  "DescribeMetricFilters",
  "DescribeSubscriptionFilters",
  "DeleteMetricFilter",
  "DeleteSubscriptionFilter",
  "DisassociateKmsKey",
  "FilterLogEvents",
  "GetLogEvents",
  "ListTagsLogGroup",
  "PutLogEvents",
  "PutMetricFilter",
  "PutRetentionPolicy",
  "PutSubscriptionFilter",
  "TagLogGroup",
  "UntagLogGroup",
];

/** Operations that take a group's name or its ARN. */
const BY_IDENTIFIER = [
  "DescribeLogStreams",
  "FilterLogEvents",
  "GetLogEvents",
  "PutLogGroupDeletionProtection",
];

/** Lists of up to 50, page by page. */
const LISTS = [
  "DescribeDestinations",
  "DescribeExportTasks",
  "DescribeLogGroups",
  "DescribeLogStreams",
  "DescribeMetricFilters",
  "DescribeResourcePolicies",
  "DescribeSubscriptionFilters",
];

/** Operations on one filter of a group, and on one destination. */
const ON_FILTERS = [
  "DeleteMetricFilter",
  "DeleteSubscriptionFilter",
  "PutMetricFilter",
  "PutSubscriptionFilter",
];
const ON_DESTINATIONS = ["DeleteDestination", "PutDestination", "PutDestinationPolicy"];

const all = (operations: readonly string[], members: Constraints): Constraints =>
  Object.fromEntries(
    operations.flatMap((operation) =>
      Object.entries(members).map(([member, rule]) => [`${operation}Request.${member}`, rule]),
    ),
  );

/** From the service's API model. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ */
export const constraints: Constraints = {
  ...all(ON_GROUPS, { logGroupName: GROUP }),
  ...all(BY_IDENTIFIER, { logGroupIdentifier: GROUP_ID }),
  ...all(ON_FILTERS, { filterName: STREAM }),
  ...all(ON_DESTINATIONS, { destinationName: STREAM }),
  ...all(LISTS, { nextToken: TOKEN, limit: LISTED }),
  ...all(["DeleteAccountPolicy", "DescribeAccountPolicies", "PutAccountPolicy"], {
    policyType: POLICY_TYPE,
  }),
  "AssociateKmsKeyRequest.kmsKeyId": KEY,
  "AssociateKmsKeyRequest.resourceIdentifier": TARGET,
  "CancelExportTaskRequest.taskId": GENERAL,
  "CreateExportTaskRequest.destination": GENERAL,
  "CreateExportTaskRequest.from": TIME,
  "CreateExportTaskRequest.logGroupName": GROUP,
  "CreateExportTaskRequest.logStreamNamePrefix": STREAM,
  "CreateExportTaskRequest.taskName": GENERAL,
  "CreateExportTaskRequest.to": TIME,
  "CreateLogGroupRequest.kmsKeyId": KEY,
  "CreateLogGroupRequest.logGroupClass": CLASS,
  "CreateLogGroupRequest.tags": TAGS,
  "CreateLogStreamRequest.logStreamName": STREAM,
  "CreateLookupTableRequest.description": { length: [0, 1024] },
  "CreateLookupTableRequest.kmsKeyId": KEY,
  "CreateLookupTableRequest.lookupTableName": { length: [1, 256], pattern: "^[a-zA-Z0-9_]+$" },
  "CreateLookupTableRequest.queryId": ID,
  "CreateLookupTableRequest.tableBody": TABLE,
  "CreateLookupTableRequest.tags": TAGS,
  "DescribeLookupTablesRequest.lookupTableNamePrefix": { length: [1, 256], pattern: "^[a-zA-Z0-9_]+$" },
  "DescribeLookupTablesRequest.maxResults": { range: [1, 100] },
  "DescribeLookupTablesRequest.nextToken": TOKEN,
  "DeleteLogStreamRequest.logStreamName": STREAM,
  "DescribeAccountPoliciesRequest.accountIdentifiers": ACCOUNTS,
  "DescribeExportTasksRequest.statusCode": {
    enum: ["CANCELLED", "COMPLETED", "FAILED", "PENDING", "PENDING_CANCEL", "RUNNING"],
  },
  "DescribeExportTasksRequest.taskId": GENERAL,
  "DeleteIndexPolicyRequest.logGroupIdentifier": GROUP_ID,
  "DescribeFieldIndexesRequest.indexCategories": { enum: ["DEFAULT", "CUSTOM", "AUTO", "INACTIVE"] },
  "DescribeFieldIndexesRequest.logGroupIdentifiers": { length: [1, 100], pattern: GROUP_ID.pattern },
  "DescribeFieldIndexesRequest.nextToken": TOKEN,
  "DescribeIndexPoliciesRequest.logGroupIdentifiers": { length: [1, 100], pattern: GROUP_ID.pattern },
  "DescribeIndexPoliciesRequest.nextToken": TOKEN,
  "DescribeLogGroupsRequest.accountIdentifiers": ACCOUNTS,
  "DescribeLogGroupsRequest.logGroupClass": CLASS,
  "DescribeLogGroupsRequest.logGroupIdentifiers": { length: [1, 50], pattern: GROUP_ID.pattern },
  "DescribeLogGroupsRequest.logGroupNamePattern": { length: [0, 512], pattern: "[\\.\\-_/#A-Za-z0-9]*" },
  "DescribeLogGroupsRequest.logGroupNamePrefix": GROUP,
  "DescribeLogStreamsRequest.logStreamNamePrefix": STREAM,
  "DescribeLogStreamsRequest.orderBy": { enum: ["LogStreamName", "LastEventTime"] },
  "DeleteQueryDefinitionRequest.queryDefinitionId": ID,
  "DescribeQueriesRequest.logGroupName": GROUP,
  "DescribeQueriesRequest.maxResults": { range: [1, 1000] },
  "DescribeQueriesRequest.queryLanguage": LANGUAGE,
  "DescribeQueriesRequest.status": {
    enum: ["Scheduled", "Running", "Complete", "Failed", "Cancelled", "Timeout", "Unknown"],
  },
  "DescribeQueryDefinitionsRequest.maxResults": { range: [1, 1000] },
  "DescribeQueryDefinitionsRequest.queryDefinitionNamePrefix": { length: [1, 255] },
  "DescribeQueryDefinitionsRequest.queryLanguage": LANGUAGE,
  "GetLogGroupFieldsRequest.logGroupIdentifier": GROUP_ID,
  "GetLogGroupFieldsRequest.logGroupName": GROUP,
  "GetLogGroupFieldsRequest.time": TIME,
  "GetQueryResultsRequest.maxItems": { range: [0, 10_000] },
  "GetQueryResultsRequest.nextToken": { length: [0, 1024] },
  "GetQueryResultsRequest.queryId": ID,
  "ListLogGroupsForQueryRequest.maxResults": { range: [50, 500] },
  "ListLogGroupsForQueryRequest.queryId": ID,
  "PutQueryDefinitionRequest.logGroupNames": { pattern: GROUP.pattern },
  "PutQueryDefinitionRequest.name": { length: [1, 255] },
  "PutQueryDefinitionRequest.parameters": { length: [0, 20] },
  "PutQueryDefinitionRequest.queryDefinitionId": ID,
  "PutQueryDefinitionRequest.queryLanguage": LANGUAGE,
  "PutQueryDefinitionRequest.queryString": { length: [1, 10_000] },
  "StartQueryRequest.endTime": TIME,
  "StartQueryRequest.limit": { range: [1, 100_000] },
  "StartQueryRequest.logGroupIdentifiers": { pattern: GROUP_ID.pattern },
  "StartQueryRequest.logGroupName": GROUP,
  "StartQueryRequest.logGroupNames": { pattern: GROUP.pattern },
  "StartQueryRequest.queryLanguage": LANGUAGE,
  "StartQueryRequest.queryString": { length: [0, 10_000] },
  "StartQueryRequest.startTime": TIME,
  "StopQueryRequest.queryId": ID,
  "UpdateLookupTableRequest.description": { length: [0, 1024] },
  "UpdateLookupTableRequest.kmsKeyId": KEY,
  "UpdateLookupTableRequest.queryId": ID,
  "UpdateLookupTableRequest.tableBody": TABLE,
  "DisassociateKmsKeyRequest.resourceIdentifier": TARGET,
  "FilterLogEventsRequest.endTime": TIME,
  "FilterLogEventsRequest.filterPattern": PATTERN,
  "FilterLogEventsRequest.limit": EVENTS,
  "FilterLogEventsRequest.logStreamNamePrefix": STREAM,
  "FilterLogEventsRequest.logStreamNames": STREAMS,
  "FilterLogEventsRequest.nextToken": TOKEN,
  "FilterLogEventsRequest.startTime": TIME,
  "GetLogEventsRequest.endTime": TIME,
  "GetLogEventsRequest.limit": EVENTS,
  "GetLogEventsRequest.logStreamName": STREAM,
  "GetLogEventsRequest.nextToken": TOKEN,
  "GetLogEventsRequest.startTime": TIME,
  "InputLogEvent.message": { length: [1, Number.MAX_SAFE_INTEGER] },
  "InputLogEvent.timestamp": TIME,
  "ListLogGroupsRequest.accountIdentifiers": ACCOUNTS,
  "ListLogGroupsRequest.fieldIndexNames": { length: [1, 20] },
  "ListLogGroupsRequest.limit": { range: [1, 1000] },
  "ListLogGroupsRequest.logGroupClass": CLASS,
  "ListLogGroupsRequest.logGroupNamePattern": {
    length: [3, 129],
    pattern: "(\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24})(\\|\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24}){0,4}",
  },
  "ListLogGroupsRequest.logGroupTags": { length: [1, 5] },
  "ListLogGroupsRequest.nextToken": TOKEN,
  "ListTagsForResourceRequest.resourceArn": RESOURCE,
  "PutIndexPolicyRequest.logGroupIdentifier": GROUP_ID,
  "PutIndexPolicyRequest.policyDocument": { length: [1, 1024] },
  "PutLogEventsRequest.logEvents": { length: [1, 10_000] },
  "PutLogEventsRequest.logStreamName": STREAM,
  "PutLogEventsRequest.sequenceToken": TOKEN,
  "PutResourcePolicyRequest.expectedRevisionId": TOKEN,
  "PutResourcePolicyRequest.policyDocument": { length: [1, 51_200] },
  "DescribeDestinationsRequest.DestinationNamePrefix": STREAM,
  "DescribeMetricFiltersRequest.filterNamePrefix": STREAM,
  "DescribeMetricFiltersRequest.metricName": METRIC,
  "DescribeMetricFiltersRequest.metricNamespace": METRIC,
  "DescribeSubscriptionFiltersRequest.filterNamePrefix": STREAM,
  "MetricTransformation.dimensions": { length: [0, 255] },
  "MetricTransformation.metricName": METRIC,
  "MetricTransformation.metricNamespace": METRIC,
  "MetricTransformation.metricValue": { length: [0, 100] },
  "MetricTransformation.unit": { enum: UNITS },
  "PutDestinationPolicyRequest.accessPolicy": TOKEN,
  "PutDestinationRequest.roleArn": TOKEN,
  "PutDestinationRequest.tags": TAGS,
  "PutDestinationRequest.targetArn": TOKEN,
  "PutMetricFilterRequest.filterPattern": PATTERN,
  "PutMetricFilterRequest.metricTransformations": { length: [1, 1] },
  "PutSubscriptionFilterRequest.destinationArn": TOKEN,
  "PutSubscriptionFilterRequest.distribution": { enum: ["Random", "ByLogStream"] },
  "PutSubscriptionFilterRequest.filterPattern": PATTERN,
  "PutSubscriptionFilterRequest.roleArn": TOKEN,
  "PutAccountPolicyRequest.scope": { enum: ["ALL"] },
  "StartLiveTailRequest.logEventFilterPattern": PATTERN,
  "StartLiveTailRequest.logGroupIdentifiers": { length: [1, 10], pattern: GROUP_ID.pattern },
  "StartLiveTailRequest.logStreamNamePrefixes": STREAMS,
  "StartLiveTailRequest.logStreamNames": STREAMS,
  "TagFilter.key": { length: [1, 128] },
  "TagFilter.values": { length: [0, 5] },
  "TestMetricFilterRequest.filterPattern": PATTERN,
  "TestMetricFilterRequest.logEventMessages": { length: [1, 50] },
  "DescribeResourcePoliciesRequest.policyScope": { enum: ["ACCOUNT", "RESOURCE"] },
  "TagLogGroupRequest.tags": TAGS,
  "TagResourceRequest.resourceArn": RESOURCE,
  "TagResourceRequest.tags": TAGS,
  "UntagLogGroupRequest.tags": { length: [1, Number.MAX_SAFE_INTEGER] },
  "UntagResourceRequest.resourceArn": RESOURCE,
  "UntagResourceRequest.tagKeys": { length: [0, 50] },
};
