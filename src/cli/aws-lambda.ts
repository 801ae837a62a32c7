import { writeFile } from "node:fs/promises";
import {
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  paginateListFunctions,
} from "@aws-sdk/client-lambda";
import { UserError } from "../kernel/faults.ts";
import type { AwsCall } from "./aws-call.ts";

/** `nuage aws lambda invoke`: writes the answer to the file named, and prints the rest. */
export async function invoke({ operands, options, settings, terminal }: AwsCall): Promise<number> {
  const [file] = operands;
  const name = options["function-name"];
  if (typeof name !== "string" || !file)
    throw new UserError("name a --function-name and a file for its answer.");
  const input = {
    FunctionName: name,
    InvocationType: options["invocation-type"],
    LogType: options["log-type"],
    Qualifier: options.qualifier,
    ...(typeof options.payload === "string" ? { Payload: Buffer.from(options.payload) } : {}),
  } as InvokeCommandInput;
  const { Payload, $metadata, ...answer } = await new LambdaClient(settings).send(new InvokeCommand(input));
  await writeFile(file, Payload ?? "");
  terminal.out(`${JSON.stringify(answer, undefined, 4)}\n`);
  return 0;
}

/** `nuage aws lambda list-functions` */
export async function listFunctions({ settings, terminal }: AwsCall): Promise<number> {
  const functions = [];
  for await (const page of paginateListFunctions({ client: new LambdaClient(settings) }, {}))
    functions.push(...(page.Functions ?? []));
  terminal.out(`${JSON.stringify({ Functions: functions }, undefined, 4)}\n`);
  return 0;
}
