// A platform with a Lambda client, and functions made from one file.
import { CreateFunctionCommand, type CreateFunctionCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { type NuageOptions, startNuage } from "nuage/testing";
import { createIds } from "../../kernel/ids.ts";
import { createHostileStore } from "../../store/drivers/hostile.ts";

export const ROLE = "arn:aws:iam::000000000000:role/lambda";
export const arnOf = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

export const zipOf = (code: string, file = "index.mjs") => zipSync({ [file]: strToU8(code) });

export const ECHO = "export const handler = async (event) => event;";

/** The stores that the service is tried on: a kind one, and one that does all that the interface allows. */
export const STORES: readonly (readonly [string, NuageOptions])[] = [
  ["kind", {}],
  ["hostile", { parts: { wrapStore: (store) => createHostileStore(store, createIds().fraction) } }],
];

export async function startLambda(options: NuageOptions = {}) {
  const nuage = await startNuage(options);
  const lambda = nuage.client(LambdaClient);
  return {
    nuage,
    lambda,
    create: (name: string, code = ECHO, more: Partial<CreateFunctionCommandInput> = {}) =>
      lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: "nodejs22.x",
          Handler: "index.handler",
          Role: ROLE,
          Code: { ZipFile: zipOf(code) },
          ...more,
        }),
      ),
  };
}

export type Lambda = Awaited<ReturnType<typeof startLambda>>;

/** The fault an SDK call is answered with: its name, message and status. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status?: number }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, ...($metadata?.httpStatusCode ? { status: $metadata.httpStatusCode } : {}) };
  }
  return { name: "none", message: "the call succeeded" };
}

const text = (payload: Uint8Array | undefined) => new TextDecoder().decode(payload);
export const json = (payload: Uint8Array | undefined): unknown => JSON.parse(text(payload));
