/** What functions, servers and services run with. The notation is told in `notation.ts`. */
export const ROLE_POLICIES = `
policy service-role/AWSLambdaBasicExecutionRole v1 2015-04-09T15:03:43Z 2015-04-09T15:03:43Z
  allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents
policy service-role/AWSLambdaVPCAccessExecutionRole v3 2016-02-11T23:15:26Z 2024-01-05T22:38:26Z
  allow sid:AWSLambdaVPCAccessExecutionPermissions logs:CreateLogGroup logs:CreateLogStream
    logs:PutLogEvents ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets
    ec2:DeleteNetworkInterface ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses
policy service-role/AWSLambdaSQSQueueExecutionRole v1 2018-06-14T21:50:45Z 2018-06-14T21:50:45Z
  allow sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes logs:CreateLogGroup
    logs:CreateLogStream logs:PutLogEvents
policy service-role/AWSLambdaKinesisExecutionRole v2 2015-04-09T15:14:16Z 2018-11-19T20:09:24Z
  allow kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords
    kinesis:GetShardIterator kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard
    logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents
policy service-role/AWSLambdaDynamoDBExecutionRole v1 2015-04-09T15:09:29Z 2015-04-09T15:09:29Z
  allow dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams
    logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents
policy service-role/AWSLambdaMSKExecutionRole v2 2020-08-11T17:35:05Z 2022-08-02T20:08:02Z
  allow kafka:DescribeCluster kafka:DescribeClusterV2 kafka:GetBootstrapBrokers
    ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeVpcs
    ec2:DeleteNetworkInterface ec2:DescribeSubnets ec2:DescribeSecurityGroups logs:CreateLogGroup
    logs:CreateLogStream logs:PutLogEvents
policy service-role/AWSLambdaENIManagementAccess v2 2016-12-06T00:37:27Z 2020-10-01T20:07:26Z
  allow ec2:CreateNetworkInterface ec2:DescribeNetworkInterfaces ec2:DeleteNetworkInterface
    ec2:AssignPrivateIpAddresses ec2:UnassignPrivateIpAddresses
policy service-role/AWSLambdaRole v1 2015-02-06T18:41:28Z 2015-02-06T18:41:28Z
  allow lambda:InvokeFunction
policy AWSLambdaExecute v1 2015-02-06T18:40:46Z 2015-02-06T18:40:46Z
  allow logs:* on arn:aws:logs:*:*:*
  allow s3:GetObject s3:PutObject on arn:aws:s3:::*
policy AWSLambdaInvocation-DynamoDB v1 2015-02-06T18:40:47Z 2015-02-06T18:40:47Z
  allow lambda:InvokeFunction
  allow dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams
policy AWSXRayDaemonWriteAccess v2 2018-08-28T23:00:33Z 2024-02-13T21:58:30Z
  allow sid:AWSXRayDaemonWriteAccess xray:PutTraceSegments xray:PutTelemetryRecords
    xray:GetSamplingRules xray:GetSamplingTargets xray:GetSamplingStatisticSummaries
policy AWSXrayWriteOnlyAccess v2 2016-12-01T18:19:53Z 2018-08-28T23:03:04Z
  allow xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets
    xray:GetSamplingStatisticSummaries
policy CloudWatchLambdaInsightsExecutionRolePolicy v1 2020-10-07T19:27:06Z 2020-10-07T19:27:06Z
  allow logs:CreateLogGroup
  allow logs:CreateLogStream logs:PutLogEvents on arn:aws:logs:*:*:log-group:/aws/lambda-insights:*
policy CloudWatchLambdaApplicationSignalsExecutionRolePolicy v1 2024-10-16T19:09:17Z 2024-10-16T19:09:17Z
  allow sid:CloudWatchApplicationSignalsXrayWritePermissions xray:PutTraceSegments if {
    "StringEquals": { "aws:ResourceAccount": "\${ aws:PrincipalAccount}"}}
  allow sid:CloudWatchApplicationSignalsLogGroupWritePermissions logs:CreateLogGroup
    logs:CreateLogStream logs:PutLogEvents on
    arn:aws:logs:*:*:log-group:/aws/application-signals/data:* if { "StringEquals": {
    "aws:ResourceAccount": "\${ aws:PrincipalAccount}"}}
policy service-role/AmazonAPIGatewayPushToCloudWatchLogs v1 2015-11-11T23:41:46Z 2015-11-11T23:41:46Z
  allow logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogGroups logs:DescribeLogStreams
    logs:PutLogEvents logs:GetLogEvents logs:FilterLogEvents
policy service-role/AmazonS3ObjectLambdaExecutionRolePolicy v1 2021-08-18T10:07:41Z 2021-08-18T10:07:41Z
  allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents
    s3-object-lambda:WriteGetObjectResponse
policy service-role/AmazonSNSRole v1 2015-02-06T18:41:30Z 2015-02-06T18:41:30Z
  allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents logs:PutMetricFilter
    logs:PutRetentionPolicy
policy CloudWatchAgentServerPolicy v3 2018-03-07T01:06:44Z 2024-02-06T16:37:37Z
  allow sid:CWACloudWatchServerPermissions cloudwatch:PutMetricData ec2:DescribeVolumes
    ec2:DescribeTags logs:PutLogEvents logs:PutRetentionPolicy logs:DescribeLogStreams
    logs:DescribeLogGroups logs:CreateLogStream logs:CreateLogGroup xray:PutTraceSegments
    xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets
    xray:GetSamplingStatisticSummaries
  allow sid:CWASSMServerPermissions ssm:GetParameter on arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*
policy AmazonSSMManagedInstanceCore v2 2019-03-15T17:22:12Z 2019-05-23T16:54:21Z
  allow ssm:DescribeAssociation ssm:GetDeployablePatchSnapshotForInstance ssm:GetDocument
    ssm:DescribeDocument ssm:GetManifest ssm:GetParameter ssm:GetParameters ssm:ListAssociations
    ssm:ListInstanceAssociations ssm:PutInventory ssm:PutComplianceItems
    ssm:PutConfigurePackageResult ssm:UpdateAssociationStatus ssm:UpdateInstanceAssociationStatus
    ssm:UpdateInstanceInformation
  allow ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel
    ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel
  allow ec2messages:AcknowledgeMessage ec2messages:DeleteMessage ec2messages:FailMessage
    ec2messages:GetEndpoint ec2messages:GetMessages ec2messages:SendReply
policy service-role/AWSCodeDeployRole v11 2015-05-04T18:05:37Z 2023-08-16T20:38:58Z
  allow autoscaling:CompleteLifecycleAction autoscaling:DeleteLifecycleHook
    autoscaling:DescribeAutoScalingGroups autoscaling:DescribeLifecycleHooks
    autoscaling:PutLifecycleHook autoscaling:RecordLifecycleActionHeartbeat
    autoscaling:CreateAutoScalingGroup autoscaling:CreateOrUpdateTags
    autoscaling:UpdateAutoScalingGroup autoscaling:EnableMetricsCollection
    autoscaling:DescribePolicies autoscaling:DescribeScheduledActions
    autoscaling:DescribeNotificationConfigurations autoscaling:SuspendProcesses
    autoscaling:ResumeProcesses autoscaling:AttachLoadBalancers
    autoscaling:AttachLoadBalancerTargetGroups autoscaling:PutScalingPolicy
    autoscaling:PutScheduledUpdateGroupAction autoscaling:PutNotificationConfiguration
    autoscaling:PutWarmPool autoscaling:DescribeScalingActivities autoscaling:DeleteAutoScalingGroup
    ec2:DescribeInstances ec2:DescribeInstanceStatus ec2:TerminateInstances tag:GetResources
    sns:Publish cloudwatch:DescribeAlarms cloudwatch:PutMetricAlarm
    elasticloadbalancing:DescribeLoadBalancerAttributes
    elasticloadbalancing:DescribeTargetGroupAttributes elasticloadbalancing:DescribeLoadBalancers
    elasticloadbalancing:DescribeInstanceHealth
    elasticloadbalancing:RegisterInstancesWithLoadBalancer
    elasticloadbalancing:DeregisterInstancesFromLoadBalancer
    elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTargetHealth
    elasticloadbalancing:RegisterTargets elasticloadbalancing:DeregisterTargets
policy service-role/AWSCodeDeployRoleForLambda v3 2017-11-28T14:05:44Z 2019-12-03T19:53:10Z
  allow cloudwatch:DescribeAlarms lambda:UpdateAlias lambda:GetAlias
    lambda:GetProvisionedConcurrencyConfig sns:Publish
  allow s3:GetObject s3:GetObjectVersion on arn:aws:s3:::*/CodeDeploy/*
  allow s3:GetObject s3:GetObjectVersion if { "StringEquals": {
    "s3:ExistingObjectTag/UseWithCodeDeploy": "true"}}
  allow lambda:InvokeFunction on arn:aws:lambda:*:*:function:CodeDeployHook_*
policy service-role/AWSCodeDeployRoleForLambdaLimited v1 2020-08-17T17:14:14Z 2020-08-17T17:14:14Z
  allow cloudwatch:DescribeAlarms lambda:UpdateAlias lambda:GetAlias
    lambda:GetProvisionedConcurrencyConfig
  allow s3:GetObject s3:GetObjectVersion on arn:aws:s3:::*/CodeDeploy/*
  allow s3:GetObject s3:GetObjectVersion if { "StringEquals": {
    "s3:ExistingObjectTag/UseWithCodeDeploy": "true"}}
  allow lambda:InvokeFunction on arn:aws:lambda:*:*:function:CodeDeployHook_*
policy AWSCodeDeployRoleForECS v3 2018-11-27T20:40:57Z 2019-09-23T22:37:46Z
  allow ecs:DescribeServices ecs:CreateTaskSet ecs:UpdateServicePrimaryTaskSet ecs:DeleteTaskSet
    elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeListeners
    elasticloadbalancing:ModifyListener elasticloadbalancing:DescribeRules
    elasticloadbalancing:ModifyRule lambda:InvokeFunction cloudwatch:DescribeAlarms sns:Publish
    s3:GetObject s3:GetObjectVersion
  allow iam:PassRole if { "StringLike": { "iam:PassedToService": ["ecs-tasks.amazonaws.com"]}}
policy AWSCodeDeployRoleForECSLimited v3 2018-11-27T20:42:42Z 2019-09-23T22:10:29Z
  allow ecs:DescribeServices ecs:CreateTaskSet ecs:UpdateServicePrimaryTaskSet ecs:DeleteTaskSet
    cloudwatch:DescribeAlarms
  allow sns:Publish on arn:aws:sns:*:*:CodeDeployTopic_*
  allow elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeListeners
    elasticloadbalancing:ModifyListener elasticloadbalancing:DescribeRules
    elasticloadbalancing:ModifyRule
  allow lambda:InvokeFunction on arn:aws:lambda:*:*:function:CodeDeployHook_*
  allow s3:GetObject s3:GetObjectVersion if { "StringEquals": {
    "s3:ExistingObjectTag/UseWithCodeDeploy": "true"}}
  allow iam:PassRole on arn:aws:iam::*:role/ecsTaskExecutionRole
    arn:aws:iam::*:role/ECSTaskExecution* if { "StringLike": { "iam:PassedToService":
    ["ecs-tasks.amazonaws.com"]}}
policy service-role/AmazonECSTaskExecutionRolePolicy v1 2017-11-16T18:48:22Z 2017-11-16T18:48:22Z
  allow ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer
    ecr:BatchGetImage logs:CreateLogStream logs:PutLogEvents
policy service-role/AmazonEC2ContainerServiceforEC2Role v10 2015-03-19T18:45:18Z 2026-02-12T17:59:52Z
  allow ec2:DescribeTags ecs:CreateCluster ecs:DeregisterContainerInstance ecs:DiscoverPollEndpoint
    ecs:Poll ecs:RegisterContainerInstance ecs:StartTelemetrySession
    ecs:UpdateContainerInstancesState ecs:Submit* ecr:GetAuthorizationToken
    ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:BatchGetImage
    logs:CreateLogStream logs:PutLogEvents
  allow ecs:TagResource if { "StringEquals": { "ecs:CreateAction": ["CreateCluster",
    "RegisterContainerInstance"]}}
  allow ecs:ListTagsForResource on arn:aws:ecs:*:*:task/*/* arn:aws:ecs:*:*:container-instance/*/*
policy service-role/AWSGlueServiceRole v5 2017-08-14T13:37:21Z 2023-09-11T16:39:47Z
  allow glue:* s3:GetBucketLocation s3:ListBucket s3:ListAllMyBuckets s3:GetBucketAcl
    ec2:DescribeVpcEndpoints ec2:DescribeRouteTables ec2:CreateNetworkInterface
    ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups
    ec2:DescribeSubnets ec2:DescribeVpcAttribute iam:ListRolePolicies iam:GetRole iam:GetRolePolicy
    cloudwatch:PutMetricData
  allow s3:CreateBucket on arn:aws:s3:::aws-glue-*
  allow s3:GetObject s3:PutObject s3:DeleteObject on arn:aws:s3:::aws-glue-*/*
    arn:aws:s3:::*/*aws-glue-*/*
  allow s3:GetObject on arn:aws:s3:::crawler-public* arn:aws:s3:::aws-glue-*
  allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents on arn:aws:logs:*:*:*:/aws-glue/*
  allow ec2:CreateTags ec2:DeleteTags on arn:aws:ec2:*:*:network-interface/*
    arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:instance/* if { "ForAllValues:StringEquals": {
    "aws:TagKeys": ["aws-glue-service-resource"]}}
policy service-role/AWSAppSyncPushToCloudWatchLogs v1 2018-04-09T19:38:55Z 2018-04-09T19:38:55Z
  allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents
policy AmazonEKSWorkerNodePolicy v3 2018-05-27T21:09:01Z 2023-11-27T00:06:13Z
  allow sid:WorkerNodePermissions ec2:DescribeInstances ec2:DescribeInstanceTypes
    ec2:DescribeRouteTables ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVolumes
    ec2:DescribeVolumesModifications ec2:DescribeVpcs eks:DescribeCluster
    eks-auth:AssumeRoleForPodIdentity
policy AmazonEKS_CNI_Policy v6 2018-05-27T21:07:42Z 2026-03-04T19:12:14Z
  allow sid:AmazonEKSCNIPolicy ec2:AssignPrivateIpAddresses ec2:AttachNetworkInterface
    ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeInstances ec2:DescribeTags
    ec2:DescribeNetworkInterfaces ec2:DescribeInstanceTypes ec2:DescribeSubnets
    ec2:DescribeSecurityGroups ec2:DetachNetworkInterface ec2:ModifyNetworkInterfaceAttribute
    ec2:UnassignPrivateIpAddresses
  allow sid:AmazonEKSCNIPolicyENITag ec2:CreateTags on arn:aws:ec2:*:*:network-interface/*
policy IAMUserChangePassword v5 2016-11-15T00:25:16Z 2026-02-12T17:58:57Z
  allow iam:ChangePassword on arn:aws:iam::*:user/\${aws:username}
    arn:aws:iam::*:user/*/\${aws:username}
  allow iam:GetAccountPasswordPolicy
`;
