import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { defined } from "./apis.ts";
import { change, look, without } from "./change.ts";
import { noPart } from "./faults.ts";
import { mapRule, type PatchRule, patched, textRule } from "./patch.ts";
import type { RestDefinition } from "./records.ts";

const STANDARD_TEMPLATE = { "application/json": '{"message":$context.error.messageString}' };

/**
 * The statuses of what an API answers by itself, by type.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const STATUSES: Readonly<Record<sdk.GatewayResponseType, string | undefined>> = {
  ACCESS_DENIED: "403",
  API_CONFIGURATION_ERROR: "500",
  AUTHORIZER_CONFIGURATION_ERROR: "500",
  AUTHORIZER_FAILURE: "500",
  BAD_REQUEST_BODY: "400",
  BAD_REQUEST_PARAMETERS: "400",
  DEFAULT_4XX: undefined,
  DEFAULT_5XX: undefined,
  EXPIRED_TOKEN: "403",
  INTEGRATION_FAILURE: "504",
  INTEGRATION_TIMEOUT: "504",
  INVALID_API_KEY: "403",
  INVALID_SIGNATURE: "403",
  MISSING_AUTHENTICATION_TOKEN: "403",
  QUOTA_EXCEEDED: "429",
  REQUEST_TOO_LARGE: "413",
  RESOURCE_NOT_FOUND: "404",
  THROTTLED: "429",
  UNAUTHORIZED: "401",
  UNSUPPORTED_MEDIA_TYPE: "415",
  WAF_FILTERED: "403",
};

export const gatewayResponses = {
  async PutGatewayResponse(input, context) {
    const { restApiId, ...given } = input;
    return change(context, restApiId, (record) => {
      const type = checkedType(given.responseType);
      const response = { ...standard(type), ...defined(given), defaultResponse: false };
      return [
        { ...record, gatewayResponses: { ...record.gatewayResponses, [type]: response } },
        response,
      ] as const;
    });
  },

  async GetGatewayResponse(input, context) {
    return look(context, input.restApiId, (record) =>
      gatewayResponse(record, checkedType(input.responseType)),
    );
  },

  async GetGatewayResponses(input, context) {
    return look(context, input.restApiId, (record) => ({
      items: (Object.keys(STATUSES) as sdk.GatewayResponseType[]).map((type) =>
        gatewayResponse(record, type),
      ),
    }));
  },

  async UpdateGatewayResponse(input, context) {
    return change(context, input.restApiId, (record) => {
      const type = checkedType(input.responseType);
      const old = { ...gatewayResponse(record, type), defaultResponse: false };
      const response = patched(old, input.patchOperations, RULES);
      return [
        { ...record, gatewayResponses: { ...record.gatewayResponses, [type]: response } },
        response,
      ] as const;
    });
  },

  async DeleteGatewayResponse(input, context) {
    return change(context, input.restApiId, (record) => {
      const type = checkedType(input.responseType);
      if (!record.gatewayResponses[type]) throw noPart("Gateway response type");
      return [{ ...record, gatewayResponses: without(record.gatewayResponses, type) }, {}] as const;
    });
  },
} satisfies Handlers<typeof sdk>;

/** As it was customised, or as it is by itself; what is not customised follows the default of its class. */
export function gatewayResponse(
  { gatewayResponses: own }: Pick<RestDefinition, "gatewayResponses">,
  type: sdk.GatewayResponseType,
): sdk.GatewayResponse {
  const customised = own[type];
  if (customised) return withTemplate(customised);
  const status = STATUSES[type];
  const fallback =
    status === undefined ? undefined : own[status.startsWith("5") ? "DEFAULT_5XX" : "DEFAULT_4XX"];
  if (!fallback) return standard(type);
  return {
    ...withTemplate(fallback),
    ...standardStatus(type, fallback.statusCode),
    responseType: type,
    defaultResponse: true,
  };
}

/** An answer of which only the headers are said has the body that it has by itself. */
function withTemplate(response: sdk.GatewayResponse): sdk.GatewayResponse {
  const isEmpty = Object.keys(response.responseTemplates ?? {}).length === 0;
  return isEmpty ? { ...response, responseTemplates: STANDARD_TEMPLATE } : response;
}

function standardStatus(type: sdk.GatewayResponseType, given: string | undefined) {
  const statusCode = given ?? STATUSES[type];
  return statusCode === undefined ? {} : { statusCode };
}

function standard(type: sdk.GatewayResponseType): sdk.GatewayResponse {
  return {
    responseType: type,
    ...standardStatus(type, undefined),
    responseParameters: {},
    responseTemplates: STANDARD_TEMPLATE,
    defaultResponse: true,
  };
}

function checkedType(type: string | undefined): sdk.GatewayResponseType {
  if (type !== undefined && Object.hasOwn(STATUSES, type)) return type as sdk.GatewayResponseType;
  throw noPart("Gateway response type");
}

const words = (value: string) => value;

const RULES: readonly PatchRule<sdk.GatewayResponse>[] = [
  textRule("/statusCode", "statusCode"),
  mapRule(
    "/responseParameters",
    (response) => {
      response.responseParameters = { ...response.responseParameters };
      return response.responseParameters;
    },
    words,
  ),
  mapRule(
    "/responseTemplates",
    (response) => {
      response.responseTemplates = { ...response.responseTemplates };
      return response.responseTemplates;
    },
    words,
  ),
];
