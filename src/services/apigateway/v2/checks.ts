import type * as sdk from "@aws-sdk/client-apigatewayv2";
import { badRequest } from "../faults.ts";
import type { ApiRecord } from "./records.ts";

// What the control plane refuses. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/

const METHODS = "ANY|CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|TRACE";
const HTTP_ROUTE = new RegExp(`^(?:${METHODS}) (/\\S*)$`);
const SEGMENT = /^(?:\{[a-zA-Z0-9._-]+\+?\}|[^{}\s]*)$/;

export function checkApi(input: {
  readonly Name?: string | undefined;
  readonly Description?: string | undefined;
  readonly Version?: string | undefined;
}): void {
  checkText("Name", input.Name, 1, 128);
  checkText("Description", input.Description, 0, 1024);
  checkText("Version", input.Version, 0, 64);
}

export function checkText(name: string, text: string | undefined, least: number, most: number): void {
  if (text === undefined || (text.length >= least && text.length <= most)) return;
  throw badRequest(`${name} must be between ${least} and ${most} characters long`);
}

export function checkCors(cors: sdk.Cors | undefined): void {
  if (!cors) return;
  const { AllowOrigins = [], AllowCredentials, MaxAge } = cors;
  for (const origin of AllowOrigins) {
    if (origin !== "*" && !/^[a-z][a-z0-9+.-]*:\/\//i.test(origin)) {
      throw badRequest(
        `Invalid format for origin ${origin}. ` +
          "Origin should either be '*' or in the format scheme://host[:port]",
      );
    }
  }
  if (AllowCredentials && AllowOrigins.includes("*")) {
    throw badRequest("Allow-credentials cannot be true when the allowed origins include '*'");
  }
  if (MaxAge !== undefined && (MaxAge < -1 || MaxAge > 86_400)) {
    throw badRequest("MaxAge must be between -1 and 86400");
  }
}

export function checkRouteKey(api: ApiRecord, key: string): void {
  if (api.ProtocolType === "WEBSOCKET") {
    if (key === "" || key.length > 512) throw badRequest("Invalid route key specified");
    return;
  }
  if (key === "$default") return;
  const path = HTTP_ROUTE.exec(key)?.[1];
  const segments = path?.slice(1).split("/") ?? [];
  const greedy = segments.findIndex((segment) => segment.endsWith("+}"));
  const isWellFormed =
    path !== undefined &&
    segments.every((segment) => SEGMENT.test(segment)) &&
    (greedy < 0 || greedy === segments.length - 1);
  if (isWellFormed) return;
  throw badRequest(
    "The provided route key is not formatted properly for HTTP protocol. " +
      'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"',
  );
}

const TYPES: Readonly<Record<string, readonly string[]>> = {
  HTTP: ["AWS_PROXY", "HTTP_PROXY"],
  WEBSOCKET: ["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"],
};

/** First-class integrations, and what each must be given. */
const SUBTYPES: Readonly<Record<string, readonly string[]>> = {
  "AppConfig-GetConfiguration": ["Application", "Environment", "Configuration", "ClientId"],
  "EventBridge-PutEvents": ["Detail", "DetailType", "Source"],
  "Kinesis-PutRecord": ["StreamName", "Data", "PartitionKey"],
  "SQS-SendMessage": ["QueueUrl", "MessageBody"],
  "SQS-ReceiveMessage": ["QueueUrl"],
  "SQS-DeleteMessage": ["QueueUrl", "ReceiptHandle"],
  "SQS-PurgeQueue": ["QueueUrl"],
  "StepFunctions-StartExecution": ["StateMachineArn"],
  "StepFunctions-StartSyncExecution": ["StateMachineArn"],
  "StepFunctions-StopExecution": ["ExecutionArn"],
};

export function checkIntegration(api: ApiRecord, integration: Partial<sdk.Integration>): void {
  const { IntegrationType: type = "", IntegrationSubtype: subtype, TimeoutInMillis: timeout } = integration;
  const protocol = api.ProtocolType ?? "HTTP";
  if (!TYPES[protocol]?.includes(type)) {
    throw badRequest(`IntegrationType ${type} is not supported for protocol type ${protocol}`);
  }
  const most = protocol === "HTTP" ? 30_000 : 29_000;
  if (timeout !== undefined && (timeout < 50 || timeout > most)) {
    throw badRequest(`Timeout should be between 50 ms and ${most} ms`);
  }
  if (integration.CredentialsArn !== undefined && !/^arn:[^:]+:iam::/.test(integration.CredentialsArn)) {
    throw badRequest("Invalid ARN specified in the request");
  }
  if (integration.ConnectionType === "VPC_LINK" && !integration.ConnectionId) {
    throw badRequest("ConnectionId is required when ConnectionType is VPC_LINK");
  }
  if (subtype !== undefined) checkSubtype(protocol, integration, subtype);
  else if (type !== "MOCK") checkUri(protocol, integration);
  if (protocol === "HTTP") checkMappings(integration);
}

function checkSubtype(protocol: string, integration: Partial<sdk.Integration>, subtype: string): void {
  const required = SUBTYPES[subtype];
  if (protocol !== "HTTP" || integration.IntegrationType !== "AWS_PROXY" || !required) {
    throw badRequest(`Invalid integration subtype specified: ${subtype}`);
  }
  if (integration.PayloadFormatVersion === "2.0") {
    throw badRequest("PayloadFormatVersion 2.0 is not supported for this integration subtype");
  }
  if (!integration.CredentialsArn) {
    throw badRequest("CredentialsArn is required for integrations with a subtype");
  }
  const { RequestParameters: parameters = {} } = integration;
  const absent = required.find((name) => parameters[name] === undefined);
  if (absent) throw badRequest(`Missing required RequestParameters: ${absent}`);
}

function checkUri(
  protocol: string,
  { IntegrationType: type, IntegrationUri: uri }: Partial<sdk.Integration>,
) {
  if (!uri) throw badRequest("IntegrationUri is required");
  const isHttp = type === "HTTP" || type === "HTTP_PROXY";
  const isRight = isHttp ? /^https?:\/\/|^arn:|^\$\{/.test(uri) : /^arn:/.test(uri);
  if (isRight) return;
  throw badRequest(
    isHttp
      ? `Invalid HTTP endpoint specified for URI: ${uri}`
      : `Invalid integration URI specified${protocol === "HTTP" ? `: ${uri}` : ""}`,
  );
}

const REQUEST_KEY = /^(?:(?:append|overwrite|remove):(?:header|querystring)\.\S+|overwrite:path)$/;
const RESPONSE_KEY = /^(?:(?:append|overwrite|remove):header\.\S+|overwrite:statuscode)$/;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html */
const RESERVED_HEADER =
  /:header\.(?:access-control-.*|apigw-.*|authorization|connection|content-encoding|content-length|content-location|forwarded|keep-alive|origin|proxy-authenticate|proxy-authorization|te|trailers|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|x-forwarded-.*|via)$/i;

function checkMappings({
  RequestParameters,
  ResponseParameters,
  IntegrationSubtype,
}: Partial<sdk.Integration>) {
  if (IntegrationSubtype === undefined) checkKeys(RequestParameters ?? {}, REQUEST_KEY);
  for (const [status, mapping] of Object.entries(ResponseParameters ?? {})) {
    if (!/^[2-5]\d\d$/.test(status)) throw badRequest(`Invalid status code specified: ${status}`);
    checkKeys(mapping, RESPONSE_KEY);
  }
}

function checkKeys(mapping: Readonly<Record<string, string>>, wanted: RegExp): void {
  for (const key of Object.keys(mapping)) {
    if (!wanted.test(key)) throw badRequest(`Invalid mapping expression specified: ${key}`);
    if (RESERVED_HEADER.test(key)) {
      throw badRequest(`Operations on header ${key.slice(key.indexOf(".") + 1)} are restricted`);
    }
  }
}

export function checkAuthorizer(api: ApiRecord, authorizer: Partial<sdk.Authorizer>): void {
  const { AuthorizerType: type, JwtConfiguration: jwt, AuthorizerUri: uri } = authorizer;
  const { IdentitySource: sources = [], AuthorizerResultTtlInSeconds: ttl } = authorizer;
  checkText("Name", authorizer.Name, 1, 128);
  if (type !== "REQUEST" && (type !== "JWT" || api.ProtocolType !== "HTTP")) {
    throw badRequest(`Authorizer type ${type} is not supported for protocol type ${api.ProtocolType}`);
  }
  if (ttl !== undefined && (ttl < 0 || ttl > 3600)) {
    throw badRequest("Authorizer result TTL must be between 0 and 3600 seconds");
  }
  if (type === "JWT") {
    if (!/^https?:\/\/\S+$/.test(jwt?.Issuer ?? "")) {
      throw badRequest("Invalid issuer: it must be a valid HTTPS URL");
    }
    if (!jwt?.Audience?.length)
      throw badRequest("Audience list must have at least 1 item for JWT Authorizer");
    if (sources.length !== 1) throw badRequest("Exactly one identity source is required for JWT Authorizer");
  } else if (!/^arn:/.test(uri ?? "")) {
    throw badRequest("Invalid Authorizer URI: it must be a well-formed Lambda function URI");
  }
  const wanted = api.ProtocolType === "HTTP" ? HTTP_SOURCE : WEBSOCKET_SOURCE;
  const wrong = sources.find((source) => !wanted.test(source));
  if (wrong !== undefined) throw badRequest(`Invalid mapping expression specified: ${wrong}`);
  if (api.ProtocolType === "HTTP" && type === "REQUEST" && (ttl ?? 0) > 0 && sources.length === 0) {
    throw badRequest("Identity source is required when caching is enabled");
  }
}

const HTTP_SOURCE = /^\$(?:request\.(?:header|querystring|path|body)\.\S+|context\.\S+|stageVariables\.\S+)$/;
const WEBSOCKET_SOURCE = /^(?:route\.request\.(?:header|querystring)\.\S+|context\.\S+|stageVariables\.\S+)$/;

export function checkStageName(api: ApiRecord, name: string): void {
  const isDefault = name === "$default" && api.ProtocolType === "HTTP";
  if (isDefault || /^[a-zA-Z0-9_-]{1,128}$/.test(name)) return;
  throw badRequest("Stage name only allows a-zA-Z0-9_- characters");
}

export function checkVariables(variables: Readonly<Record<string, string>> | undefined): void {
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (!/^[a-zA-Z0-9_]+$/.test(name)) throw badRequest("Stage variable names must match [a-zA-Z0-9_]+");
    if (/^[A-Za-z0-9-._~:/?#&=,]*$/.test(value)) continue;
    throw badRequest(
      `Stage variable values must match [A-Za-z0-9-._~:/?#&=,]+: the value of ${name} does not`,
    );
  }
}
