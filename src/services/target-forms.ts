import type { Arn } from "../kernel/arn.ts";

/**
 * How the ARNs of targets go on behind the account, by the service that they name: all that rules, schedules
 * and pipes send to on AWS, whether or not the platform has it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
 */
const FORMS: Readonly<Record<string, RegExp>> = {
  appsync: /^endpoints\/graphql-api\/./,
  batch: /^job-queue\/./,
  codebuild: /^project\/./,
  codepipeline: /^[\w.@-]+$/,
  ecs: /^cluster\/./,
  events: /^(event-bus|api-destination|target)\/./,
  "execute-api": /^[^/]+\/./,
  firehose: /^deliverystream\/./,
  glue: /^workflow\/./,
  imagebuilder: /^image-pipeline\/./,
  inspector: /^target\/[^/]+\/template\/./,
  kinesis: /^stream\/[^/]+$/,
  lambda: /^function:./,
  logs: /^log-group:./,
  redshift: /^cluster:./,
  "redshift-serverless": /^workgroup\/./,
  sagemaker: /^pipeline\/./,
  sns: /^[\w-]+(\.fifo)?$/,
  sqs: /^[\w-]+(\.fifo)?$/,
  ssm: /^(document|automation-definition|opsitem)(\/|$)/,
  "ssm-incidents": /^response-plan\/./,
  states: /^stateMachine:./,
  timestream: /^database\/[^/]+\/table\/./,
};

/** In AWS's words. */
export const MALFORMED_TARGET = "Provided Arn is not in correct format.";

/** Why nothing can be sent to an ARN by who sends to these services; undefined when it can be. */
export function targetProblem(arn: Arn | undefined, services: ReadonlySet<string>): string | undefined {
  if (!arn) return MALFORMED_TARGET;
  if (!services.has(arn.service)) return `${arn.service} is not a supported service for a target.`;
  return FORMS[arn.service]?.test(arn.resource) ? undefined : MALFORMED_TARGET;
}
