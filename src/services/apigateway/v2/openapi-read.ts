import type * as sdk from "@aws-sdk/client-apigatewayv2";
import {
  isMembers,
  listOf,
  type Members,
  membersOf,
  referencedName,
  resolveReference,
  textOf,
} from "../openapi/document.ts";

// An HTTP API as an OpenAPI document describes it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html

export interface ReadRoute {
  readonly key: string;
  readonly operationName?: string;
  /** The place of its integration among those read. */
  readonly integration?: number;
  readonly authorizationType: "NONE" | "AWS_IAM" | "CUSTOM" | "JWT";
  /** The name of its authorizer. */
  readonly authorizer?: string;
  readonly scopes: readonly string[];
}

export interface ReadHttpApi {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly cors: sdk.Cors | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly isHidden: boolean;
  /** The path of the first server: `/v1`. */
  readonly basePath: string;
  readonly routes: readonly ReadRoute[];
  readonly integrations: readonly Partial<sdk.Integration>[];
  readonly authorizers: readonly Partial<sdk.Authorizer>[];
  readonly warnings: readonly string[];
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const ANY = "x-amazon-apigateway-any-method";
const INTEGRATION = "x-amazon-apigateway-integration";
const AUTHORIZER = "x-amazon-apigateway-authorizer";

/** `2.0` without quotes is a number in YAML. */
const formatOf = (value: unknown) => (typeof value === "number" ? value.toFixed(1) : textOf(value));

export function readHttpApi(root: Members): ReadHttpApi {
  const info = membersOf(root.info);
  const schemes = membersOf(membersOf(root.components).securitySchemes);
  const integrations: Partial<sdk.Integration>[] = [];
  const byName = new Map<string, number>();
  const warnings: string[] = [];
  const routes: ReadRoute[] = [];
  for (const [path, item] of Object.entries(membersOf(root.paths))) {
    for (const [verb, given] of Object.entries(membersOf(resolveReference(root, item)))) {
      const method = verb === ANY ? "ANY" : METHODS.includes(verb) ? verb.toUpperCase() : undefined;
      if (method === undefined) continue;
      const operation = membersOf(given);
      // SAM writes it without a slash, and exports with one.
      const isDefault = /^\/?\$default$/.test(path) && method === "ANY";
      const key = isDefault ? "$default" : `${method} ${path}`;
      const integration = integrationOf(root, operation, integrations, byName);
      if (integration === undefined) warnings.push(`No integration found for ${key}`);
      const name = textOf(operation.operationId);
      routes.push({
        key,
        ...(name === undefined ? {} : { operationName: name }),
        ...(integration === undefined ? {} : { integration }),
        ...securityOf(operation.security ?? root.security, schemes, warnings, key),
      });
    }
  }
  const [server] = listOf(root.servers).map(membersOf);
  return {
    name: textOf(info.title),
    version: textOf(info.version),
    description: textOf(info.description),
    cors: corsOf(root["x-amazon-apigateway-cors"]),
    tags: tagsOf(root.tags),
    isHidden: isHidden(server),
    basePath: basePathOf(server),
    routes,
    integrations,
    authorizers: authorizersOf(schemes),
    warnings,
  };
}

/** An integration that several routes refer to by one name is one. */
function integrationOf(
  root: Members,
  operation: Members,
  integrations: Partial<sdk.Integration>[],
  byName: Map<string, number>,
): number | undefined {
  const given = operation[INTEGRATION];
  const name = referencedName(given);
  const known = name === undefined ? undefined : byName.get(name);
  if (known !== undefined) return known;
  const resolved = resolveReference(root, given);
  if (!isMembers(resolved)) return undefined;
  integrations.push(readIntegration(resolved));
  const place = integrations.length - 1;
  if (name !== undefined) byName.set(name, place);
  return place;
}

function readIntegration(given: Members): Partial<sdk.Integration> {
  const type = textOf(given.type)?.toUpperCase();
  const timeout = given.timeoutInMillis;
  const tls = membersOf(given.tlsConfig);
  return present({
    IntegrationType: (type === "HTTP" ? "HTTP_PROXY" : type) as sdk.IntegrationType | undefined,
    IntegrationSubtype: textOf(given.integrationSubtype),
    IntegrationMethod: textOf(given.httpMethod),
    IntegrationUri: textOf(given.uri),
    PayloadFormatVersion: formatOf(given.payloadFormatVersion),
    ConnectionType: textOf(given.connectionType) as sdk.ConnectionType | undefined,
    ConnectionId: textOf(given.connectionId),
    CredentialsArn: textOf(given.credentials),
    Description: textOf(given.description),
    TimeoutInMillis: typeof timeout === "number" ? timeout : undefined,
    TlsConfig: tls.serverNameToVerify ? { ServerNameToVerify: String(tls.serverNameToVerify) } : undefined,
    RequestParameters: isMembers(given.requestParameters) ? textsOf(given.requestParameters) : undefined,
    ResponseParameters: isMembers(given.responseParameters)
      ? Object.fromEntries(
          Object.entries(given.responseParameters).map(([status, rules]) => [
            status,
            textsOf(membersOf(rules)),
          ]),
        )
      : undefined,
  });
}

function securityOf(
  security: unknown,
  schemes: Members,
  warnings: string[],
  key: string,
): Pick<ReadRoute, "authorizationType" | "authorizer" | "scopes"> {
  const [first] = listOf(security).map(membersOf);
  const [name, scopes] = Object.entries(first ?? {})[0] ?? [];
  if (name === undefined) return { authorizationType: "NONE", scopes: [] };
  const scheme = membersOf(schemes[name]);
  if (textOf(scheme["x-amazon-apigateway-authtype"])?.toLowerCase() === "awssigv4") {
    return { authorizationType: "AWS_IAM", scopes: [] };
  }
  const authorizer = membersOf(scheme[AUTHORIZER]);
  if (!authorizer.type) {
    warnings.push(`Unsupported security scheme ${name} of ${key}`);
    return { authorizationType: "NONE", scopes: [] };
  }
  if (textOf(authorizer.type) === "jwt") {
    return { authorizationType: "JWT", authorizer: name, scopes: listOf(scopes).map(String) };
  }
  return { authorizationType: "CUSTOM", authorizer: name, scopes: [] };
}

function authorizersOf(schemes: Members): Partial<sdk.Authorizer>[] {
  const all: Partial<sdk.Authorizer>[] = [];
  for (const [Name, scheme] of Object.entries(schemes)) {
    const given = membersOf(membersOf(scheme)[AUTHORIZER]);
    if (!given.type) continue;
    const jwt = membersOf(given.jwtConfiguration);
    const sources = given.identitySource;
    const ttl = given.authorizerResultTtlInSeconds;
    const simple = given.enableSimpleResponses;
    all.push(
      present({
        Name,
        AuthorizerType: textOf(given.type)?.toUpperCase() as sdk.AuthorizerType,
        IdentitySource: Array.isArray(sources)
          ? sources.map(String)
          : textOf(sources)
              ?.split(",")
              .map((source) => source.trim()),
        JwtConfiguration: jwt.issuer
          ? { Issuer: String(jwt.issuer), Audience: listOf(jwt.audience).map(String) }
          : undefined,
        AuthorizerUri: textOf(given.authorizerUri),
        AuthorizerCredentialsArn: textOf(given.authorizerCredentials),
        AuthorizerPayloadFormatVersion: formatOf(given.authorizerPayloadFormatVersion),
        AuthorizerResultTtlInSeconds: typeof ttl === "number" ? ttl : undefined,
        EnableSimpleResponses: typeof simple === "boolean" ? simple : undefined,
      }),
    );
  }
  return all;
}

function corsOf(given: unknown): sdk.Cors | undefined {
  if (!isMembers(given)) return undefined;
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : undefined);
  return present({
    AllowOrigins: list(given.allowOrigins),
    AllowMethods: list(given.allowMethods),
    AllowHeaders: list(given.allowHeaders),
    ExposeHeaders: list(given.exposeHeaders),
    MaxAge: typeof given.maxAge === "number" ? given.maxAge : undefined,
    AllowCredentials: typeof given.allowCredentials === "boolean" ? given.allowCredentials : undefined,
  });
}

function tagsOf(given: unknown): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const tag of listOf(given).map(membersOf)) {
    const value = tag["x-amazon-apigateway-tag-value"];
    if (value !== undefined) tags[String(tag.name)] = String(value);
  }
  return tags;
}

function isHidden(server: Members | undefined): boolean {
  const configuration = membersOf(server?.["x-amazon-apigateway-endpoint-configuration"]);
  return configuration.disableExecuteApiEndpoint === true;
}

/** With the default values of the server's variables. */
function basePathOf(server: Members | undefined): string {
  const variables = membersOf(server?.variables);
  const url = (textOf(server?.url) ?? "").replace(/\{([^}]+)\}/g, (_, name: string) =>
    String(membersOf(variables[name]).default ?? ""),
  );
  const path = url.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/\/+$/, "");
  return path === "" || path.startsWith("/") ? path : `/${path}`;
}

const textsOf = (given: Members): Record<string, string> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));

function present<Shape extends object>(members: Shape): { [Name in keyof Shape]: NonNullable<Shape[Name]> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Shape]: NonNullable<Shape[Name]> };
}
