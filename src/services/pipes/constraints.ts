import type { Constraint, Constraints } from "../../kernel/constraints.ts";

/** From the service's API model. https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/ */
const RULES: readonly (readonly [Constraint, readonly string[]])[] = [
  [
    { length: [1, 64], pattern: "[\\.\\-_A-Za-z0-9]+" },
    [
      "CreatePipeRequest.Name",
      "DeletePipeRequest.Name",
      "DescribePipeRequest.Name",
      "ListPipesRequest.NamePrefix",
      "StartPipeRequest.Name",
      "StopPipeRequest.Name",
      "UpdatePipeRequest.Name",
    ],
  ],
  [{ length: [0, 512] }, ["CreatePipeRequest.Description", "UpdatePipeRequest.Description"]],
  [
    { enum: ["RUNNING", "STOPPED"] },
    ["CreatePipeRequest.DesiredState", "ListPipesRequest.DesiredState", "UpdatePipeRequest.DesiredState"],
  ],
  [
    {
      length: [1, 1600],
      pattern:
        "smk://(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?)?:(\\d{12})?:(.+)",
    },
    ["CreatePipeRequest.Source"],
  ],
  [{ length: [0, 5] }, ["FilterCriteria.Filters", "PipeTargetEcsTaskParameters.PlacementStrategy"]],
  [{ length: [0, 4096] }, ["Filter.Pattern"]],
  [
    { range: [1, 10000] },
    [
      "PipeSourceKinesisStreamParameters.BatchSize",
      "PipeSourceDynamoDBStreamParameters.BatchSize",
      "PipeSourceSqsQueueParameters.BatchSize",
      "PipeSourceActiveMQBrokerParameters.BatchSize",
      "PipeSourceRabbitMQBrokerParameters.BatchSize",
      "PipeSourceManagedStreamingKafkaParameters.BatchSize",
      "PipeSourceSelfManagedKafkaParameters.BatchSize",
      "UpdatePipeSourceKinesisStreamParameters.BatchSize",
      "UpdatePipeSourceDynamoDBStreamParameters.BatchSize",
      "UpdatePipeSourceSqsQueueParameters.BatchSize",
      "UpdatePipeSourceActiveMQBrokerParameters.BatchSize",
      "UpdatePipeSourceRabbitMQBrokerParameters.BatchSize",
      "UpdatePipeSourceManagedStreamingKafkaParameters.BatchSize",
      "UpdatePipeSourceSelfManagedKafkaParameters.BatchSize",
    ],
  ],
  [
    {
      length: [1, 1600],
      pattern:
        "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?)?:(\\d{12})?:(.+)",
    },
    ["DeadLetterConfig.Arn", "CreatePipeRequest.Target", "UpdatePipeRequest.Target"],
  ],
  [
    { enum: ["AUTOMATIC_BISECT"] },
    [
      "PipeSourceKinesisStreamParameters.OnPartialBatchItemFailure",
      "PipeSourceDynamoDBStreamParameters.OnPartialBatchItemFailure",
      "UpdatePipeSourceKinesisStreamParameters.OnPartialBatchItemFailure",
      "UpdatePipeSourceDynamoDBStreamParameters.OnPartialBatchItemFailure",
    ],
  ],
  [
    { range: [0, 300] },
    [
      "PipeSourceKinesisStreamParameters.MaximumBatchingWindowInSeconds",
      "PipeSourceDynamoDBStreamParameters.MaximumBatchingWindowInSeconds",
      "PipeSourceSqsQueueParameters.MaximumBatchingWindowInSeconds",
      "PipeSourceActiveMQBrokerParameters.MaximumBatchingWindowInSeconds",
      "PipeSourceRabbitMQBrokerParameters.MaximumBatchingWindowInSeconds",
      "PipeSourceManagedStreamingKafkaParameters.MaximumBatchingWindowInSeconds",
      "PipeSourceSelfManagedKafkaParameters.MaximumBatchingWindowInSeconds",
      "UpdatePipeSourceKinesisStreamParameters.MaximumBatchingWindowInSeconds",
      "UpdatePipeSourceDynamoDBStreamParameters.MaximumBatchingWindowInSeconds",
      "UpdatePipeSourceSqsQueueParameters.MaximumBatchingWindowInSeconds",
      "UpdatePipeSourceActiveMQBrokerParameters.MaximumBatchingWindowInSeconds",
      "UpdatePipeSourceRabbitMQBrokerParameters.MaximumBatchingWindowInSeconds",
      "UpdatePipeSourceManagedStreamingKafkaParameters.MaximumBatchingWindowInSeconds",
      "UpdatePipeSourceSelfManagedKafkaParameters.MaximumBatchingWindowInSeconds",
    ],
  ],
  [
    { range: [-1, 604800] },
    [
      "PipeSourceKinesisStreamParameters.MaximumRecordAgeInSeconds",
      "PipeSourceDynamoDBStreamParameters.MaximumRecordAgeInSeconds",
      "UpdatePipeSourceKinesisStreamParameters.MaximumRecordAgeInSeconds",
      "UpdatePipeSourceDynamoDBStreamParameters.MaximumRecordAgeInSeconds",
    ],
  ],
  [
    { range: [-1, 10000] },
    [
      "PipeSourceKinesisStreamParameters.MaximumRetryAttempts",
      "PipeSourceDynamoDBStreamParameters.MaximumRetryAttempts",
      "UpdatePipeSourceKinesisStreamParameters.MaximumRetryAttempts",
      "UpdatePipeSourceDynamoDBStreamParameters.MaximumRetryAttempts",
    ],
  ],
  [
    { range: [1, 10] },
    [
      "PipeSourceKinesisStreamParameters.ParallelizationFactor",
      "PipeSourceDynamoDBStreamParameters.ParallelizationFactor",
      "BatchRetryStrategy.Attempts",
      "UpdatePipeSourceKinesisStreamParameters.ParallelizationFactor",
      "UpdatePipeSourceDynamoDBStreamParameters.ParallelizationFactor",
    ],
  ],
  [
    { enum: ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"] },
    ["PipeSourceKinesisStreamParameters.StartingPosition"],
  ],
  [
    { enum: ["TRIM_HORIZON", "LATEST"] },
    [
      "PipeSourceDynamoDBStreamParameters.StartingPosition",
      "PipeSourceManagedStreamingKafkaParameters.StartingPosition",
      "PipeSourceSelfManagedKafkaParameters.StartingPosition",
    ],
  ],
  [
    {
      length: [1, 1600],
      pattern:
        "(^arn:aws([a-z]|\\-)*:secretsmanager:([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?):(\\d{12}):secret:.+)",
    },
    [
      "MQBrokerAccessCredentials.BasicAuth",
      "MSKAccessCredentials.SaslScram512Auth",
      "MSKAccessCredentials.ClientCertificateTlsAuth",
      "SelfManagedKafkaAccessConfigurationCredentials.BasicAuth",
      "SelfManagedKafkaAccessConfigurationCredentials.SaslScram512Auth",
      "SelfManagedKafkaAccessConfigurationCredentials.SaslScram256Auth",
      "SelfManagedKafkaAccessConfigurationCredentials.ClientCertificateTlsAuth",
      "PipeSourceSelfManagedKafkaParameters.ServerRootCaCertificate",
      "UpdatePipeSourceSelfManagedKafkaParameters.ServerRootCaCertificate",
    ],
  ],
  [
    { length: [1, 1000], pattern: "[\\s\\S]*" },
    ["PipeSourceActiveMQBrokerParameters.QueueName", "PipeSourceRabbitMQBrokerParameters.QueueName"],
  ],
  [
    { length: [1, 200], pattern: "[a-zA-Z0-9-\\/*:_+=.@-]*" },
    [
      "PipeSourceRabbitMQBrokerParameters.VirtualHost",
      "PipeSourceManagedStreamingKafkaParameters.ConsumerGroupID",
      "PipeSourceSelfManagedKafkaParameters.ConsumerGroupID",
    ],
  ],
  [
    { length: [1, 249], pattern: "[^.]([a-zA-Z0-9\\-_.]+)" },
    ["PipeSourceManagedStreamingKafkaParameters.TopicName", "PipeSourceSelfManagedKafkaParameters.TopicName"],
  ],
  [
    {
      length: [0, 2],
      pattern:
        "(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}",
    },
    ["PipeSourceSelfManagedKafkaParameters.AdditionalBootstrapServers"],
  ],
  [{ length: [1, 16], pattern: "subnet-[0-9a-z]*" }, ["SelfManagedKafkaAccessConfigurationVpc.Subnets"]],
  [{ length: [1, 5], pattern: "sg-[0-9a-zA-Z]*" }, ["SelfManagedKafkaAccessConfigurationVpc.SecurityGroup"]],
  [
    {
      length: [0, 1600],
      pattern:
        "$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?)?:(\\d{12})?:(.+)",
    },
    ["CreatePipeRequest.Enrichment", "UpdatePipeRequest.Enrichment"],
  ],
  [
    { length: [0, 8192] },
    [
      "PipeEnrichmentParameters.InputTemplate",
      "PipeTargetParameters.InputTemplate",
      "PipeTargetTimestreamParameters.SingleMeasureMappings",
    ],
  ],
  [
    { pattern: "(?!\\s*$).+|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)" },
    ["PipeEnrichmentHttpParameters.PathParameterValues", "PipeTargetHttpParameters.PathParameterValues"],
  ],
  [
    { enum: ["REQUEST_RESPONSE", "FIRE_AND_FORGET"] },
    ["PipeTargetLambdaFunctionParameters.InvocationType", "PipeTargetStateMachineParameters.InvocationType"],
  ],
  [
    { length: [0, 256] },
    ["PipeTargetKinesisStreamParameters.PartitionKey", "Tag.Value", "S3LogDestinationParameters.Prefix"],
  ],
  [
    {
      length: [1, 1600],
      pattern:
        "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?)?:(\\d{12})?:(.+)|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)",
    },
    [
      "PipeTargetEcsTaskParameters.TaskDefinitionArn",
      "EcsTaskOverride.ExecutionRoleArn",
      "EcsTaskOverride.TaskRoleArn",
    ],
  ],
  [{ range: [1, 2147483647] }, ["PipeTargetEcsTaskParameters.TaskCount"]],
  [{ enum: ["EC2", "FARGATE", "EXTERNAL"] }, ["PipeTargetEcsTaskParameters.LaunchType"]],
  [
    { length: [0, 16], pattern: "subnet-[0-9a-z]*|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)" },
    ["AwsVpcConfiguration.Subnets"],
  ],
  [
    { length: [0, 5], pattern: "sg-[0-9a-zA-Z]*|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)" },
    ["AwsVpcConfiguration.SecurityGroups"],
  ],
  [{ enum: ["ENABLED", "DISABLED"] }, ["AwsVpcConfiguration.AssignPublicIp"]],
  [{ length: [0, 6] }, ["PipeTargetEcsTaskParameters.CapacityProviderStrategy"]],
  [{ length: [1, 255] }, ["CapacityProviderStrategyItem.capacityProvider"]],
  [{ range: [0, 1000] }, ["CapacityProviderStrategyItem.weight"]],
  [{ range: [0, 100000] }, ["CapacityProviderStrategyItem.base"]],
  [{ length: [0, 10] }, ["PipeTargetEcsTaskParameters.PlacementConstraints"]],
  [{ enum: ["distinctInstance", "memberOf"] }, ["PlacementConstraint.type"]],
  [{ length: [0, 2000] }, ["PlacementConstraint.expression"]],
  [{ enum: ["random", "spread", "binpack"] }, ["PlacementStrategy.type"]],
  [{ length: [0, 255] }, ["PlacementStrategy.field"]],
  [{ enum: ["TASK_DEFINITION"] }, ["PipeTargetEcsTaskParameters.PropagateTags"]],
  [
    { length: [0, 1024] },
    [
      "PipeTargetEcsTaskParameters.ReferenceId",
      "SageMakerPipelineParameter.Value",
      "PipeTargetTimestreamParameters.MultiMeasureMappings",
    ],
  ],
  [{ enum: ["s3"] }, ["EcsEnvironmentFile.type"]],
  [{ enum: ["GPU", "InferenceAccelerator"] }, ["EcsResourceRequirement.type"]],
  [{ range: [21, 200] }, ["EcsEphemeralStorage.sizeInGiB"]],
  [
    { length: [1, 128] },
    [
      "Tag.Key",
      "PipeTargetRedshiftDataParameters.DbUser",
      "PipeTargetEventBridgeEventBusParameters.DetailType",
      "PipeTargetTimestreamParameters.DimensionMappings",
    ],
  ],
  [{ range: [2, 10000] }, ["BatchArrayProperties.Size"]],
  [{ enum: ["GPU", "MEMORY", "VCPU"] }, ["BatchResourceRequirement.Type"]],
  [{ length: [0, 20] }, ["PipeTargetBatchJobParameters.DependsOn"]],
  [{ enum: ["N_TO_N", "SEQUENTIAL"] }, ["BatchJobDependency.Type"]],
  [
    { length: [0, 100] },
    ["PipeTargetSqsQueueParameters.MessageGroupId", "PipeTargetSqsQueueParameters.MessageDeduplicationId"],
  ],
  [
    {
      length: [1, 1600],
      pattern:
        "(^arn:aws([a-z]|\\-)*:secretsmanager:([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?):(\\d{12}):secret:.+)|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)",
    },
    ["PipeTargetRedshiftDataParameters.SecretManagerArn"],
  ],
  [{ length: [1, 64] }, ["PipeTargetRedshiftDataParameters.Database"]],
  [{ length: [1, 500] }, ["PipeTargetRedshiftDataParameters.StatementName"]],
  [{ length: [1, 40] }, ["PipeTargetRedshiftDataParameters.Sqls"]],
  [{ length: [0, 200] }, ["PipeTargetSageMakerPipelineParameters.PipelineParameterList"]],
  [
    { length: [1, 256], pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9])*|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)" },
    ["SageMakerPipelineParameter.Name"],
  ],
  [
    { length: [1, 50], pattern: "[A-Za-z0-9\\-]+[\\.][A-Za-z0-9\\-]+" },
    ["PipeTargetEventBridgeEventBusParameters.EndpointId"],
  ],
  [
    {
      length: [1, 256],
      pattern: ".*(?=[/\\.\\-_A-Za-z0-9]+)((?!aws\\.).*)|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*).*",
    },
    ["PipeTargetEventBridgeEventBusParameters.Source"],
  ],
  [
    {
      length: [0, 10],
      pattern:
        "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-]+):([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?)?:(\\d{12})?:(.+)|(\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*)",
    },
    ["PipeTargetEventBridgeEventBusParameters.Resources"],
  ],
  [
    { length: [1, 256], pattern: "\\$(\\.[\\w/_-]+(\\[(\\d+|\\*)\\])*)*" },
    ["PipeTargetEventBridgeEventBusParameters.Time", "PipeTargetCloudWatchLogsParameters.Timestamp"],
  ],
  [
    { length: [1, 256] },
    [
      "PipeTargetCloudWatchLogsParameters.LogStreamName",
      "PipeTargetTimestreamParameters.TimeValue",
      "PipeTargetTimestreamParameters.TimestampFormat",
      "PipeTargetTimestreamParameters.VersionValue",
      "DimensionMapping.DimensionName",
      "MultiMeasureMapping.MultiMeasureName",
      "MultiMeasureMapping.MultiMeasureAttributeMappings",
      "MultiMeasureAttributeMapping.MultiMeasureAttributeName",
    ],
  ],
  [
    { enum: ["MILLISECONDS", "SECONDS", "MICROSECONDS", "NANOSECONDS"] },
    ["PipeTargetTimestreamParameters.EpochTimeUnit"],
  ],
  [{ enum: ["EPOCH", "TIMESTAMP_FORMAT"] }, ["PipeTargetTimestreamParameters.TimeFieldType"]],
  [
    { length: [1, 2048] },
    [
      "DimensionMapping.DimensionValue",
      "SingleMeasureMapping.MeasureValue",
      "MultiMeasureAttributeMapping.MeasureValue",
      "ListPipesRequest.NextToken",
    ],
  ],
  [{ enum: ["VARCHAR"] }, ["DimensionMapping.DimensionValueType"]],
  [
    { enum: ["DOUBLE", "BIGINT", "VARCHAR", "BOOLEAN", "TIMESTAMP"] },
    ["SingleMeasureMapping.MeasureValueType", "MultiMeasureAttributeMapping.MeasureValueType"],
  ],
  [{ length: [1, 1024] }, ["SingleMeasureMapping.MeasureName"]],
  [
    { length: [1, 1600], pattern: "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z0-9+=,.@\\-_/]+" },
    ["CreatePipeRequest.RoleArn", "UpdatePipeRequest.RoleArn"],
  ],
  [{ length: [1, 50] }, ["CreatePipeRequest.Tags", "TagResourceRequest.tags"]],
  [{ length: [3, 63] }, ["S3LogDestinationParameters.BucketName"]],
  [{ pattern: "\\d{12}" }, ["S3LogDestinationParameters.BucketOwner"]],
  [{ enum: ["json", "plain", "w3c"] }, ["S3LogDestinationParameters.OutputFormat"]],
  [
    {
      length: [1, 1600],
      pattern:
        "(^arn:aws([a-z]|\\-)*:firehose:([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?):(\\d{12}):deliverystream/[a-zA-Z0-9_.-]{1,64})",
    },
    ["FirehoseLogDestinationParameters.DeliveryStreamArn"],
  ],
  [
    {
      length: [1, 1600],
      pattern:
        "(^arn:aws([a-z]|\\-)*:logs:([a-z]{2,4}((-gov)|(-de)|(-iso([a-z]?)))?-[a-z]+(-\\d{1})?):(\\d{12}):log-group:[\\.\\-_/#A-Za-z0-9]{1,512}(:\\*)?)",
    },
    ["CloudwatchLogsLogDestinationParameters.LogGroupArn"],
  ],
  [{ enum: ["OFF", "ERROR", "INFO", "TRACE"] }, ["PipeLogConfigurationParameters.Level"]],
  [{ enum: ["ALL"] }, ["PipeLogConfigurationParameters.IncludeExecutionData"]],
  [
    { length: [0, 2048], pattern: "[a-zA-Z0-9_\\-/:]*" },
    ["CreatePipeRequest.KmsKeyIdentifier", "UpdatePipeRequest.KmsKeyIdentifier"],
  ],
  [
    {
      enum: [
        "RUNNING",
        "STOPPED",
        "CREATING",
        "UPDATING",
        "DELETING",
        "STARTING",
        "STOPPING",
        "CREATE_FAILED",
        "UPDATE_FAILED",
        "START_FAILED",
        "STOP_FAILED",
        "DELETE_FAILED",
        "CREATE_ROLLBACK_FAILED",
        "DELETE_ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_FAILED",
      ],
    },
    ["ListPipesRequest.CurrentState"],
  ],
  [{ length: [1, 1600] }, ["ListPipesRequest.SourcePrefix", "ListPipesRequest.TargetPrefix"]],
  [{ range: [1, 100] }, ["ListPipesRequest.Limit"]],
  [
    {
      length: [1, 1600],
      pattern: "arn:aws([a-z]|\\-)*:([a-zA-Z0-9\\-]+):([a-z]|\\d|\\-)*:([0-9]{12})?:(.+)",
    },
    [
      "ListTagsForResourceRequest.resourceArn",
      "TagResourceRequest.resourceArn",
      "UntagResourceRequest.resourceArn",
    ],
  ],
  [{ length: [0, 50] }, ["UntagResourceRequest.tagKeys"]],
];

export const constraints: Constraints = Object.fromEntries(
  RULES.flatMap(([constraint, members]) => members.map((member) => [member, constraint])),
);
