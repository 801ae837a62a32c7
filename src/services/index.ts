import { apigateway, apigatewaymanagementapi, apigatewayv2 } from "./apigateway/index.ts";
import { applicationAutoScaling } from "./application-auto-scaling/index.ts";
import { cloudformation } from "./cloudformation/index.ts";
import { cloudwatch } from "./cloudwatch/index.ts";
import { codedeploy } from "./codedeploy/index.ts";
import type { AnyService } from "./define.ts";
import { dynamodb } from "./dynamodb/index.ts";
import { dynamodbStreams } from "./dynamodb/streams/index.ts";
import { ecr } from "./ecr/index.ts";
import { events } from "./events/index.ts";
import { iam } from "./iam/index.ts";
import { kinesis } from "./kinesis/index.ts";
import { kms } from "./kms/index.ts";
import { lambda } from "./lambda/index.ts";
import { logs } from "./logs/index.ts";
import { pipes } from "./pipes/index.ts";
import { s3 } from "./s3/index.ts";
import { scheduler } from "./scheduler/index.ts";
import { secretsmanager } from "./secretsmanager/index.ts";
import { sns } from "./sns/index.ts";
import { sqs } from "./sqs/index.ts";
import { ssm } from "./ssm/index.ts";
import { sts } from "./sts/index.ts";
import { xray } from "./xray/index.ts";

/** Every service of the platform. To add one: its folder, and its line here. */
export const SERVICES: readonly AnyService[] = [
  sts,
  s3,
  lambda,
  dynamodb,
  applicationAutoScaling,
  dynamodbStreams,
  sqs,
  sns,
  kinesis,
  events,
  scheduler,
  pipes,
  logs,
  apigatewayv2,
  apigateway,
  apigatewaymanagementapi,
  cloudformation,
  iam,
  ssm,
  kms,
  ecr,
  codedeploy,
  cloudwatch,
  xray,
  secretsmanager,
];
