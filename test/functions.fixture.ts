// Functions as users make them, and their invocations.
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  type InvokeCommandOutput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { zip } from "./zip.ts";

/** `code` is the text of `index.mjs`, or the texts of all files by their names. Resolves with the ARN. */
export async function createFunction(
  lambda: LambdaClient,
  FunctionName: string,
  code: string | Readonly<Record<string, string>>,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<string> {
  const { FunctionArn = "" } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/service",
      Timeout: 20,
      Code: { ZipFile: zip(typeof code === "string" ? { "index.mjs": code } : code) },
      ...more,
    }),
  );
  return FunctionArn;
}

export function invoke(
  lambda: LambdaClient,
  FunctionName: string,
  payload: unknown = {},
  InvocationType: "Event" | "RequestResponse" = "RequestResponse",
): Promise<InvokeCommandOutput> {
  const Payload = Buffer.from(JSON.stringify(payload));
  return lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload }));
}
