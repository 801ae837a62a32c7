import type * as sdk from "@aws-sdk/client-api-gateway";
import { stringify } from "yaml";
import type { Handlers } from "../../../define.ts";
import { look, requireDeployment, requireStage } from "../change.ts";
import { badRequest } from "../faults.ts";
import type { RestDefinition } from "../records.ts";
import { inOrder } from "../resources.ts";

export const exports_ = {
  async GetExport(input, context) {
    const { exportType, accepts = "application/json", parameters = {} } = input;
    if (exportType !== "swagger" && exportType !== "oas30") {
      throw badRequest("Invalid Export type specified. Valid options are [swagger, oas30]");
    }
    const extensions = new Set((parameters.extensions ?? "").split(",").map((name) => name.trim()));
    const document = await look(context, input.restApiId, async ({ apiId }, tx) => {
      const { stage, name, region } = await requireStage(tx, apiId, input.stageName);
      const { definition } = await requireDeployment(tx, apiId, stage.deploymentId);
      const host = `${apiId}.execute-api.${region}.amazonaws.com`;
      return exportOf({ definition, host, stageName: name, isSwagger: exportType === "swagger", extensions });
    });
    const isYaml = accepts.includes("yaml");
    const text = isYaml ? stringify(document) : JSON.stringify(document, null, 2);
    const exportedAt = new Date(context.clock.now()).toISOString();
    return {
      contentType: isYaml ? "application/yaml" : "application/json",
      contentDisposition: `attachment; filename="${exportType}_${exportedAt}.${isYaml ? "yaml" : "json"}"`,
      body: Buffer.from(text),
    };
  },
} satisfies Handlers<typeof sdk>;

interface Exported {
  readonly definition: RestDefinition;
  readonly host: string;
  readonly stageName: string;
  readonly isSwagger: boolean;
  readonly extensions: ReadonlySet<string>;
}

type Json = Record<string, unknown>;

function exportOf(exported: Exported): Json {
  const { definition, host, stageName, isSwagger, extensions } = exported;
  const { api, models, resources } = definition;
  const info = {
    title: api.name,
    ...(api.description ? { description: api.description } : {}),
    version: api.version ?? "1.0",
  };
  const paths = Object.fromEntries(
    inOrder(resources).flatMap(({ path = "", resourceMethods = {} }) => {
      const methods = Object.entries(resourceMethods).map(([verb, method]) => [
        verb === "ANY" ? "x-amazon-apigateway-any-method" : verb.toLowerCase(),
        operationOf(exported, method),
      ]);
      return methods.length > 0 ? [[path, Object.fromEntries(methods)]] : [];
    }),
  );
  const schemas = Object.fromEntries(
    Object.values(models).map(({ name = "", schema = "{}" }) => [name, schemaOf(schema, isSwagger)]),
  );
  const schemes = schemesOf(exported);
  const hasSchemes = Object.keys(schemes).length > 0;
  const shared = extensions.has("integrations") || extensions.has("apigateway") ? settingsOf(definition) : {};
  if (isSwagger) {
    return {
      swagger: "2.0",
      info,
      host,
      basePath: `/${stageName}`,
      schemes: ["https"],
      paths,
      ...(hasSchemes ? { securityDefinitions: schemes } : {}),
      definitions: schemas,
      ...shared,
    };
  }
  return {
    openapi: "3.0.1",
    info,
    servers: [{ url: `https://${host}/{basePath}`, variables: { basePath: { default: stageName } } }],
    paths,
    components: { schemas, ...(hasSchemes ? { securitySchemes: schemes } : {}) },
    ...shared,
  };
}

const placeOfSchema = (name: string, isSwagger: boolean) =>
  isSwagger ? `#/definitions/${name}` : `#/components/schemas/${name}`;

function schemaOf(schema: string, isSwagger: boolean): unknown {
  const read = JSON.parse(schema, (name, value) => {
    const model = name === "$ref" ? /\/models\/([A-Za-z0-9]+)$/.exec(String(value))?.[1] : undefined;
    return model === undefined ? value : placeOfSchema(model, isSwagger);
  }) as Json;
  const { $schema: _schema, ...rest } = read;
  return rest;
}

function settingsOf({ api, validators, gatewayResponses }: RestDefinition): Json {
  const own = Object.values(validators).map(
    ({ name = "", validateRequestBody, validateRequestParameters }) => [
      name,
      { validateRequestParameters, validateRequestBody },
    ],
  );
  const responses = Object.values(gatewayResponses).map(
    ({ responseType = "", statusCode, responseParameters, responseTemplates }) => [
      responseType,
      { ...(statusCode ? { statusCode: Number(statusCode) } : {}), responseParameters, responseTemplates },
    ],
  );
  const { apiKeySource, minimumCompressionSize, disableExecuteApiEndpoint, endpointConfiguration } = api;
  const { vpcEndpointIds = [] } = endpointConfiguration ?? {};
  const endpoint = {
    ...(disableExecuteApiEndpoint ? { disableExecuteApiEndpoint } : {}),
    ...(vpcEndpointIds.length > 0 ? { vpcEndpointIds } : {}),
  };
  return {
    ...(Object.keys(endpoint).length > 0 ? { "x-amazon-apigateway-endpoint-configuration": endpoint } : {}),
    ...(apiKeySource === "AUTHORIZER" ? { "x-amazon-apigateway-api-key-source": apiKeySource } : {}),
    ...(minimumCompressionSize === undefined
      ? {}
      : { "x-amazon-apigateway-minimum-compression-size": minimumCompressionSize }),
    ...(own.length > 0 ? { "x-amazon-apigateway-request-validators": Object.fromEntries(own) } : {}),
    ...(responses.length > 0
      ? { "x-amazon-apigateway-gateway-responses": Object.fromEntries(responses) }
      : {}),
    ...(api.binaryMediaTypes?.length
      ? { "x-amazon-apigateway-binary-media-types": api.binaryMediaTypes }
      : {}),
    ...(api.policy ? { "x-amazon-apigateway-policy": JSON.parse(api.policy) } : {}),
  };
}

function operationOf(exported: Exported, method: sdk.Method): Json {
  const { definition, isSwagger, extensions } = exported;
  const {
    requestParameters = {},
    requestModels = {},
    methodResponses = {},
    operationName,
    requestValidatorId,
  } = method;
  const parameters: Json[] = Object.entries(requestParameters).flatMap(([target, required]) => {
    const [, place = "", name] = /^method\.request\.([a-z]+)\.(.+)$/.exec(target) ?? [];
    const found = { querystring: "query", path: "path", header: "header" }[place];
    if (!found) return [];
    return [
      { name, in: found, required, ...(isSwagger ? { type: "string" } : { schema: { type: "string" } }) },
    ];
  });
  const schemaRef = (name: string) => ({ $ref: placeOfSchema(name, isSwagger) });
  const [model] = Object.values(requestModels);
  if (isSwagger && model)
    parameters.push({ in: "body", name: model, required: true, schema: schemaRef(model) });
  const contentOf = (named: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(named).map(([type, name]) => [type, { schema: schemaRef(name) }]));
  const responses = Object.fromEntries(
    Object.entries(methodResponses).map(([code, { responseParameters = {}, responseModels = {} }]) => {
      const headers = Object.keys(responseParameters).map((name) => [
        name.replace("method.response.header.", ""),
        isSwagger ? { type: "string" } : { schema: { type: "string" } },
      ]);
      const [body] = Object.values(responseModels);
      return [
        code,
        {
          description: `${code} response`,
          ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
          ...(isSwagger ? (body ? { schema: schemaRef(body) } : {}) : { content: contentOf(responseModels) }),
        },
      ];
    }),
  );
  const validator = requestValidatorId && definition.validators[requestValidatorId]?.name;
  const security = securityOf(exported, method);
  return {
    ...(operationName ? { operationId: operationName } : {}),
    ...(isSwagger ? { consumes: ["application/json"], produces: ["application/json"] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(!isSwagger && Object.keys(requestModels).length > 0
      ? { requestBody: { content: contentOf(requestModels), required: true } }
      : {}),
    responses,
    ...(security.length > 0 ? { security } : {}),
    ...(validator ? { "x-amazon-apigateway-request-validator": validator } : {}),
    ...(extensions.has("integrations") || extensions.has("apigateway")
      ? { "x-amazon-apigateway-integration": integrationOf(method.methodIntegration) }
      : {}),
  };
}

function securityOf({ definition }: Exported, method: sdk.Method): Json[] {
  const { authorizationType, authorizerId = "", apiKeyRequired, authorizationScopes = [] } = method;
  const name = definition.authorizers[authorizerId]?.name;
  return [
    ...(authorizationType === "AWS_IAM" ? [{ sigv4: [] }] : []),
    ...(name ? [{ [name]: authorizationScopes }] : []),
    ...(apiKeyRequired ? [{ api_key: [] }] : []),
  ];
}

function schemesOf({ definition, extensions }: Exported): Json {
  const methods = Object.values(definition.resources).flatMap(({ resourceMethods = {} }) =>
    Object.values(resourceMethods),
  );
  const header = (name: string, more: Json = {}) => ({ type: "apiKey", name, in: "header", ...more });
  const schemes: Json = {};
  if (methods.some(({ apiKeyRequired }) => apiKeyRequired)) schemes.api_key = header("x-api-key");
  if (methods.some(({ authorizationType }) => authorizationType === "AWS_IAM")) {
    schemes.sigv4 = header("Authorization", { "x-amazon-apigateway-authtype": "awsSigv4" });
  }
  const isWhole = extensions.has("authorizers") || extensions.has("apigateway");
  for (const { id: _id, name = "", authType, type, ...rest } of Object.values(definition.authorizers)) {
    const source = /^method\.request\.header\.(.+)$/.exec(rest.identitySource ?? "")?.[1] ?? "Unused";
    const extension = { ...rest, type: type?.toLowerCase() };
    schemes[name] = header(source, {
      "x-amazon-apigateway-authtype": authType ?? "custom",
      ...(isWhole ? { "x-amazon-apigateway-authorizer": extension } : {}),
    });
  }
  return schemes;
}

function integrationOf(integration: sdk.Integration | undefined): Json {
  const {
    type,
    passthroughBehavior,
    integrationResponses = {},
    cacheNamespace: _namespace,
    cacheKeyParameters,
    ...rest
  } = integration ?? {};
  const responses = Object.values(integrationResponses).map(({ selectionPattern, ...response }) => [
    selectionPattern ?? "default",
    response,
  ]);
  return {
    type: type?.toLowerCase(),
    ...rest,
    ...(cacheKeyParameters?.length ? { cacheKeyParameters } : {}),
    passthroughBehavior: passthroughBehavior?.toLowerCase(),
    ...(responses.length > 0 ? { responses: Object.fromEntries(responses) } : {}),
  };
}
