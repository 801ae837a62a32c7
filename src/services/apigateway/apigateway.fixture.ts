// A platform with APIs: clients, functions that the APIs may invoke, and requests as they are written.
import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  type CreateApiCommandInput,
  CreateIntegrationCommand,
  type CreateIntegrationCommandInput,
  CreateRouteCommand,
  type CreateRouteCommandInput,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { type NuageOptions, startNuage } from "nuage/testing";
import { createIds } from "../../kernel/ids.ts";
import { createHostileStore } from "../../store/drivers/hostile.ts";

export const ROLE = "arn:aws:iam::000000000000:role/api";
export const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
/** A function that answers with the event it was given. */
export const ECHO = `export const handler = async (event) => ({
  statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(event) });`;

/** The stores that the service is tried on: a kind one, and one that does all that the interface allows. */
export const STORES: readonly (readonly [string, NuageOptions])[] = [
  ["kind", {}],
  ["hostile", { parts: { wrapStore: (store) => createHostileStore(store, createIds().fraction) } }],
];

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
}

export interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever a function was given, as the test knows it
  json(): Record<string, any>;
}

export type Apis = Awaited<ReturnType<typeof startApis>>;

export async function startApis(options: NuageOptions = {}) {
  const nuage = await startNuage(options);
  const api = nuage.client(ApiGatewayV2Client);
  const lambda = nuage.client(LambdaClient);
  const agent = new Agent({ keepAlive: true });
  /** Connections whose errors somebody hears, also between two requests. */
  const heard = new WeakSet<Socket>();
  const hostOf = (apiId: string) => `${apiId}.execute-api.us-east-1.localhost:${nuage.port}`;

  /** A request to a host, as it is written: nothing of it is normalised. */
  async function ask(host: string, path: string, asked: Asked = {}): Promise<Heard> {
    const call = request({
      port: nuage.port,
      host: "127.0.0.1",
      agent,
      path,
      method: asked.method ?? "GET",
      headers: { ...asked.headers, host },
    });
    // The other side may end a request that it has answered before all of it was sent.
    call.on("error", () => {});
    call.on("socket", (socket) => {
      if (!heard.has(socket)) heard.add(socket.on("error", () => {}));
    });
    call.end(asked.body);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const { statusCode = 0, headers } = response;
    const body = bytes.toString();
    return { status: statusCode, headers, body, bytes, json: () => JSON.parse(body) };
  }

  /** A function of one file that every API may invoke. */
  async function makeFunction(name: string, code = ECHO): Promise<string> {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: ROLE,
        Code: { ZipFile: zipSync({ "index.mjs": strToU8(code) }) },
      }),
    );
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: name,
        StatementId: "apis",
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
      }),
    );
    return functionArn(name);
  }

  /** An API with nothing in it, and how it is called. */
  async function makeApi(input: Partial<CreateApiCommandInput> = {}) {
    const made = await api.send(new CreateApiCommand({ Name: "api", ProtocolType: "HTTP", ...input }));
    const id = made.ApiId ?? "";
    return {
      id,
      made,
      host: hostOf(id),
      get: (path: string, asked?: Asked) => ask(hostOf(id), path, asked),
      async integration(settings: Partial<CreateIntegrationCommandInput>): Promise<string> {
        const input = { ApiId: id, IntegrationType: "AWS_PROXY" as const, PayloadFormatVersion: "2.0" };
        const integration = await api.send(new CreateIntegrationCommand({ ...input, ...settings }));
        return integration.IntegrationId ?? "";
      },
      async route(key: string, integrationId: string, settings: Partial<CreateRouteCommandInput> = {}) {
        const Target = `integrations/${integrationId}`;
        return api.send(new CreateRouteCommand({ ApiId: id, RouteKey: key, Target, ...settings }));
      },
      stage: (name = "$default", settings = {}) =>
        api.send(new CreateStageCommand({ ApiId: id, StageName: name, AutoDeploy: true, ...settings })),
    };
  }

  return {
    nuage,
    api,
    lambda,
    ask,
    makeFunction,
    makeApi,
    async stop() {
      agent.destroy();
      await nuage.stop();
    },
  };
}

/** The fault an SDK call is answered with: its name, message and status. */
export async function refusal(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  return { name: "none", message: "the call succeeded", status: 200 };
}
