import type * as sdk from "@aws-sdk/client-api-gateway";
import {
  listOf,
  type Members,
  membersOf,
  type OpenApiDocument,
  referencedName,
  resolveReference,
  textOf,
} from "../../openapi/document.ts";

// What an OpenAPI document with API Gateway's extensions says of an API.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html

/** A method as the document has it: names stand where the API has ids. */
export interface ReadMethod extends Omit<sdk.Method, "authorizerId" | "requestValidatorId"> {
  readonly authorizerName?: string;
  readonly validatorName?: string;
}

export interface ReadApi {
  readonly info: {
    readonly title?: string | undefined;
    readonly description?: string | undefined;
    readonly version?: string | undefined;
  };
  readonly basePath: string;
  readonly settings: sdk.RestApi;
  /** By path, then by method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, ReadMethod>>>>;
  readonly models: readonly sdk.Model[];
  readonly authorizers: Readonly<Record<string, sdk.Authorizer>>;
  readonly validators: Readonly<Record<string, sdk.RequestValidator>>;
  readonly gatewayResponses: readonly sdk.GatewayResponse[];
  readonly documentation: readonly {
    readonly location: sdk.DocumentationPartLocation;
    readonly properties: unknown;
  }[];
  readonly warnings: readonly string[];
}

const VERBS = ["get", "put", "post", "delete", "options", "head", "patch"];
const ANY = "x-amazon-apigateway-any-method";

export function readApi({ root, version }: OpenApiDocument): ReadApi {
  const info = membersOf(root.info);
  const warnings: string[] = [];
  const schemes = schemesOf(root);
  const context: Reading = { root, version, schemes, warnings };
  return {
    info: { title: textOf(info.title), description: textOf(info.description), version: textOf(info.version) },
    basePath: basePathOf(root),
    settings: settingsOf(root),
    paths: Object.fromEntries(
      Object.entries(membersOf(root.paths))
        .filter(([path]) => path.startsWith("/"))
        .map(([path, item]) => [path, methodsOf(context, membersOf(resolveReference(root, item)))]),
    ),
    models: modelsOf(root),
    authorizers: Object.fromEntries(
      Object.entries(schemes).flatMap(([name, scheme]) => {
        const authorizer = authorizerOf(name, scheme);
        return authorizer ? [[name, authorizer]] : [];
      }),
    ),
    validators: validatorsOf(root),
    gatewayResponses: gatewayResponsesOf(root),
    documentation: documentationOf(root),
    warnings,
  };
}

interface Reading {
  readonly root: Members;
  readonly version: string;
  readonly schemes: Members;
  readonly warnings: string[];
}

const schemesOf = (root: Members) =>
  membersOf(root.securityDefinitions ?? membersOf(root.components).securitySchemes);

function basePathOf(root: Members): string {
  if (typeof root.basePath === "string") return root.basePath;
  const server = membersOf(listOf(root.servers)[0]);
  const given = textOf(membersOf(membersOf(server.variables).basePath).default);
  if (given !== undefined) return `/${given.replace(/^\//, "")}`;
  return /^https?:\/\/[^/]+(\/[^{?]*)/.exec(textOf(server.url) ?? "")?.[1] ?? "/";
}

function settingsOf(root: Members): sdk.RestApi {
  const extension = (name: string) => root[`x-amazon-apigateway-${name}`];
  const policy = extension("policy");
  const size = extension("minimum-compression-size");
  const endpoint = membersOf(
    extension("endpoint-configuration") ??
      membersOf(listOf(root.servers)[0])["x-amazon-apigateway-endpoint-configuration"],
  );
  const { vpcEndpointIds, disableExecuteApiEndpoint } = endpoint;
  return {
    ...(extension("binary-media-types")
      ? { binaryMediaTypes: listOf(extension("binary-media-types")).map(String) }
      : {}),
    ...(policy === undefined ? {} : { policy: typeof policy === "string" ? policy : JSON.stringify(policy) }),
    ...(extension("api-key-source")
      ? { apiKeySource: String(extension("api-key-source")).toUpperCase() as sdk.ApiKeySourceType }
      : {}),
    ...(size === undefined ? {} : { minimumCompressionSize: Number(size) }),
    ...(disableExecuteApiEndpoint === undefined
      ? {}
      : { disableExecuteApiEndpoint: disableExecuteApiEndpoint === true }),
    ...(vpcEndpointIds
      ? { endpointConfiguration: { types: ["PRIVATE"], vpcEndpointIds: listOf(vpcEndpointIds).map(String) } }
      : {}),
  };
}

function methodsOf(reading: Reading, item: Members): Record<string, ReadMethod> {
  const methods: Record<string, ReadMethod> = {};
  for (const [name, operation] of Object.entries(item)) {
    const verb = name === ANY ? "ANY" : VERBS.includes(name) ? name.toUpperCase() : undefined;
    if (verb) methods[verb] = methodOf(reading, verb, membersOf(operation), listOf(item.parameters));
  }
  return methods;
}

function methodOf(
  reading: Reading,
  httpMethod: string,
  operation: Members,
  shared: readonly unknown[],
): ReadMethod {
  const { root } = reading;
  const requestParameters: Record<string, boolean> = {};
  const requestModels: Record<string, string> = {};
  for (const each of [...shared, ...listOf(operation.parameters)]) {
    const parameter = membersOf(resolveReference(root, each));
    const place = { query: "querystring", path: "path", header: "header" }[String(parameter.in)];
    if (place) requestParameters[`method.request.${place}.${parameter.name}`] = parameter.required === true;
    const model = parameter.in === "body" ? referencedName(parameter.schema) : undefined;
    if (model) for (const type of consumed(root, operation)) requestModels[type] = model;
  }
  for (const [type, content] of Object.entries(
    membersOf(membersOf(resolveReference(root, operation.requestBody)).content),
  )) {
    const model = referencedName(membersOf(content).schema);
    if (model) requestModels[type] = model;
  }
  const validatorName = textOf(
    operation["x-amazon-apigateway-request-validator"] ?? root["x-amazon-apigateway-request-validator"],
  );
  const integration = operation["x-amazon-apigateway-integration"];
  return {
    httpMethod,
    ...securityOf(reading, operation),
    ...(operation.operationId === undefined ? {} : { operationName: String(operation.operationId) }),
    requestParameters,
    requestModels,
    ...(validatorName === undefined ? {} : { validatorName }),
    methodResponses: responsesOf(reading, operation),
    ...(integration
      ? { methodIntegration: integrationOf(membersOf(resolveReference(root, integration))) }
      : {}),
  };
}

function consumed(root: Members, operation: Members): string[] {
  const types = listOf(operation.consumes ?? root.consumes).map(String);
  return types.length > 0 ? types : ["application/json"];
}

/** A key is asked for beside whatever else is asked for. */
function securityOf({ root, schemes }: Reading, operation: Members) {
  let apiKeyRequired = false;
  let authorizationType = textOf(membersOf(operation["x-amazon-apigateway-auth"]).type) ?? "NONE";
  let authorizerName: string | undefined;
  let authorizationScopes: string[] = [];
  const requirements = listOf(operation.security ?? root.security).flatMap((each) =>
    Object.entries(membersOf(each)),
  );
  for (const [name, scopes] of requirements) {
    const scheme = membersOf(schemes[name]);
    const kind = authorizerOf(name, scheme)?.type;
    if (kind) {
      authorizerName = name;
      authorizationType = kind === "COGNITO_USER_POOLS" ? kind : "CUSTOM";
      authorizationScopes = listOf(scopes).map(String);
    } else if (scheme["x-amazon-apigateway-authtype"] === "awsSigv4") authorizationType = "AWS_IAM";
    else if (scheme.type === "apiKey" && String(scheme.name).toLowerCase() === "x-api-key")
      apiKeyRequired = true;
  }
  return {
    apiKeyRequired,
    authorizationType,
    ...(authorizerName === undefined ? {} : { authorizerName }),
    ...(authorizationScopes.length > 0 ? { authorizationScopes } : {}),
  };
}

function responsesOf({ root }: Reading, operation: Members): Record<string, sdk.MethodResponse> {
  const responses: Record<string, sdk.MethodResponse> = {};
  for (const [code, each] of Object.entries(membersOf(operation.responses))) {
    if (!/^[1-5]\d\d$/.test(code)) continue;
    const response = membersOf(resolveReference(root, each));
    const responseModels: Record<string, string> = {};
    const own = referencedName(response.schema);
    const types = listOf(operation.produces ?? root.produces).map(String);
    if (own) for (const type of types.length > 0 ? types : ["application/json"]) responseModels[type] = own;
    for (const [type, content] of Object.entries(membersOf(response.content))) {
      const model = referencedName(membersOf(content).schema);
      if (model) responseModels[type] = model;
    }
    const headers = Object.keys(membersOf(response.headers));
    responses[code] = {
      statusCode: code,
      ...(headers.length > 0
        ? {
            responseParameters: Object.fromEntries(
              headers.map((name) => [`method.response.header.${name}`, false]),
            ),
          }
        : {}),
      ...(Object.keys(responseModels).length > 0 ? { responseModels } : {}),
    };
  }
  return responses;
}

const upper = (value: unknown) => textOf(value)?.toUpperCase();
const texts = (value: unknown) =>
  Object.fromEntries(Object.entries(membersOf(value)).map(([name, each]) => [name, String(each)]));

/** `aws_proxy`, `http`, …: the extension's own spelling. */
function integrationOf(given: Members): sdk.Integration {
  const responses: Record<string, sdk.IntegrationResponse> = {};
  for (const [pattern, each] of Object.entries(membersOf(given.responses))) {
    const response = membersOf(each);
    const statusCode = textOf(response.statusCode) ?? (/^\d{3}$/.test(pattern) ? pattern : "200");
    responses[statusCode] = {
      statusCode,
      ...(pattern === "default" ? {} : { selectionPattern: pattern }),
      ...(response.responseParameters ? { responseParameters: texts(response.responseParameters) } : {}),
      ...(response.responseTemplates ? { responseTemplates: texts(response.responseTemplates) } : {}),
      ...(response.contentHandling
        ? { contentHandling: upper(response.contentHandling) as sdk.ContentHandlingStrategy }
        : {}),
    };
  }
  const type = (upper(given.type) ?? "MOCK") as sdk.IntegrationType;
  const plain = ["uri", "credentials", "cacheNamespace", "connectionId", "integrationTarget"] as const;
  return {
    type,
    ...Object.fromEntries(
      plain.flatMap((name) => (given[name] === undefined ? [] : [[name, textOf(given[name])]])),
    ),
    ...(given.httpMethod === undefined ? {} : { httpMethod: anyOr(given.httpMethod) }),
    ...(given.requestParameters ? { requestParameters: texts(given.requestParameters) } : {}),
    ...(given.requestTemplates ? { requestTemplates: texts(given.requestTemplates) } : {}),
    passthroughBehavior: upper(given.passthroughBehavior) ?? "WHEN_NO_MATCH",
    ...(given.contentHandling
      ? { contentHandling: upper(given.contentHandling) as sdk.ContentHandlingStrategy }
      : {}),
    ...(given.responseTransferMode
      ? { responseTransferMode: upper(given.responseTransferMode) as sdk.ResponseTransferMode }
      : {}),
    timeoutInMillis: Number(given.timeoutInMillis ?? 29_000),
    ...(type === "MOCK"
      ? {}
      : { connectionType: (upper(given.connectionType) ?? "INTERNET") as sdk.ConnectionType }),
    ...(given.cacheKeyParameters ? { cacheKeyParameters: listOf(given.cacheKeyParameters).map(String) } : {}),
    ...(given.tlsConfig ? { tlsConfig: membersOf(given.tlsConfig) } : {}),
    ...(Object.keys(responses).length > 0 ? { integrationResponses: responses } : {}),
  };
}

const anyOr = (method: unknown) => (method === ANY ? "ANY" : String(method).toUpperCase());

function authorizerOf(name: string, given: unknown): sdk.Authorizer | undefined {
  const scheme = membersOf(given);
  const extension = scheme["x-amazon-apigateway-authorizer"];
  if (!extension) return undefined;
  const { type, identitySource, providerARNs, authorizerResultTtlInSeconds, ...rest } = membersOf(extension);
  const kind = upper(type) as sdk.AuthorizerType;
  const source = textOf(identitySource) ?? (scheme.name ? `method.request.header.${scheme.name}` : undefined);
  const plain = ["authorizerUri", "authorizerCredentials", "identityValidationExpression"];
  return {
    name,
    type: kind,
    authType: textOf(scheme["x-amazon-apigateway-authtype"]),
    ...(source === undefined ? {} : { identitySource: source }),
    ...Object.fromEntries(
      plain.flatMap((each) => (rest[each] === undefined ? [] : [[each, textOf(rest[each])]])),
    ),
    ...(providerARNs ? { providerARNs: listOf(providerARNs).map(String) } : {}),
    authorizerResultTtlInSeconds: Number(authorizerResultTtlInSeconds ?? 300),
  };
}

function modelsOf(root: Members): sdk.Model[] {
  const schemas = membersOf(root.definitions ?? membersOf(root.components).schemas);
  return Object.entries(schemas).map(([name, schema]) => ({
    name,
    contentType: "application/json",
    ...(typeof membersOf(schema).description === "string"
      ? { description: String(membersOf(schema).description) }
      : {}),
    // One schema names another by its place in the document.
    schema: JSON.stringify(schema),
  }));
}

function validatorsOf(root: Members): Record<string, sdk.RequestValidator> {
  return Object.fromEntries(
    Object.entries(membersOf(root["x-amazon-apigateway-request-validators"])).map(([name, each]) => {
      const { validateRequestBody, validateRequestParameters } = membersOf(each);
      return [
        name,
        {
          name,
          validateRequestBody: validateRequestBody === true,
          validateRequestParameters: validateRequestParameters === true,
        },
      ];
    }),
  );
}

function gatewayResponsesOf(root: Members): sdk.GatewayResponse[] {
  return Object.entries(membersOf(root["x-amazon-apigateway-gateway-responses"])).map(([type, each]) => {
    const { statusCode, responseParameters, responseTemplates } = membersOf(each);
    return {
      responseType: type as sdk.GatewayResponseType,
      ...(statusCode === undefined ? {} : { statusCode: String(statusCode) }),
      responseParameters: texts(responseParameters),
      ...(responseTemplates ? { responseTemplates: texts(responseTemplates) } : {}),
    };
  });
}

function documentationOf(root: Members): ReadApi["documentation"] {
  const { documentationParts } = membersOf(root["x-amazon-apigateway-documentation"]);
  return listOf(documentationParts).map((each) => {
    const { location, properties } = membersOf(each);
    return { location: membersOf(location) as unknown as sdk.DocumentationPartLocation, properties };
  });
}
