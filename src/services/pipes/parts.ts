import { parseArn } from "../../kernel/arn.ts";
import { targetProblem } from "../target-forms.ts";
import { invalid } from "./faults.ts";

/** A source that the platform can read; undefined for others. */
export function sourceKind(arn: string): "sqs" | "kinesis" | "dynamodb" | undefined {
  const { service, resource = "" } = parseArn(arn) ?? {};
  if (service === "sqs" || service === "kinesis") return service;
  return service === "dynamodb" && resource.includes("/stream/") ? "dynamodb" : undefined;
}

/**
 * Records that one request to a target takes. A target without a batch operation takes one.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
 */
const MOST_AT_ONCE: Readonly<Record<string, number>> = {
  events: 10,
  firehose: 500,
  kinesis: 500,
  lambda: 10_000,
  logs: 10_000,
  sqs: 10,
  states: 10_000,
};

export function mostAtOnce(target: string): number {
  if (isDestination(target)) return 1;
  return MOST_AT_ONCE[parseArn(target)?.service ?? ""] ?? 1;
}

export function isDestination(arn: string): boolean {
  return /^arn:[^:]*:events:[^:]*:[^:]*:api-destination\//.test(arn);
}

const NAMES: Readonly<Record<string, string>> = {
  batch: "AWS Batch",
  ecs: "Amazon ECS",
  firehose: "Amazon Data Firehose",
  inspector: "Amazon Inspector",
  kafka: "Amazon MSK",
  mq: "Amazon MQ",
  "redshift-serverless": "Amazon Redshift Serverless",
  redshift: "Amazon Redshift",
  sagemaker: "Amazon SageMaker",
  states: "AWS Step Functions",
  timestream: "Amazon Timestream",
};
const TARGETS: ReadonlySet<string> = new Set([
  "events",
  "execute-api",
  "kinesis",
  "lambda",
  "logs",
  "sns",
  "sqs",
]);
const ENRICHMENTS: ReadonlySet<string> = new Set(["execute-api", "lambda"]);

/** What AWS's pipes know. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes.html */
const KNOWN = {
  source: /^(smk:\/\/.*|arn:[^:]*:(sqs|kinesis|dynamodb|kafka|mq):.*)$/,
  enrichments: new Set(["events", "execute-api", "lambda", "states"]),
  targets: new Set([
    "batch",
    "ecs",
    "events",
    "execute-api",
    "firehose",
    "inspector",
    "kinesis",
    "lambda",
    "logs",
    "redshift",
    "redshift-serverless",
    "sagemaker",
    "sns",
    "sqs",
    "states",
    "timestream",
  ]),
};

/** Refuses what no pipe can be made of. */
export function checkParts(source: string, enrichment: string | undefined, target: string): void {
  if (!KNOWN.source.test(source)) {
    throw invalid(`${parseArn(source)?.service} is not a supported service for a source.`);
  }
  if (enrichment !== undefined && !KNOWN.enrichments.has(parseArn(enrichment)?.service ?? "")) {
    throw invalid(`${parseArn(enrichment)?.service} is not a supported service for an enrichment.`);
  }
  const problem = targetProblem(parseArn(target), KNOWN.targets);
  if (problem !== undefined) throw invalid(problem);
}

/** Why a pipe cannot run: what it names that the platform does not have. Undefined when it can. */
export function missingPart(
  source: string,
  enrichment: string | undefined,
  target: string,
): string | undefined {
  if (sourceKind(source) === undefined) return missing(source, "read");
  const isAsked =
    ENRICHMENTS.has(parseArn(enrichment ?? "")?.service ?? "") || isDestination(enrichment ?? "");
  if (enrichment !== undefined && !isAsked) return missing(enrichment, "asked");
  return TARGETS.has(parseArn(target)?.service ?? "") ? undefined : missing(target, "sent to");
}

function missing(arn: string, verb: string): string {
  const { service = "" } = parseArn(arn) ?? {};
  const name = arn.startsWith("smk://") ? "Self-managed Apache Kafka" : (NAMES[service] ?? service);
  return `${name} cannot be ${verb} by pipes of this platform.`;
}
