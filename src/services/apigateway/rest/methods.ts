import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Context, Handlers } from "../../define.ts";
import { defined } from "./apis.ts";
import { change, look, requireMember, without } from "./change.ts";
import { badRequest, conflict, noPart, notFound } from "./faults.ts";
import { flagRule, mapRule, type PatchRule, patched, readFlag, setRule, textRule } from "./patch.ts";
import type { RestApiRecord } from "./records.ts";

const VERBS = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
const AUTHORIZATION_TYPES = ["NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"];
const REQUEST_PARAMETER =
  /^method\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\.[^\s]+$/;
const RESPONSE_PARAMETER = /^method\.response\.(?:header|multivalueheader)\.[^\s]+$/;

export const methods = {
  async PutMethod(input, context) {
    const { restApiId, resourceId, httpMethod = "", ...given } = input;
    if (!VERBS.includes(httpMethod))
      throw badRequest(`Invalid HttpMethod specified. Valid options are ${VERBS.join(",")}`);
    return change(context, restApiId, (record) => {
      const resource = requireMember(record.resources, resourceId, "Resource");
      if (resource.resourceMethods?.[httpMethod]) throw conflict("Method already exists for this resource");
      const method: sdk.Method = { httpMethod, apiKeyRequired: false, ...defined(given) };
      checkMethod(record, method);
      return [withMethod(record, resource, method), method] as const;
    });
  },

  async GetMethod(input, context) {
    return look(context, input.restApiId, (record) => methodOf(record, input).method);
  },

  async UpdateMethod(input, context) {
    return change(context, input.restApiId, (record) => {
      const { resource, method } = methodOf(record, input);
      const changed = patched(method, input.patchOperations, METHOD_RULES);
      checkMethod(record, changed);
      return [withMethod(record, resource, changed), changed] as const;
    });
  },

  async DeleteMethod(input, context) {
    return change(context, input.restApiId, (record) => {
      const { resource, method } = methodOf(record, input);
      const resourceMethods = without(resource.resourceMethods ?? {}, method.httpMethod ?? "");
      return [withResource(record, { ...resource, resourceMethods }), {}] as const;
    });
  },

  async PutMethodResponse(input, context) {
    const { restApiId, resourceId, httpMethod, ...given } = input;
    return edit(context, { restApiId, resourceId, httpMethod }, (method, record) => {
      const { statusCode = "" } = given;
      checkStatus(statusCode);
      if (method.methodResponses?.[statusCode]) throw conflict("Response already exists for this resource");
      const response = defined(given);
      checkResponse(record, response);
      return [
        { ...method, methodResponses: { ...method.methodResponses, [statusCode]: response } },
        response,
      ] as const;
    });
  },

  async GetMethodResponse(input, context) {
    return look(context, input.restApiId, (record) =>
      responseOf(methodOf(record, input).method, input.statusCode),
    );
  },

  async UpdateMethodResponse(input, context) {
    return edit(context, input, (method, record) => {
      const response = patched(responseOf(method, input.statusCode), input.patchOperations, RESPONSE_RULES);
      checkResponse(record, response);
      const { statusCode = "" } = response;
      return [
        { ...method, methodResponses: { ...method.methodResponses, [statusCode]: response } },
        response,
      ] as const;
    });
  },

  async DeleteMethodResponse(input, context) {
    return edit(context, input, (method) => {
      const { statusCode = "" } = responseOf(method, input.statusCode);
      return [{ ...method, methodResponses: without(method.methodResponses ?? {}, statusCode) }, {}] as const;
    });
  },
} satisfies Handlers<typeof sdk>;

export interface MethodName {
  readonly restApiId: string | undefined;
  readonly resourceId: string | undefined;
  readonly httpMethod: string | undefined;
}

export function methodOf(record: RestApiRecord, { resourceId, httpMethod }: MethodName) {
  const resource = requireMember(record.resources, resourceId, "Resource");
  return { resource, method: requireMember(resource.resourceMethods ?? {}, httpMethod, "Method") };
}

/** Changes one method. */
export function edit<Result>(
  context: Pick<Context, "scope" | "store" | "ids">,
  name: MethodName,
  change_: (
    method: sdk.Method,
    record: RestApiRecord,
    resource: sdk.Resource,
  ) => readonly [sdk.Method, Result],
): Promise<Result> {
  return change(context, name.restApiId, (record) => {
    const { resource, method } = methodOf(record, name);
    const [changed, result] = change_(method, record, resource);
    return [withMethod(record, resource, changed), result] as const;
  });
}

function withMethod(record: RestApiRecord, resource: sdk.Resource, method: sdk.Method): RestApiRecord {
  const resourceMethods = { ...resource.resourceMethods, [method.httpMethod ?? ""]: method };
  return withResource(record, { ...resource, resourceMethods });
}

function withResource(record: RestApiRecord, resource: sdk.Resource): RestApiRecord {
  return { ...record, resources: { ...record.resources, [resource.id ?? ""]: resource } };
}

function responseOf({ methodResponses = {} }: sdk.Method, statusCode = ""): sdk.MethodResponse {
  const response = methodResponses[statusCode];
  if (!response) throw notFound("Invalid Response status code specified");
  return response;
}

function checkMethod(record: RestApiRecord, method: sdk.Method): void {
  const {
    authorizationType = "",
    authorizerId,
    requestValidatorId,
    requestParameters = {},
    requestModels = {},
  } = method;
  if (!AUTHORIZATION_TYPES.includes(authorizationType)) {
    throw badRequest(
      `Invalid authorization type specified. Valid options are ${AUTHORIZATION_TYPES.join(", ")}`,
    );
  }
  const needsAuthorizer = authorizationType === "CUSTOM" || authorizationType === "COGNITO_USER_POOLS";
  if (needsAuthorizer && (authorizerId === undefined || !record.authorizers[authorizerId])) {
    throw badRequest(
      "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS " +
        "requires a valid authorizer.",
    );
  }
  if (requestValidatorId !== undefined && !record.validators[requestValidatorId]) {
    throw badRequest("Invalid Request Validator identifier specified");
  }
  checkParameters(Object.keys(requestParameters), REQUEST_PARAMETER);
  checkModels(record, requestModels);
}

function checkResponse(
  record: RestApiRecord,
  { responseParameters = {}, responseModels = {} }: sdk.MethodResponse,
): void {
  checkParameters(Object.keys(responseParameters), RESPONSE_PARAMETER);
  checkModels(record, responseModels);
}

export function checkParameters(names: readonly string[], pattern: RegExp): void {
  const wrong = names.filter((name) => !pattern.test(name));
  if (wrong.length === 0) return;
  const errors = wrong.map((name) => `Invalid mapping expression parameter specified: ${name}`);
  throw badRequest(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${errors.join(", ")}]`,
  );
}

function checkModels({ models }: RestApiRecord, named: Readonly<Record<string, string>>): void {
  for (const name of Object.values(named)) {
    if (!Object.hasOwn(models, name)) throw badRequest(`Invalid model identifier specified: ${name}`);
  }
}

export function checkStatus(statusCode: string): void {
  if (!/^[1-5]\d\d$/.test(statusCode)) throw noPart("status code");
}

const METHOD_RULES: readonly PatchRule<sdk.Method>[] = [
  textRule("/authorizationType", "authorizationType"),
  textRule("/authorizerId", "authorizerId"),
  textRule("/operationName", "operationName"),
  textRule("/requestValidatorId", "requestValidatorId"),
  flagRule("/apiKeyRequired", "apiKeyRequired"),
  setRule("/authorizationScopes", (method) => {
    method.authorizationScopes ??= [];
    return method.authorizationScopes;
  }),
  mapRule(
    "/requestParameters",
    (method) => {
      method.requestParameters ??= {};
      return method.requestParameters;
    },
    readFlag,
  ),
  mapRule(
    "/requestModels",
    (method) => {
      method.requestModels ??= {};
      return method.requestModels;
    },
    (value) => value,
  ),
];

const RESPONSE_RULES: readonly PatchRule<sdk.MethodResponse>[] = [
  mapRule(
    "/responseParameters",
    (response) => {
      response.responseParameters ??= {};
      return response.responseParameters;
    },
    readFlag,
  ),
  mapRule(
    "/responseModels",
    (response) => {
      response.responseModels ??= {};
      return response.responseModels;
    },
    (value) => value,
  ),
];
