// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import type { Literal } from "../dict.ts";

/**
 * What connectors may join, and what each permission comes to. `%{Source.Arn}` and the like stand for what the
 * connector joins.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
 */
export const PROFILES: Readonly<Record<string, Readonly<Record<string, Profile>>>> = {
  "AWS::DynamoDB::Table": {
    "AWS::Lambda::Function": {
      kind: "role",
      of: "destination",
      neededBy: "mapping",
      access: {
        Read: {
          statements: [
            {
              Action: [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
              ],
              Resource: ["%{Source.Arn}/stream/*"],
            },
          ],
        },
      },
    },
  },
  "AWS::Events::Rule": {
    "AWS::SNS::Topic": {
      kind: "topic",
      of: "destination",
      access: {
        Write: {
          statements: [
            {
              Principal: { Service: "events.amazonaws.com" },
              Resource: "%{Destination.Arn}",
              Action: "sns:Publish",
              Condition: { ArnEquals: { "aws:SourceArn": "%{Source.Arn}" } },
            },
          ],
        },
      },
    },
    "AWS::Events::EventBus": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["events:PutEvents"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::StepFunctions::StateMachine": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["states:StartExecution"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::Lambda::Function": {
      kind: "function",
      of: "destination",
      access: {
        Write: { principal: "events.amazonaws.com", sourceArn: "%{Source.Arn}" },
      },
    },
    "AWS::SQS::Queue": {
      kind: "queue",
      of: "destination",
      access: {
        Write: {
          statements: [
            {
              Principal: { Service: "events.amazonaws.com" },
              Resource: "%{Destination.Arn}",
              Action: "sqs:SendMessage",
              Condition: { ArnEquals: { "aws:SourceArn": "%{Source.Arn}" } },
            },
          ],
        },
      },
    },
  },
  "AWS::Lambda::Function": {
    "AWS::Lambda::Function": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["lambda:InvokeAsync", "lambda:InvokeFunction"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::S3::Bucket": {
      kind: "role",
      of: "source",
      access: {
        Read: {
          statements: [
            {
              Action: [
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectTorrent",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTorrent",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:ListBucketVersions",
                "s3:ListMultipartUploadParts",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/*"],
            },
          ],
        },
        Write: {
          statements: [
            {
              Action: [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:PutObject",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
                "s3:RestoreObject",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/*"],
            },
          ],
        },
      },
    },
    "AWS::DynamoDB::Table": {
      kind: "role",
      of: "source",
      access: {
        Read: {
          statements: [
            {
              Action: [
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:BatchGetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:PartiQLSelect",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/index/*"],
            },
          ],
        },
        Write: {
          statements: [
            {
              Action: [
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:PartiQLDelete",
                "dynamodb:PartiQLInsert",
                "dynamodb:PartiQLUpdate",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/index/*"],
            },
          ],
        },
      },
    },
    "AWS::SQS::Queue": {
      kind: "role",
      of: "source",
      access: {
        Read: {
          statements: [
            {
              Action: ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
        Write: {
          statements: [
            {
              Action: [
                "sqs:DeleteMessage",
                "sqs:SendMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:PurgeQueue",
              ],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::SNS::Topic": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["sns:Publish"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::StepFunctions::StateMachine": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["states:StartExecution", "states:StartSyncExecution"],
              Resource: ["%{Destination.Arn}"],
            },
            {
              Action: ["states:StopExecution"],
              Resource: [
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:%{Destination.Name}:*",
              ],
            },
          ],
        },
        Read: {
          statements: [
            {
              Action: ["states:DescribeStateMachine", "states:ListExecutions"],
              Resource: ["%{Destination.Arn}"],
            },
            {
              Action: [
                "states:DescribeExecution",
                "states:DescribeStateMachineForExecution",
                "states:GetExecutionHistory",
              ],
              Resource: [
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:%{Destination.Name}:*",
              ],
            },
          ],
        },
      },
    },
    "AWS::Events::EventBus": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["events:PutEvents"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::Location::PlaceIndex": {
      kind: "role",
      of: "source",
      access: {
        Read: {
          statements: [
            {
              Action: [
                "geo:DescribePlaceIndex",
                "geo:GetPlace",
                "geo:SearchPlaceIndexForPosition",
                "geo:SearchPlaceIndexForSuggestions",
                "geo:SearchPlaceIndexForText",
              ],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
  },
  "AWS::ApiGatewayV2::Api": {
    "AWS::Lambda::Function": {
      kind: "function",
      of: "destination",
      access: {
        Write: {
          principal: "apigateway.amazonaws.com",
          sourceArn:
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:%{Source.ResourceId}/%{Source.Qualifier}",
        },
      },
    },
  },
  "AWS::ApiGateway::RestApi": {
    "AWS::Lambda::Function": {
      kind: "function",
      of: "destination",
      access: {
        Write: {
          principal: "apigateway.amazonaws.com",
          sourceArn:
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:%{Source.ResourceId}/%{Source.Qualifier}",
        },
      },
    },
  },
  "AWS::SNS::Topic": {
    "AWS::SQS::Queue": {
      kind: "queue",
      of: "destination",
      access: {
        Write: {
          statements: [
            {
              Principal: { Service: "sns.amazonaws.com" },
              Resource: "%{Destination.Arn}",
              Action: "sqs:SendMessage",
              Condition: { ArnEquals: { "aws:SourceArn": "%{Source.Arn}" } },
            },
          ],
        },
      },
    },
    "AWS::Lambda::Function": {
      kind: "function",
      of: "destination",
      access: {
        Write: { principal: "sns.amazonaws.com", sourceArn: "%{Source.Arn}" },
      },
    },
  },
  "AWS::SQS::Queue": {
    "AWS::Lambda::Function": {
      kind: "role",
      of: "destination",
      neededBy: "mapping",
      together: [["Read", "Write"]],
      access: {
        Write: {
          statements: [
            {
              Action: ["sqs:DeleteMessage"],
              Resource: ["%{Source.Arn}"],
            },
          ],
        },
        Read: {
          statements: [
            {
              Action: ["sqs:ReceiveMessage", "sqs:GetQueueAttributes"],
              Resource: ["%{Source.Arn}"],
            },
          ],
        },
      },
    },
  },
  "AWS::S3::Bucket": {
    "AWS::Lambda::Function": {
      kind: "function",
      of: "destination",
      access: {
        Write: {
          principal: "s3.amazonaws.com",
          sourceArn: "%{Source.Arn}",
          sourceAccount: "${AWS::AccountId}",
        },
      },
    },
  },
  "AWS::StepFunctions::StateMachine": {
    "AWS::Lambda::Function": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["lambda:InvokeAsync", "lambda:InvokeFunction"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::SNS::Topic": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["sns:Publish"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::SQS::Queue": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["sqs:SendMessage"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
    "AWS::S3::Bucket": {
      kind: "role",
      of: "source",
      access: {
        Read: {
          statements: [
            {
              Action: [
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectTorrent",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTorrent",
                "s3:ListBucket",
                "s3:ListBucketMultipartUploads",
                "s3:ListBucketVersions",
                "s3:ListMultipartUploadParts",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/*"],
            },
          ],
        },
        Write: {
          statements: [
            {
              Action: [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:PutObject",
                "s3:PutObjectLegalHold",
                "s3:PutObjectRetention",
                "s3:RestoreObject",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/*"],
            },
          ],
        },
      },
    },
    "AWS::DynamoDB::Table": {
      kind: "role",
      of: "source",
      access: {
        Read: {
          statements: [
            {
              Action: [
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:BatchGetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:PartiQLSelect",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/index/*"],
            },
          ],
        },
        Write: {
          statements: [
            {
              Action: [
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:PartiQLDelete",
                "dynamodb:PartiQLInsert",
                "dynamodb:PartiQLUpdate",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/index/*"],
            },
          ],
        },
      },
    },
    "AWS::StepFunctions::StateMachine": {
      kind: "role",
      of: "source",
      neededBy: "source",
      together: [["Read"], ["Read", "Write"]],
      access: {
        Read: {
          statements: [
            {
              Action: ["states:DescribeExecution"],
              Resource: [
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:%{Destination.Name}:*",
              ],
            },
            {
              Action: ["events:DescribeRule"],
              Resource: [
                "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
              ],
            },
          ],
        },
        Write: {
          statements: [
            {
              Action: ["states:StartExecution"],
              Resource: ["%{Destination.Arn}"],
            },
            {
              Action: ["states:StopExecution"],
              Resource: [
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:%{Destination.Name}:*",
              ],
            },
            {
              Action: ["events:PutTargets", "events:PutRule"],
              Resource: [
                "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule",
              ],
            },
          ],
        },
      },
    },
    "AWS::Events::EventBus": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["events:PutEvents"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
  },
  "AWS::AppSync::DataSource": {
    "AWS::DynamoDB::Table": {
      kind: "role",
      of: "source",
      access: {
        Read: {
          statements: [
            {
              Action: [
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:Scan",
                "dynamodb:BatchGetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:PartiQLSelect",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/index/*"],
            },
          ],
        },
        Write: {
          statements: [
            {
              Action: [
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:PartiQLDelete",
                "dynamodb:PartiQLInsert",
                "dynamodb:PartiQLUpdate",
              ],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}/index/*"],
            },
          ],
        },
      },
    },
    "AWS::Lambda::Function": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["lambda:InvokeAsync", "lambda:InvokeFunction"],
              Resource: ["%{Destination.Arn}", "%{Destination.Arn}:*"],
            },
          ],
        },
      },
    },
    "AWS::Events::EventBus": {
      kind: "role",
      of: "source",
      access: {
        Write: {
          statements: [
            {
              Action: ["events:PutEvents"],
              Resource: ["%{Destination.Arn}"],
            },
          ],
        },
      },
    },
  },
  "AWS::AppSync::GraphQLApi": {
    "AWS::Lambda::Function": {
      kind: "function",
      of: "destination",
      access: {
        Write: {
          principal: "appsync.amazonaws.com",
          sourceArn:
            "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/%{Source.ResourceId}",
        },
      },
    },
  },
};

export interface Profile {
  /** Where it is granted: in a policy for a role, in the queue's or the topic's own, or on the function. */
  readonly kind: "role" | "queue" | "topic" | "function";
  readonly of: "source" | "destination";
  /** What must wait until it is granted. */
  readonly neededBy?: "mapping" | "source";
  /** The only permissions that go together. */
  readonly together?: readonly (readonly string[])[];
  readonly access: Readonly<Record<string, Access>>;
}

export interface Access {
  readonly statements?: readonly Readonly<Record<string, Literal>>[];
  readonly principal?: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

/** How a resource of a type is named, and which of its properties is its role. */
export const KNOWN_TYPES: Readonly<Record<string, KnownType>> = {
  "AWS::Lambda::Function": { arn: "Arn", role: "Role" },
  "AWS::StepFunctions::StateMachine": { arn: "Ref", name: "Name", role: "RoleArn" },
  "AWS::AppSync::GraphQLApi": { id: "ApiId", arn: "Ref" },
  "AWS::AppSync::DataSource": { arn: "Ref", role: "ServiceRoleArn" },
  "AWS::Events::Rule": { arn: "Arn", role: "Targets" },
  "AWS::SQS::Queue": { arn: "Arn", url: "Ref" },
  "AWS::SNS::Topic": { arn: "Ref" },
  "AWS::DynamoDB::Table": { arn: "Arn" },
  "AWS::S3::Bucket": { arn: "Arn" },
  "AWS::Location::PlaceIndex": { arn: "Arn" },
  "AWS::ApiGatewayV2::Api": { arn: "Arn", qualifier: "*", id: "Ref" },
  "AWS::ApiGateway::RestApi": { arn: "Arn", qualifier: "*", id: "Ref" },
  "AWS::Events::EventBus": { arn: "Arn" },
};

/** An attribute, or `Ref`; a qualifier as it is. */
export interface KnownType {
  readonly arn?: string;
  readonly name?: string;
  readonly id?: string;
  readonly url?: string;
  readonly qualifier?: string;
  readonly role?: string;
}
