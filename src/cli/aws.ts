import { parseArgs } from "node:util";
import { readClientIdentity } from "../config.ts";
import { UserError } from "../kernel/faults.ts";
import { type AwsCall, OPTIONS } from "./aws-call.ts";
import { endpointOf } from "./client.ts";
import type { Command } from "./command.ts";

/**
 * Stands in for the AWS CLI where there is none: the few commands that the examples use, passed on to the
 * AWS SDK and printed as the AWS CLI prints them. It is not the AWS CLI and does not try to be.
 */
export const aws: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [service = "", name = "", ...rest] = positionals;
  const command = Object.hasOwn(COMMANDS, `${service} ${name}`) ? COMMANDS[`${service} ${name}`] : undefined;
  if (values.help || !command) {
    (values.help ? terminal.out : terminal.err)(HELP);
    return values.help ? 0 : 2;
  }
  const { region, ...credentials } = readClientIdentity();
  const endpoint = values["endpoint-url"] ?? endpointOf(values);
  const settings = { endpoint, region: values.region ?? region, credentials };
  // The SDK's advice on Node versions is for those who wrote the program, not for those who use it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const call: AwsCall = { operands: rest, options: values, settings, terminal };
  try {
    return await command(call);
  } catch (error) {
    if (isRefused(error)) {
      throw new UserError(`no platform answers on ${endpoint}. Start one with: nuage start`);
    }
    if (!isServiceError(error)) throw error;
    terminal.err(`\nAn error occurred (${error.name}): ${error.message}\n`);
    return 254;
  }
};

const HELP = `nuage aws knows these commands; for all others use the AWS CLI with --endpoint-url.

  nuage aws s3 ls [s3://BUCKET[/PREFIX]] [--recursive]
  nuage aws s3 cp FILE|s3://BUCKET/KEY FILE|s3://BUCKET[/KEY]
  nuage aws s3 mb s3://BUCKET
  nuage aws s3 rb s3://BUCKET [--force]
  nuage aws s3 rm s3://BUCKET/KEY [--recursive]
  nuage aws lambda invoke --function-name NAME [--payload JSON] [--qualifier NAME]
                          [--invocation-type TYPE] [--log-type Tail] FILE
  nuage aws lambda list-functions
  nuage aws sts get-caller-identity

With [--endpoint-url URL | --port PORT] [--region REGION].
`;

const COMMANDS: Readonly<Record<string, (call: AwsCall) => Promise<number>>> = {
  "s3 ls": async (call) => (await import("./aws-s3.ts")).list(call),
  "s3 cp": async (call) => (await import("./aws-s3.ts")).copy(call),
  "s3 mb": async (call) => (await import("./aws-s3.ts")).makeBucket(call),
  "s3 rb": async (call) => (await import("./aws-s3.ts")).removeBucket(call),
  "s3 rm": async (call) => (await import("./aws-s3.ts")).remove(call),
  "lambda invoke": async (call) => (await import("./aws-lambda.ts")).invoke(call),
  "lambda list-functions": async (call) => (await import("./aws-lambda.ts")).listFunctions(call),
  "sts get-caller-identity": getCallerIdentity,
};

async function getCallerIdentity({ settings, terminal }: AwsCall): Promise<number> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const sts = new STSClient(settings);
  const { UserId, Account, Arn } = await sts.send(new GetCallerIdentityCommand());
  terminal.out(`${JSON.stringify({ UserId, Account, Arn }, undefined, 4)}\n`);
  return 0;
}

function isServiceError(error: unknown): error is Error {
  return error instanceof Error && "$metadata" in error;
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
