// Functions with URLs, and who may reach them.
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
} from "@aws-sdk/client-lambda";
import type { Lambda } from "../lambda.fixture.ts";

/** What Lambda answers where no statement lets a caller in. */
export const HELP =
  "Forbidden. For troubleshooting Function URL authorization issues, see: " +
  "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/** Lets everybody in, as the console does for AuthType NONE. */
export async function open({ lambda }: Lambda, FunctionName: string, Qualifier?: string) {
  const statement = { FunctionName, Principal: "*", ...(Qualifier ? { Qualifier } : {}) };
  await lambda.send(
    new AddPermissionCommand({
      ...statement,
      StatementId: "url",
      Action: "lambda:InvokeFunctionUrl",
      FunctionUrlAuthType: "NONE",
    }),
  );
  await lambda.send(
    new AddPermissionCommand({
      ...statement,
      StatementId: "invoke",
      Action: "lambda:InvokeFunction",
      InvokedViaFunctionUrl: true,
    }),
  );
}

/** A function with an open URL; gives the URL in the form that needs no names to be looked up. */
export async function serve(
  world: Lambda,
  name: string,
  code: string,
  more: Partial<CreateFunctionUrlConfigCommandInput> = {},
): Promise<string> {
  await world.create(name, code, { Timeout: 20 });
  await open(world, name);
  return urlOf(world, name, more);
}

export async function urlOf(
  { lambda, nuage }: Lambda,
  FunctionName: string,
  more: Partial<CreateFunctionUrlConfigCommandInput> = {},
): Promise<string> {
  const { FunctionUrl = "" } = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...more }),
  );
  return `${nuage.endpoint}/_aws/lambda-url/${new URL(FunctionUrl).hostname.split(".")[0]}`;
}

export const ECHO_EVENT = "export const handler = async (event) => event;";
