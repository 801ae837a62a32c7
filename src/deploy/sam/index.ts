import type { JsonMap } from "../parse.ts";
import type { ServerlessOptions } from "./options.ts";
import { translate } from "./translate.ts";

export type { ServerlessOptions } from "./options.ts";

export const SERVERLESS = "AWS::Serverless-2016-10-31";

/**
 * The CloudFormation template that a template of the Serverless Application Model stands for. Pure: the same
 * template and options come to the same resources with the same ids. Throws a TemplateError that says all
 * that is wrong, in AWS's words.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
 */
export function transformServerless(template: JsonMap, options: ServerlessOptions): JsonMap {
  return translate(template, options);
}
