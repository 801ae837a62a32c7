/**
 * The same of further services. Of `ReadOnlyAccess`, thousands of actions long, there is
 * what concerns the services of this platform.
 */
export const MORE_ACCESS_POLICIES = `
policy CloudWatchFullAccess v4 2015-02-06T18:40:00Z 2022-11-27T13:23:49Z
  allow autoscaling:Describe* cloudwatch:* logs:* sns:* iam:GetPolicy iam:GetPolicyVersion
    iam:GetRole oam:ListSinks
  allow iam:CreateServiceLinkedRole on
    arn:aws:iam::*:role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents* if
    { "StringLike": { "iam:AWSServiceName": "events.amazonaws.com"}}
  allow oam:ListAttachedLinks on arn:aws:oam:*:*:sink/*
policy CloudWatchReadOnlyAccess v24 2015-02-06T18:40:01Z 2026-02-12T18:01:50Z
  allow sid:CloudWatchReadOnlyAccessPermissions application-autoscaling:DescribeScalingPolicies
    application-signals:BatchGet* application-signals:Get* application-signals:List*
    autoscaling:Describe* cloudtrail:ListChannels cloudwatch:BatchGet* cloudwatch:Describe*
    cloudwatch:GenerateQuery cloudwatch:Get* cloudwatch:List* logs:Get* logs:List* logs:StartQuery
    logs:StopQuery logs:Describe* logs:TestMetricFilter logs:FilterLogEvents logs:StartLiveTail
    logs:StopLiveTail oam:ListSinks observabilityadmin:GetCentralizationRuleForOrganization
    observabilityadmin:ListCentralizationRulesForOrganization
    observabilityadmin:GetTelemetryEvaluationStatus
    observabilityadmin:GetTelemetryEvaluationStatusForOrganization
    observabilityadmin:GetTelemetryRule observabilityadmin:GetTelemetryRuleForOrganization
    observabilityadmin:ListResourceTelemetry observabilityadmin:ListResourceTelemetryForOrganization
    observabilityadmin:ListTelemetryRules observabilityadmin:ListTelemetryRulesForOrganization
    observabilityadmin:GetTelemetryEnrichmentStatus observabilityadmin:ListTagsForResource
    observabilityadmin:GetTelemetryPipeline observabilityadmin:ListTelemetryPipelines
    observabilityadmin:TestTelemetryPipeline
    observabilityadmin:ValidateTelemetryPipelineConfiguration
    observabilityadmin:GetS3TableIntegration observabilityadmin:ListS3TableIntegrations sns:Get*
    sns:List* rum:BatchGet* rum:Get* rum:List* synthetics:Describe* synthetics:Get* synthetics:List*
    xray:BatchGet* xray:Get* xray:List* xray:StartTraceRetrieval xray:CancelTraceRetrieval
  allow sid:OAMReadPermissions oam:ListAttachedLinks on arn:aws:oam:*:*:sink/*
  allow sid:CloudWatchReadOnlyGetRolePermissions iam:GetRole on
    arn:aws:iam::*:role/aws-service-role/application-signals.cloudwatch.amazonaws.com/
    +AWSServiceRoleForCloudWatchApplicationSignals
  allow sid:CloudWatchCloudTrailPermissions cloudtrail:GetChannel on
    arn:aws:cloudtrail:*:*:channel/aws-service-channel/application-signals/*
  allow sid:CloudWatchServiceQuotaPermissions servicequotas:GetServiceQuota on
    arn:aws:servicequotas:*:*:s3/* arn:aws:servicequotas:*:*:dynamodb/*
    arn:aws:servicequotas:*:*:kinesis/* arn:aws:servicequotas:*:*:sns/*
    arn:aws:servicequotas:*:*:bedrock/* arn:aws:servicequotas:*:*:lambda/*
    arn:aws:servicequotas:*:*:fargate/* arn:aws:servicequotas:*:*:elasticloadbalancing/*
    arn:aws:servicequotas:*:*:ec2/*
  allow sid:CloudWatchResourceExplorerPermissions resource-explorer-2:ListIndexes
    resource-explorer-2:Search on
    arn:aws:resource-explorer-2:*::view/AWSServiceViewForApplicationSignals/service-view
    arn:aws:resource-explorer-2:*::view/AWSServiceViewForApplicationSignalsOrgScopeProd/service-view
policy CloudWatchLogsFullAccess v8 2015-02-06T18:40:02Z 2026-02-12T18:00:33Z
  allow sid:CloudWatchLogsFullAccess logs:* cloudwatch:GenerateQuery
    cloudwatch:GenerateQueryResultsSummary observabilityadmin:GetS3TableIntegration
    observabilityadmin:ListS3TableIntegrations observabilityadmin:ListTelemetryPipelines
policy CloudWatchLogsReadOnlyAccess v12 2015-02-06T18:40:03Z 2026-02-12T17:59:13Z
  allow sid:CloudWatchLogsReadOnlyAccess logs:Describe* logs:Get* logs:List* logs:StartQuery
    logs:StopQuery logs:TestMetricFilter logs:FilterLogEvents logs:StartLiveTail logs:StopLiveTail
    cloudwatch:GenerateQuery cloudwatch:GenerateQueryResultsSummary
    observabilityadmin:ListS3TableIntegrations observabilityadmin:GetS3TableIntegration
    observabilityadmin:ListTelemetryPipelines
policy CloudWatchEventsFullAccess v5 2016-01-14T18:37:08Z 2026-02-12T18:00:32Z
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
  allow sid:IAMPassRoleForCloudWatchEvents iam:PassRole on
    arn:aws:iam::*:role/AWS_Events_Invoke_Targets
  allow sid:IAMPassRoleAccessForScheduler iam:PassRole on arn:aws:iam::*:role/* if { "StringEquals":
    { "iam:PassedToService": "scheduler.amazonaws.com"}}
  allow sid:IAMPassRoleAccessForPipes iam:PassRole on arn:aws:iam::*:role/* if { "StringEquals": {
    "iam:PassedToService": "pipes.amazonaws.com"}}
policy AWSStepFunctionsFullAccess v1 2017-01-11T21:51:32Z 2017-01-11T21:51:32Z
  allow states:*
policy AWSStepFunctionsReadOnlyAccess v4 2017-01-11T21:46:19Z 2024-04-26T18:53:54Z
  allow sid:ReadOnlyAccess states:ListStateMachines states:ListActivities
    states:DescribeStateMachine states:DescribeStateMachineForExecution states:ListExecutions
    states:DescribeExecution states:GetExecutionHistory states:DescribeActivity
    states:ListTagsForResource states:DescribeMapRun states:ListMapRuns
    states:DescribeStateMachineAlias states:ListStateMachineAliases states:ListStateMachineVersions
    states:ValidateStateMachineDefinition
policy AmazonSSMFullAccess v4 2015-05-29T17:39:47Z 2019-11-20T20:08:56Z
  allow cloudwatch:PutMetricData ds:CreateComputer ds:DescribeDirectories ec2:DescribeInstanceStatus
    logs:* ssm:* ec2messages:*
  allow iam:CreateServiceLinkedRole on
    arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM* if {
    "StringLike": { "iam:AWSServiceName": "ssm.amazonaws.com"}}
  allow iam:DeleteServiceLinkedRole iam:GetServiceLinkedRoleDeletionStatus on
    arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*
  allow ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel
    ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel
policy AmazonSSMReadOnlyAccess v1 2015-05-29T17:44:19Z 2015-05-29T17:44:19Z
  allow ssm:Describe* ssm:Get* ssm:List*
policy SecretsManagerReadWrite v5 2018-04-04T18:05:29Z 2024-02-22T18:12:06Z
  allow sid:BasePermissions secretsmanager:* cloudformation:CreateChangeSet
    cloudformation:DescribeChangeSet cloudformation:DescribeStackResource
    cloudformation:DescribeStacks cloudformation:ExecuteChangeSet docdb-elastic:GetCluster
    docdb-elastic:ListClusters ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs
    kms:DescribeKey kms:ListAliases kms:ListKeys lambda:ListFunctions rds:DescribeDBClusters
    rds:DescribeDBInstances redshift:DescribeClusters redshift-serverless:ListWorkgroups
    redshift-serverless:GetNamespace tag:GetResources
  allow sid:LambdaPermissions lambda:AddPermission lambda:CreateFunction lambda:GetFunction
    lambda:InvokeFunction lambda:UpdateFunctionConfiguration on
    arn:aws:lambda:*:*:function:SecretsManager*
  allow sid:SARPermissions serverlessrepo:CreateCloudFormationChangeSet
    serverlessrepo:GetApplication on arn:aws:serverlessrepo:*:*:applications/SecretsManager*
  allow sid:S3Permissions s3:GetObject on arn:aws:s3:::awsserverlessrepo-changesets*
    arn:aws:s3:::secrets-manager-rotation-apps-*/*
policy AWSKeyManagementServicePowerUser v2 2015-02-06T18:40:40Z 2017-03-07T00:55:11Z
  allow kms:CreateAlias kms:CreateKey kms:DeleteAlias kms:Describe* kms:GenerateRandom kms:Get*
    kms:List* kms:TagResource kms:UntagResource iam:ListGroups iam:ListRoles iam:ListUsers
policy AWSCloudFormationFullAccess v1 2019-07-26T21:50:35Z 2019-07-26T21:50:35Z
  allow cloudformation:*
policy AWSCloudFormationReadOnlyAccess v7 2015-02-06T18:39:49Z 2026-02-12T18:02:00Z
  allow cloudformation:Describe* cloudformation:BatchDescribe* cloudformation:EstimateTemplateCost
    cloudformation:Get* cloudformation:List* cloudformation:ValidateTemplate cloudformation:Detect*
policy AWSCodeDeployFullAccess v6 2015-05-19T18:13:23Z 2026-02-12T17:58:37Z
  allow codedeploy:*
  allow sid:CodeStarNotificationsReadWriteAccess codestar-notifications:CreateNotificationRule
    codestar-notifications:DescribeNotificationRule codestar-notifications:UpdateNotificationRule
    codestar-notifications:DeleteNotificationRule codestar-notifications:Subscribe
    codestar-notifications:Unsubscribe if { "ArnLike": {
    "codestar-notifications:NotificationsForResource": "arn:aws:codedeploy:*:*:application:*"}}
  allow sid:CodeStarNotificationsListAccess codestar-notifications:ListNotificationRules
    codestar-notifications:ListTargets codestar-notifications:ListTagsforResource
    codestar-notifications:ListEventTypes
  allow sid:CodeStarNotificationsSNSTopicCreateAccess sns:CreateTopic sns:SetTopicAttributes on
    arn:aws:sns:*:*:codestar-notifications*
  allow sid:CodeStarNotificationsChatbotAccess chatbot:DescribeSlackChannelConfigurations
  allow sid:SNSTopicListAccess sns:ListTopics
policy AmazonEC2ContainerRegistryReadOnly v3 2015-12-21T17:04:15Z 2019-12-10T20:56:32Z
  allow ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer
    ecr:GetRepositoryPolicy ecr:DescribeRepositories ecr:ListImages ecr:DescribeImages
    ecr:BatchGetImage ecr:GetLifecyclePolicy ecr:GetLifecyclePolicyPreview ecr:ListTagsForResource
    ecr:DescribeImageScanFindings
policy AmazonEC2ContainerRegistryPowerUser v3 2015-12-21T17:05:33Z 2019-12-10T20:48:08Z
  allow ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer
    ecr:GetRepositoryPolicy ecr:DescribeRepositories ecr:ListImages ecr:DescribeImages
    ecr:BatchGetImage ecr:GetLifecyclePolicy ecr:GetLifecyclePolicyPreview ecr:ListTagsForResource
    ecr:DescribeImageScanFindings ecr:InitiateLayerUpload ecr:UploadLayerPart
    ecr:CompleteLayerUpload ecr:PutImage
policy AmazonEC2ContainerRegistryFullAccess v3 2015-12-21T17:06:48Z 2020-12-05T00:04:19Z
  allow ecr:* cloudtrail:LookupEvents
  allow iam:CreateServiceLinkedRole if { "StringEquals": { "iam:AWSServiceName":
    ["replication.ecr.amazonaws.com"]}}
policy AmazonEC2FullAccess v5 2015-02-06T18:40:15Z 2018-11-27T02:16:56Z
  allow ec2:*
  allow elasticloadbalancing:*
  allow cloudwatch:*
  allow autoscaling:*
  allow iam:CreateServiceLinkedRole if { "StringEquals": { "iam:AWSServiceName":
    ["autoscaling.amazonaws.com", "ec2scheduled.amazonaws.com",
    "elasticloadbalancing.amazonaws.com", "spot.amazonaws.com", "spotfleet.amazonaws.com",
    "transitgateway.amazonaws.com"]}}
policy AmazonEC2ReadOnlyAccess v5 2015-02-06T18:40:17Z 2026-02-12T18:03:17Z
  allow ec2:Describe* ec2:GetSecurityGroupsForVpc
  allow elasticloadbalancing:Describe*
  allow cloudwatch:ListMetrics cloudwatch:GetMetricStatistics cloudwatch:Describe*
  allow autoscaling:Describe*
policy AmazonRDSDataFullAccess v3 2018-11-20T21:29:36Z 2019-11-20T21:58:46Z
  allow sid:SecretsManagerDbCredentialsAccess secretsmanager:GetSecretValue
    secretsmanager:PutResourcePolicy secretsmanager:PutSecretValue secretsmanager:DeleteSecret
    secretsmanager:DescribeSecret secretsmanager:TagResource on
    arn:aws:secretsmanager:*:*:secret:rds-db-credentials/*
  allow sid:RDSDataServiceAccess dbqms:CreateFavoriteQuery dbqms:DescribeFavoriteQueries
    dbqms:UpdateFavoriteQuery dbqms:DeleteFavoriteQueries dbqms:GetQueryString
    dbqms:CreateQueryHistory dbqms:DescribeQueryHistory dbqms:UpdateQueryHistory
    dbqms:DeleteQueryHistory rds-data:ExecuteSql rds-data:ExecuteStatement
    rds-data:BatchExecuteStatement rds-data:BeginTransaction rds-data:CommitTransaction
    rds-data:RollbackTransaction secretsmanager:CreateSecret secretsmanager:ListSecrets
    secretsmanager:GetRandomPassword tag:GetResources
policy AmazonCognitoPowerUser v9 2015-03-24T17:14:56Z 2026-02-12T18:00:09Z
  allow cognito-identity:* cognito-idp:* cognito-sync:* iam:ListRoles iam:ListOpenIdConnectProviders
    iam:GetRole iam:ListSAMLProviders iam:GetSAMLProvider kinesis:ListStreams lambda:GetPolicy
    lambda:ListFunctions sns:GetSMSSandboxAccountStatus sns:ListPlatformApplications
    ses:ListIdentities ses:GetIdentityVerificationAttributes mobiletargeting:GetApps
    acm:ListCertificates sms-voice:DescribeAccountAttributes
  allow iam:CreateServiceLinkedRole if { "StringEquals": { "iam:AWSServiceName":
    ["cognito-idp.amazonaws.com", "email.cognito-idp.amazonaws.com"]}}
  allow iam:DeleteServiceLinkedRole iam:GetServiceLinkedRoleDeletionStatus on
    arn:aws:iam::*:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp*
    arn:aws:iam::*:role/aws-service-role/email.cognito-idp.amazonaws.com/
    +AWSServiceRoleForAmazonCognitoIdpEmail*
policy AmazonCognitoReadOnly v4 2015-03-24T17:06:46Z 2019-08-01T19:21:04Z
  allow cognito-identity:Describe* cognito-identity:Get* cognito-identity:List*
    cognito-idp:Describe* cognito-idp:AdminGet* cognito-idp:AdminList* cognito-idp:List*
    cognito-idp:Get* cognito-sync:Describe* cognito-sync:Get* cognito-sync:List*
    iam:ListOpenIdConnectProviders iam:ListRoles sns:ListPlatformApplications
policy AmazonSESFullAccess v1 2015-02-06T18:41:02Z 2015-02-06T18:41:02Z
  allow ses:*
policy AmazonRekognitionFullAccess v1 2016-11-30T14:40:44Z 2016-11-30T14:40:44Z
  allow rekognition:*
policy AmazonTextractFullAccess v1 2018-11-28T19:07:42Z 2018-11-28T19:07:42Z
  allow textract:*
policy ComprehendFullAccess v2 2017-11-29T18:08:43Z 2017-12-05T01:36:24Z
  allow comprehend:* s3:ListAllMyBuckets s3:ListBucket s3:GetBucketLocation iam:ListRoles
    iam:GetRole
policy TranslateFullAccess v2 2018-11-27T23:36:20Z 2020-01-08T21:22:27Z
  allow translate:* comprehend:DetectDominantLanguage cloudwatch:GetMetricStatistics
    cloudwatch:ListMetrics s3:ListAllMyBuckets s3:ListBucket s3:GetBucketLocation iam:ListRoles
    iam:GetRole
policy AmazonPollyFullAccess v1 2016-11-30T18:59:06Z 2016-11-30T18:59:06Z
  allow polly:*
policy AWSIoTFullAccess v2 2015-10-08T15:19:49Z 2022-05-19T21:39:11Z
  allow iot:* iotjobsdata:*
policy AWSIoTDataAccess v3 2015-10-27T21:51:18Z 2021-06-23T21:34:47Z
  allow iot:Connect iot:Publish iot:Subscribe iot:Receive iot:GetThingShadow iot:UpdateThingShadow
    iot:DeleteThingShadow iot:ListNamedShadowsForThing
policy AWSSupportAccess v4 2015-02-06T18:41:11Z 2026-02-12T17:59:31Z
  allow support:* support-console:*
policy AmazonOpenSearchServiceFullAccess v1 2021-09-08T05:33:47Z 2021-09-08T05:33:47Z
  allow es:*
policy ReadOnlyAccess v182 2015-02-06T18:39:48Z 2026-04-03T15:27:12Z
  allow sid:ReadOnlyActionsGroup1 apigateway:GET apigateway:GetPortal apigateway:GetPortalProduct
    apigateway:GetProductPage apigateway:GetProductRestEndpointPage apigateway:GetRoutingRule
    apigateway:ListPortalProducts apigateway:ListPortals apigateway:ListProductPages
    apigateway:ListProductRestEndpointPages apigateway:ListRoutingRules
    application-autoscaling:Describe* application-autoscaling:GetPredictiveScalingForecast
    application-autoscaling:ListTagsForResource cloudformation:BatchDescribeTypeConfigurations
    cloudformation:Describe* cloudformation:Detect* cloudformation:Estimate* cloudformation:Get*
    cloudformation:List* cloudformation:ValidateTemplate cloudwatch:Describe*
    cloudwatch:GenerateQuery cloudwatch:GenerateQueryResultsSummary cloudwatch:Get* cloudwatch:List*
    codedeploy:BatchGet* codedeploy:Get* codedeploy:List* dynamodb:BatchGet* dynamodb:Describe*
    dynamodb:Get* dynamodb:List* dynamodb:PartiQLSelect dynamodb:Query dynamodb:Scan ecr:BatchCheck*
    ecr:BatchGet* ecr:Describe* ecr:Get* ecr:List* events:Describe* events:List* events:Test*
    iam:Generate* iam:Get* iam:List* iam:Simulate*
  allow sid:ReadOnlyActionsGroup2 kinesis:Describe* kinesis:Get* kinesis:List* kms:Describe*
    kms:Get* kms:List* lambda:Get* lambda:List* logs:Describe* logs:FilterLogEvents logs:Get*
    logs:ListAggregateLogGroupSummaries logs:ListAnomalies logs:ListEntitiesForLogGroup
    logs:ListIntegrations logs:ListLogAnomalyDetectors logs:ListLogDeliveries
    logs:ListLogGroupsForEntity logs:ListLogGroupsForQuery logs:ListScheduledQueries
    logs:ListSourcesForS3TableIntegration logs:ListTagsForResource logs:ListTagsLogGroup
    logs:StartLiveTail logs:StartQuery logs:StopLiveTail logs:StopQuery logs:TestMetricFilter
    pipes:DescribePipe pipes:ListPipes pipes:ListTagsForResource s3:DescribeJob s3:Get* s3:List*
    scheduler:GetSchedule scheduler:GetScheduleGroup scheduler:ListScheduleGroups
    scheduler:ListSchedules scheduler:ListTagsForResource secretsmanager:Describe*
    secretsmanager:GetResourcePolicy secretsmanager:List* sns:Check* sns:Get* sns:List* sqs:Get*
    sqs:List* sqs:Receive* ssm:Describe* ssm:Get* ssm:List* states:Describe*
    states:GetExecutionHistory states:List* states:ValidateStateMachineDefinition
    sts:GetAccessKeyInfo sts:GetCallerIdentity sts:GetSessionToken tag:DescribeReportCreation
    tag:Get* xray:BatchGet* xray:CancelTraceRetrieval xray:Get* xray:ListResourcePolicies
    xray:ListRetrievedTraces xray:ListTagsForResource xray:StartTraceRetrieval
`;
