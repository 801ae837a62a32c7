// A platform with REST APIs on it, and requests to them.
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import * as sdk from "@aws-sdk/client-api-gateway";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type NuageOptions, startNuage } from "nuage/testing";
import { zip } from "../../../../test/zip.ts";

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON. */
  readonly json: unknown;
}

/** One method of an API: where it lies and what it does. */
export interface MethodSpec extends Partial<sdk.PutMethodRequest> {
  readonly path: string;
  readonly verb: string;
  readonly integration: Omit<sdk.PutIntegrationRequest, "restApiId" | "resourceId" | "httpMethod"> & {
    type: sdk.IntegrationType;
  };
  readonly answers?: readonly (Omit<
    sdk.PutIntegrationResponseRequest,
    "restApiId" | "resourceId" | "httpMethod"
  > & { statusCode: string })[];
}

let count = 0;

export async function startRest(options: NuageOptions = {}) {
  const nuage = await startNuage(options);
  const client = nuage.client(sdk.APIGatewayClient);
  const lambda = nuage.client(LambdaClient);
  const { port } = new URL(nuage.endpoint);

  async function resourceAt(restApiId: string, path: string): Promise<string> {
    const { items = [] } = await client.send(new sdk.GetResourcesCommand({ restApiId, limit: 500 }));
    let at = items.find((each) => each.path === "/");
    for (const pathPart of path.split("/").filter((part) => part !== "")) {
      const below = at?.path === "/" ? `/${pathPart}` : `${at?.path}/${pathPart}`;
      at =
        items.find((each) => each.path === below) ??
        (await client.send(new sdk.CreateResourceCommand({ restApiId, parentId: at?.id, pathPart })));
    }
    return at?.id ?? "";
  }

  async function addMethod(restApiId: string, spec: MethodSpec): Promise<void> {
    const { path, verb, integration, answers = [], ...method } = spec;
    const place = { restApiId, resourceId: await resourceAt(restApiId, path), httpMethod: verb };
    await client.send(new sdk.PutMethodCommand({ authorizationType: "NONE", ...method, ...place }));
    await client.send(new sdk.PutIntegrationCommand({ ...integration, ...place }));
    for (const answer of answers) {
      const names = Object.keys(answer.responseParameters ?? {}).map((name) => [name, false]);
      const { statusCode } = answer;
      await client.send(
        new sdk.PutMethodResponseCommand({
          ...place,
          statusCode,
          responseParameters: Object.fromEntries(names),
        }),
      );
      await client.send(new sdk.PutIntegrationResponseCommand({ ...answer, ...place }));
    }
  }

  /** A deployed API with these methods, on the stage `prod`. */
  async function api(
    methods: readonly MethodSpec[],
    settings: Partial<sdk.CreateRestApiRequest> = {},
    before: (restApiId: string) => Promise<unknown> = async () => undefined,
  ): Promise<string> {
    const { id = "" } = await client.send(
      new sdk.CreateRestApiCommand({ name: `api-${count++}`, ...settings }),
    );
    await before(id);
    for (const method of methods) await addMethod(id, method);
    await deploy(id);
    return id;
  }

  const deploy = (restApiId: string, more: Partial<sdk.CreateDeploymentRequest> = {}) =>
    client.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "prod", ...more }));

  /** A function that the API may invoke; gives the address that integrations name it by. */
  async function fn(code: string): Promise<string> {
    const FunctionName = `f${count++}`;
    const { FunctionArn } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: "arn:aws:iam::000000000000:role/r",
        Timeout: 60,
        Code: { ZipFile: zip({ "index.mjs": code }) },
      }),
    );
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: "api",
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
      }),
    );
    return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`;
  }

  async function ask(restApiId: string, path: string, asked: Asked = {}): Promise<Answer> {
    const host = `${restApiId}.execute-api.us-east-1.localhost:${port}`;
    const { method = "GET", headers = {}, body } = asked;
    const call = request({ port, host: "127.0.0.1", path, method, headers: { host, ...headers } });
    // Who is refused may still be sending. Before an answer it is an error of this call.
    call.on("error", () => {});
    call.end(body);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const text = bytes.toString();
    return {
      status: response.statusCode,
      headers: response.headers,
      bytes,
      text,
      get json() {
        return JSON.parse(text);
      },
    };
  }

  return { nuage, client, lambda, api, addMethod, deploy, fn, ask, resourceAt };
}

export type Rest = Awaited<ReturnType<typeof startRest>>;

export const MOCK = {
  type: "MOCK",
  requestTemplates: { "application/json": '{"statusCode": 200}' },
} as const;
