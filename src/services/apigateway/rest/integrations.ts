import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { defined } from "./apis.ts";
import { look, without } from "./change.ts";
import { badRequest, noPart, notFound } from "./faults.ts";
import { checkParameters, checkStatus, edit, methodOf } from "./methods.ts";
import {
  choiceRule,
  flagRule,
  mapRule,
  numberRule,
  type PatchRule,
  patched,
  setRule,
  textRule,
} from "./patch.ts";

const TYPES = ["HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"];
const PASSTHROUGH = ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"];
const REQUEST_TARGET =
  /^integration\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\.\S+$/;
const RESPONSE_TARGET = /^method\.response\.(?:header|multivalueheader)\.\S+$/;
const SERVICE_URI = /^arn:aws[\w-]*:apigateway:[a-z0-9-]+:[\w.-]+:(?:path|action)\/\S*$/;
const USUAL_TIMEOUT_MS = 29_000;
/** Regional and private APIs may have it raised; what a quota allows is not the platform's to know. */
const LONGEST_TIMEOUT_MS = 300_000;
const SHORTEST_TIMEOUT_MS = 50;

export const integrations = {
  async PutIntegration(input, context) {
    const { restApiId, resourceId, httpMethod, integrationHttpMethod, ...given } = input;
    return edit(context, { restApiId, resourceId, httpMethod }, (method, _record, resource) => {
      const integration: sdk.Integration = {
        passthroughBehavior: "WHEN_NO_MATCH",
        timeoutInMillis: USUAL_TIMEOUT_MS,
        cacheNamespace: resource.id,
        cacheKeyParameters: [],
        ...(given.type === "MOCK" ? {} : { connectionType: "INTERNET" }),
        ...defined({ ...given, httpMethod: integrationHttpMethod }),
        ...(method.methodIntegration?.integrationResponses && {
          integrationResponses: method.methodIntegration.integrationResponses,
        }),
      };
      checkIntegration(integration);
      return [{ ...method, methodIntegration: integration }, integration] as const;
    });
  },

  async GetIntegration(input, context) {
    return look(context, input.restApiId, (record) => integrationOf(methodOf(record, input).method));
  },

  async UpdateIntegration(input, context) {
    return edit(context, input, (method) => {
      const integration = patched(integrationOf(method), input.patchOperations, INTEGRATION_RULES);
      checkIntegration(integration);
      return [{ ...method, methodIntegration: integration }, integration] as const;
    });
  },

  async DeleteIntegration(input, context) {
    return edit(context, input, (method) => {
      integrationOf(method);
      const { methodIntegration: _gone, ...rest } = method;
      return [rest, {}] as const;
    });
  },

  async PutIntegrationResponse(input, context) {
    const { restApiId, resourceId, httpMethod, ...given } = input;
    return edit(context, { restApiId, resourceId, httpMethod }, (method) => {
      checkStatus(given.statusCode ?? "");
      const response = defined(given);
      return [withResponse(method, response), response] as const;
    });
  },

  async GetIntegrationResponse(input, context) {
    return look(context, input.restApiId, (record) =>
      responseOf(methodOf(record, input).method, input.statusCode),
    );
  },

  async UpdateIntegrationResponse(input, context) {
    return edit(context, input, (method) => {
      const response = patched(responseOf(method, input.statusCode), input.patchOperations, RESPONSE_RULES);
      return [withResponse(method, response), response] as const;
    });
  },

  async DeleteIntegrationResponse(input, context) {
    return edit(context, input, (method) => {
      const { statusCode = "" } = responseOf(method, input.statusCode);
      const integration = integrationOf(method);
      const integrationResponses = without(integration.integrationResponses ?? {}, statusCode);
      return [{ ...method, methodIntegration: { ...integration, integrationResponses } }, {}] as const;
    });
  },
} satisfies Handlers<typeof sdk>;

function integrationOf({ methodIntegration }: sdk.Method): sdk.Integration {
  if (!methodIntegration) throw noPart("Integration");
  return methodIntegration;
}

function responseOf(method: sdk.Method, statusCode = ""): sdk.IntegrationResponse {
  const response = integrationOf(method).integrationResponses?.[statusCode];
  if (!response) throw notFound("Invalid Response status code specified");
  return response;
}

/** What is mapped must be declared as the method's answer. */
function withResponse(method: sdk.Method, response: sdk.IntegrationResponse): sdk.Method {
  const integration = integrationOf(method);
  const { statusCode = "", responseParameters = {}, selectionPattern } = response;
  const declared = method.methodResponses?.[statusCode];
  if (!declared) throw noPart("Method Response status code");
  const names = Object.keys(responseParameters);
  checkParameters(names, RESPONSE_TARGET);
  checkParameters(
    names.filter((name) => !Object.hasOwn(declared.responseParameters ?? {}, name)),
    /^$/,
  );
  if (selectionPattern !== undefined) checkPattern(selectionPattern);
  const integrationResponses = { ...integration.integrationResponses, [statusCode]: response };
  return { ...method, methodIntegration: { ...integration, integrationResponses } };
}

function checkPattern(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch {
    throw badRequest(`Invalid selection pattern specified: ${pattern}`);
  }
}

function checkIntegration(integration: sdk.Integration): void {
  const { type = "", httpMethod, uri = "", timeoutInMillis = USUAL_TIMEOUT_MS } = integration;
  const { passthroughBehavior = "", requestParameters = {}, connectionType, connectionId } = integration;
  if (!TYPES.includes(type))
    throw badRequest(`Invalid integration type specified. Valid options are ${TYPES.join(", ")}`);
  if (type !== "MOCK" && !httpMethod) throw badRequest("Enumeration value for HttpMethod must be non-empty");
  if (type.startsWith("HTTP") && connectionType !== "VPC_LINK" && !/^https?:\/\/[^/\s]+/.test(uri)) {
    throw badRequest("Invalid HTTP endpoint specified for URI");
  }
  if (type.startsWith("AWS") && !SERVICE_URI.test(uri))
    throw badRequest("Invalid ARN specified in the request");
  if (type === "AWS_PROXY" && !uri.includes(":lambda:path/")) {
    throw badRequest(
      "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream " +
        "invocations.",
    );
  }
  if (!PASSTHROUGH.includes(passthroughBehavior)) {
    throw badRequest(`Invalid passthrough behavior specified. Valid options are ${PASSTHROUGH.join(", ")}`);
  }
  if (!(timeoutInMillis >= SHORTEST_TIMEOUT_MS && timeoutInMillis <= LONGEST_TIMEOUT_MS)) {
    throw badRequest(`Timeout should be between ${SHORTEST_TIMEOUT_MS} ms and ${USUAL_TIMEOUT_MS} ms`);
  }
  if (connectionType === "VPC_LINK" && !connectionId) {
    throw badRequest("Connection Id must be specified for a VPC_LINK integration");
  }
  checkParameters(Object.keys(requestParameters), REQUEST_TARGET);
}

const words = (value: string) => value;

const INTEGRATION_RULES: readonly PatchRule<sdk.Integration>[] = [
  choiceRule("/type", "type", TYPES),
  textRule("/uri", "uri"),
  textRule("/httpMethod", "httpMethod"),
  textRule("/credentials", "credentials"),
  textRule("/passthroughBehavior", "passthroughBehavior"),
  textRule("/connectionId", "connectionId"),
  choiceRule("/connectionType", "connectionType", ["INTERNET", "VPC_LINK"]),
  choiceRule("/contentHandling", "contentHandling", ["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]),
  choiceRule("/responseTransferMode", "responseTransferMode", ["BUFFERED", "STREAM"]),
  textRule("/cacheNamespace", "cacheNamespace"),
  textRule("/integrationTarget", "integrationTarget"),
  numberRule("/timeoutInMillis", "timeoutInMillis"),
  setRule("/cacheKeyParameters", (integration) => {
    integration.cacheKeyParameters ??= [];
    return integration.cacheKeyParameters;
  }),
  mapRule(
    "/requestParameters",
    (integration) => {
      integration.requestParameters ??= {};
      return integration.requestParameters;
    },
    words,
  ),
  mapRule(
    "/requestTemplates",
    (integration) => {
      integration.requestTemplates ??= {};
      return integration.requestTemplates;
    },
    words,
  ),
  {
    path: "/tlsConfig/insecureSkipVerification",
    ops: ["add", "replace", "remove"],
    apply(integration, patch) {
      integration.tlsConfig ??= {};
      flagRule<sdk.TlsConfig>(patch.names.join(), "insecureSkipVerification").apply(
        integration.tlsConfig,
        patch,
      );
    },
  },
];

const RESPONSE_RULES: readonly PatchRule<sdk.IntegrationResponse>[] = [
  textRule("/selectionPattern", "selectionPattern"),
  choiceRule("/contentHandling", "contentHandling", ["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]),
  mapRule(
    "/responseParameters",
    (response) => {
      response.responseParameters ??= {};
      return response.responseParameters;
    },
    words,
  ),
  mapRule(
    "/responseTemplates",
    (response) => {
      response.responseTemplates ??= {};
      return response.responseTemplates;
    },
    words,
  ),
];
