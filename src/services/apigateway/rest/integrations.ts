import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { defined } from "./apis.ts";
import { look, without } from "./change.ts";
import { badRequest, noPart, notFound } from "./faults.ts";
import { checkIntegration, TYPES, USUAL_TIMEOUT_MS } from "./integration-checks.ts";
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

const RESPONSE_TARGET = /^method\.response\.(?:header|multivalueheader)\.\S+$/;

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
