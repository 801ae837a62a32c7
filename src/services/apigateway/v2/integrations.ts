import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { badRequest, conflict } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { change, checkKind, given, look, merged, requirePart } from "./changes.ts";
import { checkIntegration } from "./checks.ts";
import {
  type ApiRecord,
  clearParts,
  deletePart,
  type IntegrationRecord,
  listParts,
  partsOf,
  writePart,
} from "./records.ts";

const SETTINGS = [
  "ConnectionId",
  "ConnectionType",
  "ContentHandlingStrategy",
  "CredentialsArn",
  "Description",
  "IntegrationMethod",
  "IntegrationSubtype",
  "IntegrationType",
  "IntegrationUri",
  "PassthroughBehavior",
  "PayloadFormatVersion",
  "RequestTemplates",
  "TemplateSelectionExpression",
  "TimeoutInMillis",
  "TlsConfig",
] as const;

const RESPONSE_SETTINGS = [
  "ContentHandlingStrategy",
  "IntegrationResponseKey",
  "ResponseParameters",
  "ResponseTemplates",
  "TemplateSelectionExpression",
] as const;

/** What routes lead to. */
export const integrations = {
  async CreateIntegration(input, context) {
    const id = newResourceId(context.ids);
    return change(context, input.ApiId, async ({ tx, api }) => {
      const integration = newIntegration(api, id, input as Partial<sdk.Integration>);
      writePart(tx, api.ApiId, "integration", [id], integration);
      return integration;
    });
  },

  async GetIntegration(input, context) {
    return look(context, input.ApiId, (tx, { ApiId }) =>
      requirePart(tx, ApiId, "integration", input.IntegrationId),
    );
  },

  async GetIntegrations(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const all = partsOf(tx, ApiId, "integration");
      const { items, token } = await page(all, ({ IntegrationId }) => IntegrationId, input);
      return { Items: items, ...token };
    });
  },

  async UpdateIntegration(input, context) {
    return change(context, input.ApiId, async ({ tx, api }) => {
      const before = await requirePart(tx, api.ApiId, "integration", input.IntegrationId);
      if (before.ApiGatewayManaged) {
        throw badRequest("Integrations that are managed by the API are updated through UpdateApi");
      }
      return updateIntegration(tx, api, before, input);
    });
  },

  async DeleteIntegration(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { IntegrationId: id } = await requirePart(tx, api.ApiId, "integration", input.IntegrationId);
      const routes = await listParts(tx, api.ApiId, "route");
      if (routes.some(({ Target }) => Target === `integrations/${id}`)) {
        throw conflict(`Cannot delete Integration '${id}'. One or more Routes are referencing it.`);
      }
      deletePart(tx, api.ApiId, "integration", id);
      clearParts(tx, api.ApiId, "integrationResponse", id);
    });
    return {};
  },

  async CreateIntegrationResponse(input, context) {
    const id = newResourceId(context.ids);
    return change(context, input.ApiId, async ({ tx, api }) => {
      checkKind(api, "WEBSOCKET", "IntegrationResponse");
      const { IntegrationId } = await requirePart(tx, api.ApiId, "integration", input.IntegrationId);
      const response = {
        v: 1 as const,
        IntegrationId,
        IntegrationResponseId: id,
        ...given(input, RESPONSE_SETTINGS),
        IntegrationResponseKey: checkResponseKey(input.IntegrationResponseKey),
      };
      const others = await listParts(tx, api.ApiId, "integrationResponse", IntegrationId);
      refuseSameKey(others, response);
      writePart(tx, api.ApiId, "integrationResponse", [IntegrationId, id], response);
      return response;
    });
  },

  async GetIntegrationResponse(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const { IntegrationId, IntegrationResponseId } = input;
      await requirePart(tx, ApiId, "integration", IntegrationId);
      return requirePart(tx, ApiId, "integrationResponse", IntegrationId, IntegrationResponseId);
    });
  },

  async GetIntegrationResponses(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const { IntegrationId } = await requirePart(tx, ApiId, "integration", input.IntegrationId);
      const all = partsOf(tx, ApiId, "integrationResponse", IntegrationId);
      const { items, token } = await page(all, ({ IntegrationResponseId: id }) => id, input);
      return { Items: items, ...token };
    });
  },

  async UpdateIntegrationResponse(input, context) {
    return change(context, input.ApiId, async ({ tx, api }) => {
      const { IntegrationId, IntegrationResponseId: id } = input;
      const before = await requirePart(tx, api.ApiId, "integrationResponse", IntegrationId, id);
      const next = { ...before, ...given(input, RESPONSE_SETTINGS) };
      checkResponseKey(next.IntegrationResponseKey);
      const others = await listParts(tx, api.ApiId, "integrationResponse", before.IntegrationId);
      refuseSameKey(others, next);
      writePart(
        tx,
        api.ApiId,
        "integrationResponse",
        [before.IntegrationId, before.IntegrationResponseId],
        next,
      );
      return next;
    });
  },

  async DeleteIntegrationResponse(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { IntegrationId = "", IntegrationResponseId: id = "" } = input;
      await requirePart(tx, api.ApiId, "integrationResponse", IntegrationId, id);
      deletePart(tx, api.ApiId, "integrationResponse", IntegrationId, id);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export function updateIntegration(
  tx: Transaction,
  api: ApiRecord,
  before: IntegrationRecord,
  input: Partial<sdk.UpdateIntegrationRequest>,
): IntegrationRecord {
  const requests = merged(before.RequestParameters, input.RequestParameters);
  const responses = merged(before.ResponseParameters, input.ResponseParameters);
  const next: IntegrationRecord = {
    ...before,
    ...given(input, SETTINGS),
    ...(requests && { RequestParameters: requests }),
    ...(responses && { ResponseParameters: responses }),
  };
  checkIntegration(api, next);
  writePart(tx, api.ApiId, "integration", [before.IntegrationId], next);
  return next;
}

/** With what AWS fills in. Throws for what it refuses. */
export function newIntegration(
  api: ApiRecord,
  id: string,
  input: Partial<sdk.Integration>,
): IntegrationRecord {
  const isHttp = api.ProtocolType === "HTTP";
  const { RequestParameters, ResponseParameters } = input;
  const integration: IntegrationRecord = {
    v: 1,
    IntegrationId: id,
    ConnectionType: "INTERNET",
    ...(isHttp ? { PayloadFormatVersion: "1.0" } : {}),
    ...(isHttp || input.IntegrationType === "MOCK" ? {} : { PassthroughBehavior: "WHEN_NO_MATCH" as const }),
    ...(isHttp
      ? {}
      : {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the service
          IntegrationResponseSelectionExpression: "${integration.response.statuscode}",
          PayloadFormatVersion: "1.0",
        }),
    TimeoutInMillis: isHttp ? 30_000 : 29_000,
    ...given(input, SETTINGS),
    ...(RequestParameters && { RequestParameters }),
    ...(ResponseParameters && { ResponseParameters }),
  };
  const isFunction =
    integration.IntegrationType === "AWS_PROXY" && integration.IntegrationSubtype === undefined;
  const made =
    isFunction && !integration.IntegrationMethod
      ? { ...integration, IntegrationMethod: "POST" }
      : integration;
  checkIntegration(api, made);
  return made;
}

function checkResponseKey(key: string | undefined): string {
  if (key === "$default" || (key !== undefined && /^\/.+\/$/.test(key))) return key;
  throw badRequest(
    "Invalid integration response key specified: it must be $default or a pattern such as /2\\d\\d/",
  );
}

function refuseSameKey(
  others: readonly { readonly IntegrationResponseKey: string; readonly IntegrationResponseId: string }[],
  one: { readonly IntegrationResponseKey: string; readonly IntegrationResponseId: string },
): void {
  const { IntegrationResponseKey: key, IntegrationResponseId: id } = one;
  if (others.some((other) => other.IntegrationResponseKey === key && other.IntegrationResponseId !== id)) {
    throw conflict(`IntegrationResponse with key ${key} already exists for this Integration`);
  }
}
