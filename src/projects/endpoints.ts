import type { Place } from "./clients.ts";
import type { Resource } from "./resources.ts";

/** Where something of an application answers. */
export interface Endpoint {
  readonly logicalId: string;
  /** `HTTP API`, `function URL`, `queue`. */
  readonly what: string;
  readonly url: string;
}

type Find = (place: Place, resource: Resource) => Promise<Endpoint[]>;

const FINDERS: Readonly<Record<string, Find>> = {
  "AWS::ApiGateway::RestApi": restApi,
  "AWS::ApiGatewayV2::Api": api,
  "AWS::Lambda::Url": functionUrl,
  "AWS::SQS::Queue": async (_, { logicalId, physicalId }) => [{ logicalId, what: "queue", url: physicalId }],
};

/** The addresses of a stack's APIs, functions and queues, as this platform answers them. */
export async function endpointsOf(place: Place, resources: readonly Resource[]): Promise<Endpoint[]> {
  const found = await Promise.all(
    resources.map((resource) =>
      Object.hasOwn(FINDERS, resource.type) ? (FINDERS[resource.type]?.(place, resource) ?? []) : [],
    ),
  );
  return found.flat();
}

/** An API by its path is reached from everywhere: names below localhost do not resolve on every machine. */
const pathOf = ({ endpoint }: Place, api: string, stage: string) =>
  `${endpoint}/_aws/execute-api/${api}/${stage === "$default" ? "" : stage}`;

async function restApi(place: Place, { logicalId, physicalId }: Resource): Promise<Endpoint[]> {
  const { APIGatewayClient, GetStagesCommand } = await import("@aws-sdk/client-api-gateway");
  const client = new APIGatewayClient(place);
  const { item } = await client.send(new GetStagesCommand({ restApiId: physicalId }));
  return (item ?? []).map(({ stageName = "" }) => ({
    logicalId,
    what: "REST API",
    url: pathOf(place, physicalId, stageName),
  }));
}

async function api(place: Place, { logicalId, physicalId: ApiId }: Resource): Promise<Endpoint[]> {
  const { ApiGatewayV2Client, GetApiCommand, GetStagesCommand } = await import(
    "@aws-sdk/client-apigatewayv2"
  );
  const client = new ApiGatewayV2Client(place);
  const [{ ProtocolType }, { Items }] = await Promise.all([
    client.send(new GetApiCommand({ ApiId })),
    client.send(new GetStagesCommand({ ApiId })),
  ]);
  const isSocket = ProtocolType === "WEBSOCKET";
  return (Items ?? []).map(({ StageName = "" }) => {
    const url = pathOf(place, ApiId, StageName);
    return {
      logicalId,
      what: isSocket ? "WebSocket API" : "HTTP API",
      url: isSocket ? url.replace(/^http/, "ws") : url,
    };
  });
}

async function functionUrl(place: Place, { logicalId, physicalId }: Resource): Promise<Endpoint[]> {
  const { GetFunctionUrlConfigCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
  const input = { FunctionName: physicalId };
  const { FunctionUrl } = await new LambdaClient(place).send(new GetFunctionUrlConfigCommand(input));
  return FunctionUrl === undefined ? [] : [{ logicalId, what: "function URL", url: FunctionUrl }];
}
