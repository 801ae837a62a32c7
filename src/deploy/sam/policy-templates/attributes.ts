// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
/**
 * Policy templates: their parameters, and what each statement allows: actions, resources and conditions.
 * `${queueName}` in a resource is the parameter `QueueName`.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
 */
export const POLICY_TEMPLATES: Readonly<Record<string, PolicyTemplate>> = {
  AMIDescribePolicy: { parameters: [], statements: [[["ec2:DescribeImages"], "*"]] },
  AWSSecretsManagerGetSecretValuePolicy: {
    parameters: ["SecretArn"],
    statements: [[["secretsmanager:GetSecretValue"], "${secretArn}"]],
  },
  AWSSecretsManagerRotationPolicy: {
    parameters: ["FunctionName"],
    statements: [
      [
        [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ],
        "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:*",
        {
          StringEquals: {
            "secretsmanager:resource/AllowRotationLambdaArn":
              "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${functionName}",
          },
        },
      ],
      [["secretsmanager:GetRandomPassword"], "*"],
    ],
  },
  AcmGetCertificatePolicy: {
    parameters: ["CertificateArn"],
    statements: [[["acm:GetCertificate"], "${certificateArn}"]],
  },
  AthenaQueryPolicy: {
    parameters: ["WorkGroupName"],
    statements: [
      [
        [
          "athena:ListWorkGroups",
          "athena:GetExecutionEngine",
          "athena:GetExecutionEngines",
          "athena:GetNamespace",
          "athena:GetCatalogs",
          "athena:GetNamespaces",
          "athena:GetTables",
          "athena:GetTable",
        ],
        "*",
      ],
      [
        [
          "athena:StartQueryExecution",
          "athena:GetQueryResults",
          "athena:DeleteNamedQuery",
          "athena:GetNamedQuery",
          "athena:ListQueryExecutions",
          "athena:StopQueryExecution",
          "athena:GetQueryResultsStream",
          "athena:ListNamedQueries",
          "athena:CreateNamedQuery",
          "athena:GetQueryExecution",
          "athena:BatchGetNamedQuery",
          "athena:BatchGetQueryExecution",
          "athena:GetWorkGroup",
        ],
        "arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:workgroup/${workgroupName}",
      ],
    ],
  },
  CloudFormationDescribeStacksPolicy: {
    parameters: [],
    statements: [
      [
        ["cloudformation:DescribeStacks"],
        "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/*",
      ],
    ],
  },
  CloudWatchDashboardPolicy: {
    parameters: [],
    statements: [
      [
        [
          "cloudwatch:GetDashboard",
          "cloudwatch:ListDashboards",
          "cloudwatch:PutDashboard",
          "cloudwatch:ListMetrics",
        ],
        "*",
      ],
    ],
  },
  CloudWatchDescribeAlarmHistoryPolicy: {
    parameters: [],
    statements: [[["cloudwatch:DescribeAlarmHistory"], "*"]],
  },
  CloudWatchPutMetricPolicy: { parameters: [], statements: [[["cloudwatch:PutMetricData"], "*"]] },
  CodeCommitCrudPolicy: {
    parameters: ["RepositoryName"],
    statements: [
      [
        [
          "codecommit:GitPull",
          "codecommit:GitPush",
          "codecommit:CreateBranch",
          "codecommit:DeleteBranch",
          "codecommit:GetBranch",
          "codecommit:ListBranches",
          "codecommit:MergeBranchesByFastForward",
          "codecommit:MergeBranchesBySquash",
          "codecommit:MergeBranchesByThreeWay",
          "codecommit:UpdateDefaultBranch",
          "codecommit:BatchDescribeMergeConflicts",
          "codecommit:CreateUnreferencedMergeCommit",
          "codecommit:DescribeMergeConflicts",
          "codecommit:GetMergeCommit",
          "codecommit:GetMergeOptions",
          "codecommit:BatchGetPullRequests",
          "codecommit:CreatePullRequest",
          "codecommit:DescribePullRequestEvents",
          "codecommit:GetCommentsForPullRequest",
          "codecommit:GetCommitsFromMergeBase",
          "codecommit:GetMergeConflicts",
          "codecommit:GetPullRequest",
          "codecommit:ListPullRequests",
          "codecommit:MergePullRequestByFastForward",
          "codecommit:MergePullRequestBySquash",
          "codecommit:MergePullRequestByThreeWay",
          "codecommit:PostCommentForPullRequest",
          "codecommit:UpdatePullRequestDescription",
          "codecommit:UpdatePullRequestStatus",
          "codecommit:UpdatePullRequestTitle",
          "codecommit:DeleteFile",
          "codecommit:GetBlob",
          "codecommit:GetFile",
          "codecommit:GetFolder",
          "codecommit:PutFile",
          "codecommit:DeleteCommentContent",
          "codecommit:GetComment",
          "codecommit:GetCommentsForComparedCommit",
          "codecommit:PostCommentForComparedCommit",
          "codecommit:PostCommentReply",
          "codecommit:UpdateComment",
          "codecommit:BatchGetCommits",
          "codecommit:CreateCommit",
          "codecommit:GetCommit",
          "codecommit:GetCommitHistory",
          "codecommit:GetDifferences",
          "codecommit:GetObjectIdentifier",
          "codecommit:GetReferences",
          "codecommit:GetTree",
          "codecommit:GetRepository",
          "codecommit:UpdateRepositoryDescription",
          "codecommit:ListTagsForResource",
          "codecommit:TagResource",
          "codecommit:UntagResource",
          "codecommit:GetRepositoryTriggers",
          "codecommit:PutRepositoryTriggers",
          "codecommit:TestRepositoryTriggers",
          "codecommit:GetBranch",
          "codecommit:GetCommit",
          "codecommit:UploadArchive",
          "codecommit:GetUploadArchiveStatus",
          "codecommit:CancelUploadArchive",
        ],
        "arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:${repositoryName}",
      ],
    ],
  },
  CodeCommitReadPolicy: {
    parameters: ["RepositoryName"],
    statements: [
      [
        [
          "codecommit:GitPull",
          "codecommit:GetBranch",
          "codecommit:ListBranches",
          "codecommit:BatchDescribeMergeConflicts",
          "codecommit:DescribeMergeConflicts",
          "codecommit:GetMergeCommit",
          "codecommit:GetMergeOptions",
          "codecommit:BatchGetPullRequests",
          "codecommit:DescribePullRequestEvents",
          "codecommit:GetCommentsForPullRequest",
          "codecommit:GetCommitsFromMergeBase",
          "codecommit:GetMergeConflicts",
          "codecommit:GetPullRequest",
          "codecommit:ListPullRequests",
          "codecommit:GetBlob",
          "codecommit:GetFile",
          "codecommit:GetFolder",
          "codecommit:GetComment",
          "codecommit:GetCommentsForComparedCommit",
          "codecommit:BatchGetCommits",
          "codecommit:GetCommit",
          "codecommit:GetCommitHistory",
          "codecommit:GetDifferences",
          "codecommit:GetObjectIdentifier",
          "codecommit:GetReferences",
          "codecommit:GetTree",
          "codecommit:GetRepository",
          "codecommit:ListTagsForResource",
          "codecommit:GetRepositoryTriggers",
          "codecommit:TestRepositoryTriggers",
          "codecommit:GetBranch",
          "codecommit:GetCommit",
          "codecommit:GetUploadArchiveStatus",
        ],
        "arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:${repositoryName}",
      ],
    ],
  },
  CodePipelineLambdaExecutionPolicy: {
    parameters: [],
    statements: [[["codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"], "*"]],
  },
  CodePipelineReadOnlyPolicy: {
    parameters: ["PipelineName"],
    statements: [
      [
        ["codepipeline:ListPipelineExecutions"],
        "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${pipelinename}",
      ],
    ],
  },
  ComprehendBasicAccessPolicy: {
    parameters: [],
    statements: [
      [
        [
          "comprehend:BatchDetectKeyPhrases",
          "comprehend:DetectDominantLanguage",
          "comprehend:DetectEntities",
          "comprehend:BatchDetectEntities",
          "comprehend:DetectKeyPhrases",
          "comprehend:DetectSentiment",
          "comprehend:BatchDetectDominantLanguage",
          "comprehend:BatchDetectSentiment",
        ],
        "*",
      ],
    ],
  },
  CostExplorerReadOnlyPolicy: {
    parameters: [],
    statements: [
      [
        [
          "ce:GetCostAndUsage",
          "ce:GetDimensionValues",
          "ce:GetReservationCoverage",
          "ce:GetReservationPurchaseRecommendation",
          "ce:GetReservationUtilization",
          "ce:GetTags",
        ],
        "*",
      ],
    ],
  },
  DynamoDBBackupFullAccessPolicy: {
    parameters: ["TableName"],
    statements: [
      [
        ["dynamodb:CreateBackup", "dynamodb:DescribeContinuousBackups"],
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}",
      ],
      [
        ["dynamodb:DeleteBackup", "dynamodb:DescribeBackup", "dynamodb:ListBackups"],
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/backup/*",
      ],
    ],
  },
  DynamoDBCrudPolicy: {
    parameters: ["TableName"],
    statements: [
      [
        [
          "dynamodb:GetItem",
          "dynamodb:DeleteItem",
          "dynamodb:PutItem",
          "dynamodb:Scan",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
          "dynamodb:BatchWriteItem",
          "dynamodb:BatchGetItem",
          "dynamodb:DescribeTable",
          "dynamodb:ConditionCheckItem",
        ],
        [
          "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}",
          "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/index/*",
        ],
      ],
    ],
  },
  DynamoDBReadPolicy: {
    parameters: ["TableName"],
    statements: [
      [
        [
          "dynamodb:GetItem",
          "dynamodb:Scan",
          "dynamodb:Query",
          "dynamodb:BatchGetItem",
          "dynamodb:DescribeTable",
        ],
        [
          "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}",
          "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/index/*",
        ],
      ],
    ],
  },
  DynamoDBReconfigurePolicy: {
    parameters: ["TableName"],
    statements: [
      [
        ["dynamodb:UpdateTable"],
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}",
      ],
    ],
  },
  DynamoDBRestoreFromBackupPolicy: {
    parameters: ["TableName"],
    statements: [
      [
        ["dynamodb:RestoreTableFromBackup"],
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/backup/*",
      ],
      [
        [
          "dynamodb:PutItem",
          "dynamodb:UpdateItem",
          "dynamodb:DeleteItem",
          "dynamodb:GetItem",
          "dynamodb:Query",
          "dynamodb:Scan",
          "dynamodb:BatchWriteItem",
        ],
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}",
      ],
    ],
  },
  DynamoDBStreamReadPolicy: {
    parameters: ["StreamName", "TableName"],
    statements: [
      [
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/stream/${streamName}",
      ],
      [
        ["dynamodb:ListStreams"],
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/stream/*",
      ],
    ],
  },
  DynamoDBWritePolicy: {
    parameters: ["TableName"],
    statements: [
      [
        ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"],
        [
          "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}",
          "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/index/*",
        ],
      ],
    ],
  },
  EC2CopyImagePolicy: {
    parameters: ["ImageId"],
    statements: [
      [["ec2:CopyImage"], "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:image/${imageId}"],
    ],
  },
  EC2DescribePolicy: {
    parameters: [],
    statements: [[["ec2:DescribeRegions", "ec2:DescribeInstances"], "*"]],
  },
  EFSWriteAccessPolicy: {
    parameters: ["AccessPoint", "FileSystem"],
    statements: [
      [
        ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        "arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:file-system/${FileSystem}",
        {
          StringEquals: {
            "elasticfilesystem:AccessPointArn":
              "arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:access-point/${AccessPoint}",
          },
        },
      ],
    ],
  },
  EKSDescribePolicy: { parameters: [], statements: [[["eks:DescribeCluster", "eks:ListClusters"], "*"]] },
  EcsRunTaskPolicy: {
    parameters: ["TaskDefinition"],
    statements: [
      [
        ["ecs:RunTask"],
        "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/${taskDefinition}",
      ],
    ],
  },
  ElasticMapReduceAddJobFlowStepsPolicy: {
    parameters: ["ClusterId"],
    statements: [
      [
        "elasticmapreduce:AddJobFlowSteps",
        "arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}",
      ],
    ],
  },
  ElasticMapReduceCancelStepsPolicy: {
    parameters: ["ClusterId"],
    statements: [
      [
        "elasticmapreduce:CancelSteps",
        "arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}",
      ],
    ],
  },
  ElasticMapReduceModifyInstanceFleetPolicy: {
    parameters: ["ClusterId"],
    statements: [
      [
        ["elasticmapreduce:ModifyInstanceFleet", "elasticmapreduce:ListInstanceFleets"],
        "arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}",
      ],
    ],
  },
  ElasticMapReduceModifyInstanceGroupsPolicy: {
    parameters: ["ClusterId"],
    statements: [
      [
        ["elasticmapreduce:ModifyInstanceGroups", "elasticmapreduce:ListInstanceGroups"],
        "arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}",
      ],
    ],
  },
  ElasticMapReduceSetTerminationProtectionPolicy: {
    parameters: ["ClusterId"],
    statements: [
      [
        "elasticmapreduce:SetTerminationProtection",
        "arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}",
      ],
    ],
  },
  ElasticMapReduceTerminateJobFlowsPolicy: {
    parameters: ["ClusterId"],
    statements: [
      [
        "elasticmapreduce:TerminateJobFlows",
        "arn:${AWS::Partition}:elasticmapreduce:${AWS::Region}:${AWS::AccountId}:cluster/${clusterId}",
      ],
    ],
  },
  ElasticsearchHttpPostPolicy: {
    parameters: ["DomainName"],
    statements: [
      [
        ["es:ESHttpPost", "es:ESHttpPut"],
        "arn:${AWS::Partition}:es:${AWS::Region}:${AWS::AccountId}:domain/${domainName}/*",
      ],
    ],
  },
  EventBridgePutEventsPolicy: {
    parameters: ["EventBusName"],
    statements: [
      [
        "events:PutEvents",
        "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${eventBusName}",
      ],
    ],
  },
  FilterLogEventsPolicy: {
    parameters: ["LogGroupName"],
    statements: [
      [
        ["logs:FilterLogEvents"],
        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${logGroupName}:log-stream:*",
      ],
    ],
  },
  FirehoseCrudPolicy: {
    parameters: ["DeliveryStreamName"],
    statements: [
      [
        [
          "firehose:CreateDeliveryStream",
          "firehose:DeleteDeliveryStream",
          "firehose:DescribeDeliveryStream",
          "firehose:PutRecord",
          "firehose:PutRecordBatch",
          "firehose:UpdateDestination",
        ],
        "arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${deliveryStreamName}",
      ],
    ],
  },
  FirehoseWritePolicy: {
    parameters: ["DeliveryStreamName"],
    statements: [
      [
        ["firehose:PutRecord", "firehose:PutRecordBatch"],
        "arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${deliveryStreamName}",
      ],
    ],
  },
  KMSDecryptPolicy: {
    parameters: ["KeyId"],
    statements: [["kms:Decrypt", "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${keyId}"]],
  },
  KMSEncryptPolicy: {
    parameters: ["KeyId"],
    statements: [["kms:Encrypt", "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${keyId}"]],
  },
  KMSEncryptPolicy_v2: {
    parameters: ["KeyId"],
    statements: [
      [
        [
          "kms:Encrypt",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:GenerateDataKeyPair",
          "kms:GenerateDataKeyPairWithoutPlaintext",
        ],
        "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${keyId}",
      ],
    ],
  },
  KinesisCrudPolicy: {
    parameters: ["StreamName"],
    statements: [
      [
        [
          "kinesis:AddTagsToStream",
          "kinesis:CreateStream",
          "kinesis:DecreaseStreamRetentionPeriod",
          "kinesis:DeleteStream",
          "kinesis:DescribeStream",
          "kinesis:DescribeStreamSummary",
          "kinesis:GetShardIterator",
          "kinesis:IncreaseStreamRetentionPeriod",
          "kinesis:ListTagsForStream",
          "kinesis:MergeShards",
          "kinesis:PutRecord",
          "kinesis:PutRecords",
          "kinesis:SplitShard",
          "kinesis:RemoveTagsFromStream",
        ],
        "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${streamName}",
      ],
    ],
  },
  KinesisStreamReadPolicy: {
    parameters: ["StreamName"],
    statements: [
      [
        ["kinesis:ListStreams", "kinesis:DescribeLimits"],
        "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/*",
      ],
      [
        [
          "kinesis:DescribeStream",
          "kinesis:DescribeStreamSummary",
          "kinesis:GetRecords",
          "kinesis:GetShardIterator",
        ],
        "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/${streamName}",
      ],
    ],
  },
  LambdaInvokePolicy: {
    parameters: ["FunctionName"],
    statements: [
      [
        ["lambda:InvokeFunction"],
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${functionName}*",
      ],
    ],
  },
  MobileAnalyticsWriteOnlyAccessPolicy: {
    parameters: [],
    statements: [[["mobileanalytics:PutEvents"], "*"]],
  },
  OrganizationsListAccountsPolicy: { parameters: [], statements: [[["organizations:ListAccounts"], "*"]] },
  PinpointEndpointAccessPolicy: {
    parameters: ["PinpointApplicationId"],
    statements: [
      [
        [
          "mobiletargeting:GetEndpoint",
          "mobiletargeting:UpdateEndpoint",
          "mobiletargeting:UpdateEndpointsBatch",
        ],
        "arn:${AWS::Partition}:mobiletargeting:${AWS::Region}:${AWS::AccountId}:apps/${pinpointApplicationId}/endpoints/*",
      ],
    ],
  },
  PollyFullAccessPolicy: {
    parameters: ["LexiconName"],
    statements: [
      [
        ["polly:GetLexicon", "polly:DeleteLexicon"],
        ["arn:${AWS::Partition}:polly:${AWS::Region}:${AWS::AccountId}:lexicon/${lexiconName}"],
      ],
      [
        ["polly:DescribeVoices", "polly:ListLexicons", "polly:PutLexicon", "polly:SynthesizeSpeech"],
        ["arn:${AWS::Partition}:polly:${AWS::Region}:${AWS::AccountId}:lexicon/*"],
      ],
    ],
  },
  RekognitionDetectOnlyPolicy: {
    parameters: [],
    statements: [
      [
        [
          "rekognition:DetectFaces",
          "rekognition:DetectLabels",
          "rekognition:DetectModerationLabels",
          "rekognition:DetectText",
        ],
        "*",
      ],
    ],
  },
  RekognitionFacesManagementPolicy: {
    parameters: ["CollectionId"],
    statements: [
      [
        [
          "rekognition:IndexFaces",
          "rekognition:DeleteFaces",
          "rekognition:SearchFaces",
          "rekognition:SearchFacesByImage",
          "rekognition:ListFaces",
        ],
        "arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}",
      ],
    ],
  },
  RekognitionFacesPolicy: {
    parameters: [],
    statements: [[["rekognition:CompareFaces", "rekognition:DetectFaces"], "*"]],
  },
  RekognitionLabelsPolicy: {
    parameters: [],
    statements: [[["rekognition:DetectLabels", "rekognition:DetectModerationLabels"], "*"]],
  },
  RekognitionNoDataAccessPolicy: {
    parameters: ["CollectionId"],
    statements: [
      [
        [
          "rekognition:CompareFaces",
          "rekognition:DetectFaces",
          "rekognition:DetectLabels",
          "rekognition:DetectModerationLabels",
        ],
        "arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}",
      ],
    ],
  },
  RekognitionReadPolicy: {
    parameters: ["CollectionId"],
    statements: [
      [
        [
          "rekognition:ListCollections",
          "rekognition:ListFaces",
          "rekognition:SearchFaces",
          "rekognition:SearchFacesByImage",
        ],
        "arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}",
      ],
    ],
  },
  RekognitionWriteOnlyAccessPolicy: {
    parameters: ["CollectionId"],
    statements: [
      [
        ["rekognition:CreateCollection", "rekognition:IndexFaces"],
        "arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${collectionId}",
      ],
    ],
  },
  Route53ChangeResourceRecordSetsPolicy: {
    parameters: ["HostedZoneId"],
    statements: [
      [["route53:ChangeResourceRecordSets"], "arn:${AWS::Partition}:route53:::hostedzone/${HostedZoneId}"],
    ],
  },
  S3CrudPolicy: {
    parameters: ["BucketName"],
    statements: [
      [
        [
          "s3:GetObject",
          "s3:ListBucket",
          "s3:GetBucketLocation",
          "s3:GetObjectVersion",
          "s3:PutObject",
          "s3:PutObjectAcl",
          "s3:GetLifecycleConfiguration",
          "s3:PutLifecycleConfiguration",
          "s3:DeleteObject",
        ],
        ["arn:${AWS::Partition}:s3:::${bucketName}", "arn:${AWS::Partition}:s3:::${bucketName}/*"],
      ],
    ],
  },
  S3FullAccessPolicy: {
    parameters: ["BucketName"],
    statements: [
      [
        [
          "s3:GetObject",
          "s3:GetObjectAcl",
          "s3:GetObjectVersion",
          "s3:PutObject",
          "s3:PutObjectAcl",
          "s3:DeleteObject",
          "s3:DeleteObjectTagging",
          "s3:DeleteObjectVersionTagging",
          "s3:GetObjectTagging",
          "s3:GetObjectVersionTagging",
          "s3:PutObjectTagging",
          "s3:PutObjectVersionTagging",
        ],
        ["arn:${AWS::Partition}:s3:::${bucketName}/*"],
      ],
      [
        [
          "s3:ListBucket",
          "s3:GetBucketLocation",
          "s3:GetLifecycleConfiguration",
          "s3:PutLifecycleConfiguration",
        ],
        ["arn:${AWS::Partition}:s3:::${bucketName}"],
      ],
    ],
  },
  S3ReadPolicy: {
    parameters: ["BucketName"],
    statements: [
      [
        [
          "s3:GetObject",
          "s3:ListBucket",
          "s3:GetBucketLocation",
          "s3:GetObjectVersion",
          "s3:GetLifecycleConfiguration",
        ],
        ["arn:${AWS::Partition}:s3:::${bucketName}", "arn:${AWS::Partition}:s3:::${bucketName}/*"],
      ],
    ],
  },
  S3WritePolicy: {
    parameters: ["BucketName"],
    statements: [
      [
        ["s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"],
        ["arn:${AWS::Partition}:s3:::${bucketName}", "arn:${AWS::Partition}:s3:::${bucketName}/*"],
      ],
    ],
  },
  SESBulkTemplatedCrudPolicy: {
    parameters: ["IdentityName"],
    statements: [
      [
        [
          "ses:GetIdentityVerificationAttributes",
          "ses:SendEmail",
          "ses:SendRawEmail",
          "ses:SendTemplatedEmail",
          "ses:SendBulkTemplatedEmail",
          "ses:VerifyEmailIdentity",
        ],
        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}",
      ],
    ],
  },
  SESBulkTemplatedCrudPolicy_v2: {
    parameters: ["IdentityName", "TemplateName"],
    statements: [
      [
        ["ses:SendEmail", "ses:SendRawEmail", "ses:SendTemplatedEmail", "ses:SendBulkTemplatedEmail"],
        [
          "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}",
          "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:template/${templateName}",
        ],
      ],
      [["ses:GetIdentityVerificationAttributes", "ses:VerifyEmailIdentity"], "*"],
    ],
  },
  SESCrudPolicy: {
    parameters: ["IdentityName"],
    statements: [
      [
        [
          "ses:GetIdentityVerificationAttributes",
          "ses:SendEmail",
          "ses:SendRawEmail",
          "ses:VerifyEmailIdentity",
        ],
        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}",
      ],
    ],
  },
  SESEmailTemplateCrudPolicy: {
    parameters: [],
    statements: [
      [
        [
          "ses:CreateTemplate",
          "ses:GetTemplate",
          "ses:ListTemplates",
          "ses:UpdateTemplate",
          "ses:DeleteTemplate",
          "ses:TestRenderTemplate",
        ],
        "*",
      ],
    ],
  },
  SESSendBouncePolicy: {
    parameters: ["IdentityName"],
    statements: [
      [
        ["ses:SendBounce"],
        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}",
      ],
    ],
  },
  SNSCrudPolicy: {
    parameters: ["TopicName"],
    statements: [
      [
        [
          "sns:ListSubscriptionsByTopic",
          "sns:CreateTopic",
          "sns:SetTopicAttributes",
          "sns:Subscribe",
          "sns:Publish",
        ],
        "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${topicName}*",
      ],
    ],
  },
  SNSPublishMessagePolicy: {
    parameters: ["TopicName"],
    statements: [
      [["sns:Publish"], "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${topicName}"],
    ],
  },
  SQSPollerPolicy: {
    parameters: ["QueueName"],
    statements: [
      [
        [
          "sqs:ChangeMessageVisibility",
          "sqs:ChangeMessageVisibilityBatch",
          "sqs:DeleteMessage",
          "sqs:DeleteMessageBatch",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
        ],
        "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${queueName}",
      ],
    ],
  },
  SQSSendMessagePolicy: {
    parameters: ["QueueName"],
    statements: [
      [["sqs:SendMessage*"], "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${queueName}"],
    ],
  },
  SSMParameterReadPolicy: {
    parameters: ["ParameterName"],
    statements: [
      [["ssm:DescribeParameters"], "*"],
      [
        ["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"],
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${parameterName}",
      ],
    ],
  },
  SSMParameterWithSlashPrefixReadPolicy: {
    parameters: ["ParameterName"],
    statements: [
      [["ssm:DescribeParameters"], "*"],
      [
        ["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"],
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${parameterName}",
      ],
    ],
  },
  SageMakerCreateEndpointConfigPolicy: {
    parameters: ["EndpointConfigName"],
    statements: [
      [
        ["sagemaker:CreateEndpointConfig"],
        "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:endpoint-config/${endpointConfigName}",
      ],
    ],
  },
  SageMakerCreateEndpointPolicy: {
    parameters: ["EndpointName"],
    statements: [
      [
        ["sagemaker:CreateEndpoint"],
        "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:endpoint/${endpointName}",
      ],
    ],
  },
  ServerlessRepoReadWriteAccessPolicy: {
    parameters: [],
    statements: [
      [
        [
          "serverlessrepo:CreateApplication",
          "serverlessrepo:CreateApplicationVersion",
          "serverlessrepo:UpdateApplication",
          "serverlessrepo:GetApplication",
          "serverlessrepo:ListApplications",
          "serverlessrepo:ListApplicationVersions",
          "serverlessrepo:ListApplicationDependencies",
        ],
        ["arn:${AWS::Partition}:serverlessrepo:${AWS::Region}:${AWS::AccountId}:applications/*"],
      ],
    ],
  },
  StepFunctionsCallbackPolicy: {
    parameters: ["StateMachineName"],
    statements: [
      [
        ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"],
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${stateMachineName}",
      ],
    ],
  },
  StepFunctionsExecutionPolicy: {
    parameters: ["StateMachineName"],
    statements: [
      [
        ["states:StartExecution"],
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${stateMachineName}",
      ],
    ],
  },
  StepFunctionsExecutionPolicy_v2: {
    parameters: ["StateMachineName"],
    statements: [
      [
        ["states:StartExecution", "states:StartSyncExecution"],
        "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${stateMachineName}",
      ],
    ],
  },
  TextractDetectAnalyzePolicy: {
    parameters: [],
    statements: [
      [
        [
          "textract:DetectDocumentText",
          "textract:StartDocumentTextDetection",
          "textract:StartDocumentAnalysis",
          "textract:AnalyzeDocument",
        ],
        "*",
      ],
    ],
  },
  TextractGetResultPolicy: {
    parameters: [],
    statements: [[["textract:GetDocumentTextDetection", "textract:GetDocumentAnalysis"], "*"]],
  },
  TextractPolicy: { parameters: [], statements: [[["textract:*"], "*"]] },
  VPCAccessPolicy: {
    parameters: [],
    statements: [
      [
        [
          "ec2:CreateNetworkInterface",
          "ec2:DeleteNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DetachNetworkInterface",
        ],
        "*",
      ],
    ],
  },
};

export interface PolicyTemplate {
  readonly parameters: readonly string[];
  readonly statements: readonly PolicyStatement[];
}

export type PolicyStatement = readonly [
  actions: string | readonly string[],
  resources: string | readonly string[],
  condition?: Readonly<Record<string, Readonly<Record<string, string>>>>,
];
