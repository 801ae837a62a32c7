/** Whole services, for people and tools. The notation is told in `notation.ts`. */
export const ACCESS_POLICIES = `
policy AdministratorAccess v1 2015-02-06T18:39:46Z 2015-02-06T18:39:46Z
  allow *
policy PowerUserAccess v12 2015-02-06T18:39:47Z 2026-02-12T17:59:14Z
  allow all-but iam:* organizations:* account:*
  allow account:GetAccountInformation account:GetGovCloudAccountInformation account:GetPrimaryEmail
    account:ListRegions iam:CreateServiceLinkedRole iam:DeleteServiceLinkedRole iam:ListRoles
    organizations:DescribeEffectivePolicy organizations:DescribeOrganization
policy IAMFullAccess v2 2015-02-06T18:40:38Z 2019-06-21T19:40:00Z
  allow iam:* organizations:DescribeAccount organizations:DescribeOrganization
    organizations:DescribeOrganizationalUnit organizations:DescribePolicy organizations:ListChildren
    organizations:ListParents organizations:ListPoliciesForTarget organizations:ListRoots
    organizations:ListPolicies organizations:ListTargetsForPolicy
policy IAMReadOnlyAccess v4 2015-02-06T18:40:39Z 2018-01-25T19:11:27Z
  allow iam:GenerateCredentialReport iam:GenerateServiceLastAccessedDetails iam:Get* iam:List*
    iam:SimulateCustomPolicy iam:SimulatePrincipalPolicy
policy AWSLambda_FullAccess v7 2020-11-17T21:14:08Z 2026-02-12T18:00:51Z
  allow cloudformation:DescribeStacks cloudformation:ListStackResources cloudwatch:ListMetrics
    cloudwatch:GetMetricData ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs
    kms:DescribeKey kms:ListAliases iam:GetPolicy iam:GetPolicyVersion iam:GetRole iam:GetRolePolicy
    iam:ListAttachedRolePolicies iam:ListRolePolicies iam:ListRoles lambda:* logs:DescribeLogGroups
    states:DescribeStateMachine states:ListStateMachines tag:GetResources xray:GetTraceSummaries
    xray:BatchGetTraces
  allow iam:PassRole if { "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com"}}
  allow logs:DescribeLogStreams logs:GetLogEvents logs:FilterLogEvents logs:StartLiveTail
    logs:StopLiveTail on arn:aws:logs:*:*:log-group:/aws/lambda/*
  allow iam:CreateServiceLinkedRole on
    arn:aws:iam::*:role/aws-service-role/lambda.amazonaws.com/AWSServiceRoleForLambda if {
    "StringEquals": { "iam:AWSServiceName": "lambda.amazonaws.com"}}
policy AWSLambda_ReadOnlyAccess v5 2020-11-17T21:10:32Z 2026-02-12T18:02:55Z
  allow cloudformation:DescribeStacks cloudformation:ListStacks cloudformation:ListStackResources
    cloudwatch:GetMetricData cloudwatch:ListMetrics ec2:DescribeSecurityGroups ec2:DescribeSubnets
    ec2:DescribeVpcs kms:ListAliases iam:GetPolicy iam:GetPolicyVersion iam:GetRole
    iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies iam:ListRoles
    logs:DescribeLogGroups lambda:Get* lambda:List* states:DescribeStateMachine
    states:ListStateMachines tag:GetResources xray:GetTraceSummaries xray:BatchGetTraces
  allow logs:DescribeLogStreams logs:GetLogEvents logs:FilterLogEvents logs:StartQuery
    logs:StopQuery logs:DescribeQueries logs:GetLogGroupFields logs:GetLogRecord
    logs:GetQueryResults logs:StartLiveTail logs:StopLiveTail on
    arn:aws:logs:*:*:log-group:/aws/lambda/*
policy AWSXrayFullAccess v2 2016-12-01T18:30:55Z 2024-04-11T17:07:36Z
  allow sid:AWSXrayFullAccess xray:*
policy AWSXrayReadOnlyAccess v8 2016-12-01T18:27:02Z 2024-02-14T00:35:02Z
  allow sid:AWSXrayReadOnlyAccess xray:GetSamplingRules xray:GetSamplingTargets
    xray:GetSamplingStatisticSummaries xray:BatchGetTraces xray:BatchGetTraceSummaryById
    xray:GetDistinctTraceGraphs xray:GetServiceGraph xray:GetTraceGraph xray:GetTraceSummaries
    xray:GetGroups xray:GetGroup xray:ListTagsForResource xray:ListResourcePolicies
    xray:GetTimeSeriesServiceStatistics xray:GetInsightSummaries xray:GetInsight
    xray:GetInsightEvents xray:GetInsightImpactGraph
policy AmazonAPIGatewayInvokeFullAccess v2 2015-07-09T17:36:12Z 2018-12-18T18:25:10Z
  allow execute-api:Invoke execute-api:ManageConnections on arn:aws:execute-api:*:*:*
policy AmazonAPIGatewayAdministrator v1 2015-07-09T17:34:45Z 2015-07-09T17:34:45Z
  allow apigateway:* on arn:aws:apigateway:*::/*
policy AmazonS3FullAccess v2 2015-02-06T18:40:58Z 2021-09-27T20:16:37Z
  allow s3:* s3-object-lambda:*
policy AmazonS3ReadOnlyAccess v3 2015-02-06T18:40:59Z 2023-08-10T21:31:39Z
  allow s3:Get* s3:List* s3:Describe* s3-object-lambda:Get* s3-object-lambda:List*
policy AmazonDynamoDBFullAccess v15 2015-02-06T18:40:11Z 2021-01-29T17:38:30Z
  allow dynamodb:* dax:* application-autoscaling:DeleteScalingPolicy
    application-autoscaling:DeregisterScalableTarget application-autoscaling:DescribeScalableTargets
    application-autoscaling:DescribeScalingActivities
    application-autoscaling:DescribeScalingPolicies application-autoscaling:PutScalingPolicy
    application-autoscaling:RegisterScalableTarget cloudwatch:DeleteAlarms
    cloudwatch:DescribeAlarmHistory cloudwatch:DescribeAlarms cloudwatch:DescribeAlarmsForMetric
    cloudwatch:GetMetricStatistics cloudwatch:ListMetrics cloudwatch:PutMetricAlarm
    cloudwatch:GetMetricData datapipeline:ActivatePipeline datapipeline:CreatePipeline
    datapipeline:DeletePipeline datapipeline:DescribeObjects datapipeline:DescribePipelines
    datapipeline:GetPipelineDefinition datapipeline:ListPipelines datapipeline:PutPipelineDefinition
    datapipeline:QueryObjects ec2:DescribeVpcs ec2:DescribeSubnets ec2:DescribeSecurityGroups
    iam:GetRole iam:ListRoles kms:DescribeKey kms:ListAliases sns:CreateTopic sns:DeleteTopic
    sns:ListSubscriptions sns:ListSubscriptionsByTopic sns:ListTopics sns:Subscribe sns:Unsubscribe
    sns:SetTopicAttributes lambda:CreateFunction lambda:ListFunctions lambda:ListEventSourceMappings
    lambda:CreateEventSourceMapping lambda:DeleteEventSourceMapping lambda:GetFunctionConfiguration
    lambda:DeleteFunction resource-groups:ListGroups resource-groups:ListGroupResources
    resource-groups:GetGroup resource-groups:GetGroupQuery resource-groups:DeleteGroup
    resource-groups:CreateGroup tag:GetResources kinesis:ListStreams kinesis:DescribeStream
    kinesis:DescribeStreamSummary
  allow cloudwatch:GetInsightRuleReport on
    arn:aws:cloudwatch:*:*:insight-rule/DynamoDBContributorInsights*
  allow iam:PassRole if { "StringLike": { "iam:PassedToService":
    ["application-autoscaling.amazonaws.com", "application-autoscaling.amazonaws.com.cn",
    "dax.amazonaws.com"]}}
  allow iam:CreateServiceLinkedRole if { "StringEquals": { "iam:AWSServiceName":
    ["replication.dynamodb.amazonaws.com", "dax.amazonaws.com",
    "dynamodb.application-autoscaling.amazonaws.com", "contributorinsights.dynamodb.amazonaws.com",
    "kinesisreplication.dynamodb.amazonaws.com"]}}
policy AmazonDynamoDBFullAccess_v2 v3 2025-05-22T14:52:06Z 2026-02-12T18:02:57Z
  allow sid:DDBAndDAXFullAccess dynamodb:* dax:*
  allow sid:KMSIntegration kms:DescribeKey kms:ListAliases
  allow sid:LambdaIntegration lambda:ListEventSourceMappings lambda:ListFunctions
  allow sid:DaxSNSIntegration sns:ListTopics
  allow sid:ApplicationAutoscalingIntegration application-autoscaling:DeleteScalingPolicy
    application-autoscaling:DeregisterScalableTarget application-autoscaling:PutScalingPolicy
    application-autoscaling:RegisterScalableTarget if { "StringEquals": {
    "application-autoscaling:service-namespace": "dynamodb"}}
  allow sid:ApplicationAutoscalingDescribeActions application-autoscaling:DescribeScalableTargets
    application-autoscaling:DescribeScalingActivities
    application-autoscaling:DescribeScalingPolicies
  allow sid:TagManagement tag:GetResources
  allow sid:CloudwatchMonitoring cloudwatch:DescribeAlarms cloudwatch:GetMetricStatistics
    cloudwatch:GetMetricData
  allow sid:ListKinesisResources kinesis:ListStreams kinesis:DescribeStream
    kinesis:DescribeStreamSummary
  allow sid:ListEC2ResourcesForDaxClusterCreation ec2:DescribeVpcs ec2:DescribeSubnets
    ec2:DescribeSecurityGroups
  allow sid:CloudwatchInsightsRules cloudwatch:GetInsightRuleReport on
    arn:aws:cloudwatch:*:*:insight-rule/DynamoDBContributorInsights*
  allow sid:ServiceRoleCreation iam:CreateServiceLinkedRole if { "StringEquals": {
    "iam:AWSServiceName": ["replication.dynamodb.amazonaws.com", "dax.amazonaws.com",
    "dynamodb.application-autoscaling.amazonaws.com", "contributorinsights.dynamodb.amazonaws.com",
    "kinesisreplication.dynamodb.amazonaws.com"]}}
  allow sid:IamIntegration iam:ListRoles
policy AmazonDynamoDBReadOnlyAccess v15 2015-02-06T18:40:12Z 2024-11-18T17:38:15Z
  allow sid:GeneralReadOnlyAccess application-autoscaling:DescribeScalableTargets
    application-autoscaling:DescribeScalingActivities
    application-autoscaling:DescribeScalingPolicies cloudwatch:DescribeAlarmHistory
    cloudwatch:DescribeAlarms cloudwatch:DescribeAlarmsForMetric cloudwatch:GetMetricStatistics
    cloudwatch:ListMetrics cloudwatch:GetMetricData datapipeline:DescribeObjects
    datapipeline:DescribePipelines datapipeline:GetPipelineDefinition datapipeline:ListPipelines
    datapipeline:QueryObjects dynamodb:BatchGetItem dynamodb:Describe* dynamodb:List*
    dynamodb:GetAbacStatus dynamodb:GetItem dynamodb:GetResourcePolicy dynamodb:Query dynamodb:Scan
    dynamodb:PartiQLSelect dax:Describe* dax:List* dax:GetItem dax:BatchGetItem dax:Query dax:Scan
    ec2:DescribeVpcs ec2:DescribeSubnets ec2:DescribeSecurityGroups iam:GetRole iam:ListRoles
    kms:DescribeKey kms:ListAliases sns:ListSubscriptionsByTopic sns:ListTopics lambda:ListFunctions
    lambda:ListEventSourceMappings lambda:GetFunctionConfiguration resource-groups:ListGroups
    resource-groups:ListGroupResources resource-groups:GetGroup resource-groups:GetGroupQuery
    tag:GetResources kinesis:ListStreams kinesis:DescribeStream kinesis:DescribeStreamSummary
  allow sid:CCIAccess cloudwatch:GetInsightRuleReport on
    arn:aws:cloudwatch:*:*:insight-rule/DynamoDBContributorInsights*
policy AmazonSQSFullAccess v1 2015-02-06T18:41:07Z 2015-02-06T18:41:07Z
  allow sqs:*
policy AmazonSQSReadOnlyAccess v4 2015-02-06T18:41:08Z 2024-05-24T18:16:44Z
  allow sid:AmazonSQSReadOnlyAccess sqs:GetQueueAttributes sqs:GetQueueUrl
    sqs:ListDeadLetterSourceQueues sqs:ListQueues sqs:ListMessageMoveTasks sqs:ListQueueTags
policy AmazonSNSFullAccess v2 2015-02-06T18:41:05Z 2024-09-24T22:32:05Z
  allow sid:SNSFullAccess sns:*
  allow sid:SMSAccessViaSNS sms-voice:DescribeVerifiedDestinationNumbers
    sms-voice:CreateVerifiedDestinationNumber sms-voice:SendDestinationNumberVerificationCode
    sms-voice:SendTextMessage sms-voice:DeleteVerifiedDestinationNumber
    sms-voice:VerifyDestinationNumber sms-voice:DescribeAccountAttributes
    sms-voice:DescribeSpendLimits sms-voice:DescribePhoneNumbers
    sms-voice:SetTextMessageSpendLimitOverride sms-voice:DescribeOptedOutNumbers
    sms-voice:DeleteOptedOutNumber if { "StringEquals": { "aws:CalledViaLast": "sns.amazonaws.com"}}
policy AmazonSNSReadOnlyAccess v2 2015-02-06T18:41:06Z 2024-09-24T22:13:12Z
  allow sid:SNSReadOnlyAccess sns:GetTopicAttributes sns:List* sns:CheckIfPhoneNumberIsOptedOut
    sns:GetEndpointAttributes sns:GetDataProtectionPolicy sns:GetPlatformApplicationAttributes
    sns:GetSMSAttributes sns:GetSMSSandboxAccountStatus sns:GetSubscriptionAttributes
  allow sid:SMSAccessViaSNS sms-voice:DescribeVerifiedDestinationNumbers
    sms-voice:DescribeAccountAttributes sms-voice:DescribeSpendLimits sms-voice:DescribePhoneNumbers
    sms-voice:DescribeOptedOutNumbers if { "StringEquals": { "aws:CalledViaLast":
    "sns.amazonaws.com"}}
policy AmazonKinesisFullAccess v1 2015-02-06T18:40:29Z 2015-02-06T18:40:29Z
  allow kinesis:*
policy AmazonKinesisReadOnlyAccess v1 2015-02-06T18:40:30Z 2015-02-06T18:40:30Z
  allow kinesis:Get* kinesis:List* kinesis:Describe*
policy AmazonKinesisFirehoseFullAccess v1 2015-10-07T18:45:26Z 2015-10-07T18:45:26Z
  allow firehose:*
policy AmazonEventBridgeFullAccess v7 2019-07-11T14:08:55Z 2026-02-12T17:58:25Z
  allow sid:EventBridgeActions events:* schemas:* scheduler:* pipes:*
  allow sid:IAMCreateServiceLinkedRoleForApiDestinations iam:CreateServiceLinkedRole on
    arn:aws:iam::*:role/aws-service-role/apidestinations.events.amazonaws.com/
    +AWSServiceRoleForAmazonEventBridgeApiDestinations if { "StringEquals": { "iam:AWSServiceName":
    "apidestinations.events.amazonaws.com"}}
  allow sid:IAMCreateServiceLinkedRoleForAmazonEventBridgeSchemas iam:CreateServiceLinkedRole on
    arn:aws:iam::*:role/aws-service-role/schemas.amazonaws.com/AWSServiceRoleForSchemas if {
    "StringEquals": { "iam:AWSServiceName": "schemas.amazonaws.com"}}
  allow sid:SecretsManagerAccessForApiDestinations secretsmanager:CreateSecret
    secretsmanager:UpdateSecret secretsmanager:DeleteSecret secretsmanager:GetSecretValue
    secretsmanager:PutSecretValue on arn:aws:secretsmanager:*:*:secret:events!*
  allow sid:IAMPassRoleAccessForEventBridge iam:PassRole on arn:aws:iam::*:role/* if { "StringLike":
    { "iam:PassedToService": "events.amazonaws.com"}}
  allow sid:IAMPassRoleAccessForScheduler iam:PassRole on arn:aws:iam::*:role/* if { "StringLike": {
    "iam:PassedToService": "scheduler.amazonaws.com"}}
  allow sid:IAMPassRoleAccessForPipes iam:PassRole on arn:aws:iam::*:role/* if { "StringLike": {
    "iam:PassedToService": "pipes.amazonaws.com"}}
policy AmazonEventBridgeReadOnlyAccess v6 2019-07-11T13:59:07Z 2022-12-01T17:02:48Z
  allow events:DescribeRule events:DescribeEventBus events:DescribeEventSource events:ListEventBuses
    events:ListEventSources events:ListRuleNamesByTarget events:ListRules events:ListTargetsByRule
    events:TestEventPattern events:DescribeArchive events:ListArchives events:DescribeReplay
    events:ListReplays events:DescribeConnection events:ListConnections
    events:DescribeApiDestination events:ListApiDestinations events:DescribeEndpoint
    events:ListEndpoints schemas:DescribeCodeBinding schemas:DescribeDiscoverer
    schemas:DescribeRegistry schemas:DescribeSchema schemas:ExportSchema
    schemas:GetCodeBindingSource schemas:GetDiscoveredSchema schemas:GetResourcePolicy
    schemas:ListDiscoverers schemas:ListRegistries schemas:ListSchemas schemas:ListSchemaVersions
    schemas:ListTagsForResource schemas:SearchSchemas scheduler:GetSchedule
    scheduler:GetScheduleGroup scheduler:ListSchedules scheduler:ListScheduleGroups
    scheduler:ListTagsForResource pipes:DescribePipe pipes:ListPipes pipes:ListTagsForResource
policy AmazonEventBridgeSchedulerFullAccess v4 2022-11-10T18:37:25Z 2026-02-12T18:03:15Z
  allow scheduler:*
  allow iam:PassRole on arn:aws:iam::*:role/* if { "StringLike": { "iam:PassedToService":
    "scheduler.amazonaws.com"}}
policy AmazonEventBridgePipesFullAccess v1 2022-12-01T17:03:20Z 2022-12-01T17:03:20Z
  allow sid:EventBridgePipesActions pipes:*
  allow sid:IAMPassRoleAccessForPipes iam:PassRole on arn:aws:iam::*:role/* if { "StringLike": {
    "iam:PassedToService": "pipes.amazonaws.com"}}
`;
