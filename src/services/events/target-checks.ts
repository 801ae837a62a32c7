import type * as sdk from "@aws-sdk/client-eventbridge";
import { type Arn, parseArn } from "../../kernel/arn.ts";
import { MALFORMED_TARGET, targetProblem } from "../target-forms.ts";
import { invalid, invalidParameter } from "./faults.ts";
import { isJson, PREDEFINED } from "./input.ts";
import { parsePath } from "./json-path.ts";
import type { RuleName } from "./names.ts";
import { fill, parseTemplate, placeholdersOf } from "./template.ts";

/** Services that a rule sends to. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html */
const SERVICES: ReadonlySet<string> = new Set([
  "appsync",
  "batch",
  "codebuild",
  "codepipeline",
  "ecs",
  "events",
  "execute-api",
  "firehose",
  "glue",
  "imagebuilder",
  "inspector",
  "kinesis",
  "lambda",
  "logs",
  "redshift",
  "redshift-serverless",
  "sagemaker",
  "sns",
  "sqs",
  "ssm",
  "ssm-incidents",
  "states",
]);

/** Services that EventBridge calls in a role only. */
const NEEDS_ROLE =
  /^(appsync|batch|codebuild|codepipeline|ecs|firehose|glue|imagebuilder|inspector|kinesis|redshift|redshift-serverless|sagemaker|ssm|ssm-incidents|states)$/;

/** Refuses a target that AWS refuses when it is put. Whether it is there shows at its first event. */
export function checkTarget(target: sdk.Target, rule: RuleName): void {
  const { Id: id = "", Arn: text = "" } = target;
  const arn = requireTarget(text);
  checkInput(target, id);
  if (arn.service === "logs" && target.InputTransformer) checkLogTemplate(target.InputTransformer, id);
  checkPlace(target, arn, rule);
  const needsRole = NEEDS_ROLE.test(arn.service) || (arn.service === "events" && isElsewhere(arn, rule));
  if (needsRole && target.RoleArn === undefined) throw invalid(`RoleArn is required for target ${text}.`);
  // A log group's own policy lets rules in, and nothing else does.
  if (arn.service === "logs" && target.RoleArn !== undefined) {
    throw invalid(`RoleArn is not supported for target ${text}.`);
  }
  const needed = neededParameters(arn);
  if (needed !== undefined && target[needed] === undefined) {
    throw invalid(`Parameter(s) ${needed} must be specified for target: ${id}.`);
  }
  const deadLetterArn = target.DeadLetterConfig?.Arn;
  if (deadLetterArn !== undefined && parseArn(deadLetterArn)?.service !== "sqs") {
    throw invalidParameter("DeadLetterConfig.Arn", "Dead-letter queue must be an SQS queue.");
  }
  if (deadLetterArn?.endsWith(".fifo")) {
    throw invalidParameter("DeadLetterConfig.Arn", "FIFO queues cannot be dead-letter queues.");
  }
}

function requireTarget(text: string): Arn {
  const arn = parseArn(text);
  const problem = targetProblem(arn, SERVICES);
  if (arn && problem === undefined) return arn;
  throw problem === MALFORMED_TARGET ? invalidParameter(text, problem) : invalid(problem ?? "");
}

function neededParameters({ service, resource }: Arn): keyof sdk.Target | undefined {
  if (service === "sqs" && resource.endsWith(".fifo")) return "SqsParameters";
  if (service === "ecs") return "EcsParameters";
  if (service === "batch") return "BatchParameters";
  if (service === "redshift") return "RedshiftDataParameters";
  if (service === "ssm" && resource.startsWith("document/")) return "RunCommandParameters";
  return undefined;
}

/** API destinations, and buses of other accounts and regions. */
const isElsewhere = ({ account, region, resource }: Arn, rule: RuleName) =>
  resource.startsWith("api-destination/") || account !== rule.account || region !== rule.region;

/** All but buses are of the rule's region; what goes to a bus goes as it came. */
function checkPlace(target: sdk.Target, { service, region, resource }: Arn, rule: RuleName): void {
  const toBus = service === "events" && resource.startsWith("event-bus/");
  if (!toBus && region !== "" && region !== rule.region) {
    throw invalidParameter(`${target.Arn}`, "The target must be in the same Region as the rule.");
  }
  if (toBus && (target.Input ?? target.InputPath ?? target.InputTransformer) !== undefined) {
    throw invalid(`Input, InputPath and InputTransformer are not supported for target ${target.Id}.`);
  }
}

function checkInput({ Input, InputPath, InputTransformer }: sdk.Target, id: string): void {
  if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  }
  if (Input !== undefined && !isJson(Input)) throw invalid(`JSON syntax error in input for target ${id}.`);
  if (InputPath !== undefined && !parsePath(InputPath)) {
    throw invalid(`InputPath for target ${id} is not a valid JSON path.`);
  }
  if (InputTransformer) checkTransformer(InputTransformer, id);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#targets-specifics-cwl */
function checkLogTemplate({ InputTemplate = "" }: sdk.InputTransformer, id: string): void {
  const template = parseTemplate(InputTemplate);
  const names = template.kind === "json" ? membersOf(fill(template, () => 0)) : [];
  if (names.sort().join() === "message,timestamp") return;
  throw invalid(
    `InputTemplate for target ${id} must have the form {"timestamp":<timestamp>,"message":<message>}.`,
  );
}

function membersOf(json: string): string[] {
  const value = JSON.parse(json);
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function checkTransformer(
  { InputPathsMap = {}, InputTemplate = "" }: sdk.InputTransformer,
  id: string,
): void {
  for (const [name, path] of Object.entries(InputPathsMap)) {
    if (/^aws/i.test(name) || !/^[\w-]{1,256}$/.test(name)) {
      throw invalid(`InputPathsMap for target ${id} contains invalid key ${name}.`);
    }
    if (!parsePath(path)) throw invalid(`InputPathsMap for target ${id} contains invalid JSON path ${path}.`);
  }
  const template = parseTemplate(InputTemplate);
  const unknown = placeholdersOf(template).find(
    (name) => !PREDEFINED.has(name) && !Object.hasOwn(InputPathsMap, name),
  );
  if (unknown !== undefined) {
    throw invalid(`InputTemplate for target ${id} contains invalid placeholder ${unknown}.`);
  }
  if (template.kind === "json" && !isJson(fill(template, () => "x"))) {
    throw invalid(`Invalid InputTemplate for target ${id} : [Source: (String)"${InputTemplate}"]`);
  }
}
