import type { AuthorizerRecord, IntegrationRecord, RouteRecord, Snapshot } from "./records.ts";

// An HTTP API as an OpenAPI 3.0 document, with the extensions by which it can be imported again.

/** `server`: the address and the path of the stage. */
export function writeHttpApi(
  { api, routes, integrations, authorizers }: Snapshot,
  server: { readonly url: string; readonly basePath: string },
  hasExtensions: boolean,
): object {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const [method = "", path = ""] =
      route.RouteKey === "$default" ? ["ANY", "/$default"] : route.RouteKey.split(" ");
    const verb = method === "ANY" ? "x-amazon-apigateway-any-method" : method.toLowerCase();
    if (method === "ANY" && !hasExtensions) continue;
    const integration = integrations.find(
      ({ IntegrationId }) => route.Target === `integrations/${IntegrationId}`,
    );
    paths[path] = {
      ...paths[path],
      [verb]: operationOf(route, path, authorizers, hasExtensions ? integration : undefined),
    };
  }
  const tags = Object.entries(api.Tags).map(([name, value]) => ({
    name,
    "x-amazon-apigateway-tag-value": value,
  }));
  return {
    openapi: "3.0.1",
    info: {
      title: api.Name,
      ...(api.Description === undefined ? {} : { description: api.Description }),
      version: api.Version ?? "",
    },
    servers: [{ url: server.url, variables: { basePath: { default: server.basePath } } }],
    ...(hasExtensions && tags.length > 0 ? { tags } : {}),
    paths,
    ...componentsOf(authorizers, hasExtensions),
    ...(hasExtensions && api.CorsConfiguration
      ? { "x-amazon-apigateway-cors": lowered(api.CorsConfiguration) }
      : {}),
    ...(hasExtensions ? { "x-amazon-apigateway-importexport-version": "1.0" } : {}),
  };
}

function operationOf(
  route: RouteRecord,
  path: string,
  authorizers: readonly AuthorizerRecord[],
  integration: IntegrationRecord | undefined,
): object {
  const names = [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => name);
  const authorizer = authorizers.find(({ AuthorizerId }) => AuthorizerId === route.AuthorizerId);
  const signed = route.AuthorizationType === "AWS_IAM" ? [{ sigv4: [] }] : undefined;
  const security = authorizer ? [{ [authorizer.Name ?? ""]: route.AuthorizationScopes ?? [] }] : signed;
  return {
    ...(route.OperationName === undefined ? {} : { operationId: route.OperationName }),
    ...(names.length > 0 && {
      parameters: names.map((name) => ({
        name,
        in: "path",
        description: `Generated path parameter for ${name}`,
        required: true,
        schema: { type: "string" },
      })),
    }),
    responses: { default: { description: `Default response for ${route.RouteKey}` } },
    ...(security && { security }),
    ...(integration && { "x-amazon-apigateway-integration": integrationOf(integration) }),
  };
}

function integrationOf(integration: IntegrationRecord): object {
  const { TlsConfig, IntegrationSubtype: subtype } = integration;
  return present({
    payloadFormatVersion: integration.PayloadFormatVersion,
    type: integration.IntegrationType?.toLowerCase(),
    integrationSubtype: subtype,
    httpMethod: subtype === undefined ? integration.IntegrationMethod : undefined,
    uri: integration.IntegrationUri,
    connectionType: integration.ConnectionType,
    connectionId: integration.ConnectionId,
    credentials: integration.CredentialsArn,
    description: integration.Description,
    requestParameters: integration.RequestParameters,
    responseParameters: integration.ResponseParameters,
    timeoutInMillis: integration.TimeoutInMillis,
    tlsConfig: TlsConfig && lowered(TlsConfig),
  });
}

function componentsOf(authorizers: readonly AuthorizerRecord[], hasExtensions: boolean): object {
  if (authorizers.length === 0) return {};
  const schemes = authorizers.map((authorizer) => {
    const isToken = authorizer.AuthorizerType === "JWT";
    const base = isToken
      ? { type: "oauth2", flows: {} }
      : { type: "apiKey", name: headerOf(authorizer), in: "header" };
    const own = { "x-amazon-apigateway-authorizer": authorizerOf(authorizer) };
    return [authorizer.Name, { ...base, ...(hasExtensions ? own : {}) }] as const;
  });
  return { components: { securitySchemes: Object.fromEntries(schemes) } };
}

function headerOf({ IdentitySource = [] }: AuthorizerRecord): string {
  return /^\$request\.header\.(.+)$/.exec(IdentitySource[0] ?? "")?.[1] ?? "Unused";
}

function authorizerOf(authorizer: AuthorizerRecord): object {
  const jwt = authorizer.JwtConfiguration;
  return present({
    type: authorizer.AuthorizerType?.toLowerCase(),
    identitySource: authorizer.IdentitySource?.join(","),
    jwtConfiguration: jwt && lowered(jwt),
    authorizerUri: authorizer.AuthorizerUri,
    authorizerCredentials: authorizer.AuthorizerCredentialsArn,
    authorizerPayloadFormatVersion: authorizer.AuthorizerPayloadFormatVersion,
    authorizerResultTtlInSeconds: authorizer.AuthorizerResultTtlInSeconds,
    enableSimpleResponses: authorizer.EnableSimpleResponses,
  });
}

/** Names as documents have them: `allowOrigins` of `AllowOrigins`. */
function lowered(members: object): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      value,
    ]),
  );
}

function present(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
