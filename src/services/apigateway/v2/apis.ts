import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { deleteApiEntry } from "../api-index.ts";
import { isMapped } from "../domains/records.ts";
import { badRequest, conflict } from "../faults.ts";
import { newApiId, newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { checkTags } from "../tags.ts";
import { change, given, look, requireApi, settle } from "./changes.ts";
import { checkApi, checkCors, checkIntegration, checkRouteKey } from "./checks.ts";
import { type ApiRecord, apisOf, deleteApiRecord, listParts, writeApi, writePart } from "./records.ts";
import { shownApi } from "./shown.ts";

const SETTINGS = [
  "ApiKeySelectionExpression",
  "CorsConfiguration",
  "Description",
  "DisableSchemaValidation",
  "DisableExecuteApiEndpoint",
  "IpAddressType",
  "Name",
  "RouteSelectionExpression",
  "Version",
] as const;

/** Of a quick create: what belongs to its one route. */
const QUICK = "$default";

export const apis = {
  async CreateApi(input, context) {
    const { ProtocolType: protocol } = input;
    if (protocol !== "HTTP" && protocol !== "WEBSOCKET") {
      throw badRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]");
    }
    checkApi(input);
    checkCors(input.CorsConfiguration);
    if (protocol === "WEBSOCKET") checkWebSocket(input);
    const made = newApi(context, { ...input, ProtocolType: protocol });
    const ids = {
      integrationId: newResourceId(context.ids),
      routeId: newResourceId(context.ids),
      revision: context.ids.hex(16),
      deploymentId: newResourceId(context.ids),
    };
    if (input.Target !== undefined) checkQuick(made, input);
    await context.store.transact(async (tx) => {
      writeApi(tx, made);
      if (input.Target !== undefined) quickCreate(tx, made, input, ids);
      await settle(tx, made, { nowMs: made.createdMs, ...ids });
    });
    return shownApi(made, context.endpoint);
  },

  async GetApi(input, context) {
    return shownApi(await look(context, input.ApiId, async (_, api) => api), context.endpoint);
  },

  async GetApis(input, context) {
    const { items, token } = await context.store.transact((tx) =>
      page(apisOf(tx, context.scope), ({ ApiId }) => ApiId, input),
    );
    return { Items: items.map((api) => shownApi(api, context.endpoint)), ...token };
  },

  async UpdateApi(input, context) {
    checkApi(input);
    checkCors(input.CorsConfiguration);
    const changed = await change(context, input.ApiId, async ({ tx, api }) => {
      if (api.ProtocolType === "WEBSOCKET") checkWebSocket(input);
      const { CorsConfiguration, ...settings } = given(input, SETTINGS);
      const next: ApiRecord = { ...api, ...settings, ...(CorsConfiguration && { CorsConfiguration }) };
      writeApi(tx, next);
      await updateQuick(tx, api, input);
      return next;
    });
    return shownApi(changed, context.endpoint);
  },

  async DeleteApi(input, context) {
    await context.store.transact(async (tx) => {
      const api = await requireApi(tx, context, input.ApiId);
      if (await isMapped(tx, api.ApiId)) {
        throw badRequest(
          "Deleting this API will invalidate existing API mappings. " +
            "Please remove them before deleting the API.",
        );
      }
      deleteApiRecord(tx, api);
      deleteApiEntry(tx, api.ApiId);
    });
    return {};
  },

  async DeleteCorsConfiguration(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { CorsConfiguration: _, ...rest } = api;
      writeApi(tx, rest);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** An API as it is first kept. */
export function newApi(
  context: Context,
  input: Partial<sdk.Api> & { readonly ProtocolType: sdk.ProtocolType },
): ApiRecord {
  const isHttp = input.ProtocolType === "HTTP";
  return {
    v: 1,
    ...context.scope,
    ...given(input, SETTINGS),
    ApiId: newApiId(context.ids),
    Name: input.Name ?? "",
    ProtocolType: input.ProtocolType,
    ApiKeySelectionExpression: input.ApiKeySelectionExpression ?? "$request.header.x-api-key",
    DisableExecuteApiEndpoint: input.DisableExecuteApiEndpoint ?? false,
    IpAddressType: input.IpAddressType ?? "ipv4",
    RouteSelectionExpression:
      input.RouteSelectionExpression ?? (isHttp ? "$request.method $request.path" : "$request.body.action"),
    createdMs: Math.floor(context.clock.now()),
    Tags: checkTags(input.Tags),
  };
}

function checkWebSocket(input: {
  readonly CorsConfiguration?: sdk.Cors | undefined;
  readonly RouteSelectionExpression?: string | undefined;
  readonly Target?: string | undefined;
}): void {
  if (input.CorsConfiguration) throw badRequest("CORS is not supported for protocol type WEBSOCKET");
  if (input.Target !== undefined) throw badRequest("Target is not supported for protocol type WEBSOCKET");
  const { RouteSelectionExpression: expression } = input;
  if (expression !== undefined && !/^\$\{?(?:request|context|connection)\./.test(expression)) {
    throw badRequest("Invalid route selection expression specified");
  }
}

function checkQuick(api: ApiRecord, input: sdk.CreateApiRequest): void {
  checkIntegration(api, quickIntegration(input));
  checkRouteKey(api, input.RouteKey ?? QUICK);
}

function quickIntegration({ Target = "", CredentialsArn }: sdk.CreateApiRequest | sdk.UpdateApiRequest) {
  const isFunction = Target.startsWith("arn:");
  return {
    ApiGatewayManaged: true,
    ConnectionType: "INTERNET" as const,
    IntegrationType: isFunction ? ("AWS_PROXY" as const) : ("HTTP_PROXY" as const),
    IntegrationMethod: isFunction ? "POST" : "ANY",
    IntegrationUri: Target,
    PayloadFormatVersion: isFunction ? "2.0" : "1.0",
    TimeoutInMillis: 30_000,
    ...(CredentialsArn === undefined ? {} : { CredentialsArn }),
  };
}

/** One route to one target, in a stage that deploys by itself. */
function quickCreate(
  tx: Transaction,
  api: ApiRecord,
  input: sdk.CreateApiRequest,
  { integrationId, routeId }: { readonly integrationId: string; readonly routeId: string },
): void {
  const { ApiId, createdMs } = api;
  const integration = { v: 1 as const, IntegrationId: integrationId, ...quickIntegration(input) };
  writePart(tx, ApiId, "integration", [integrationId], integration);
  writePart(tx, ApiId, "route", [routeId], {
    v: 1,
    ApiGatewayManaged: true,
    ApiKeyRequired: false,
    AuthorizationType: "NONE",
    RouteId: routeId,
    RouteKey: input.RouteKey ?? QUICK,
    Target: `integrations/${integrationId}`,
  });
  writePart(tx, ApiId, "stage", [QUICK], {
    v: 1,
    ApiGatewayManaged: true,
    AutoDeploy: true,
    StageName: QUICK,
    DefaultRouteSettings: { DetailedMetricsEnabled: false },
    RouteSettings: {},
    StageVariables: {},
    createdMs,
    updatedMs: createdMs,
    Tags: {},
  });
}

/** Target, route key and credentials of an API that was made in one call. */
async function updateQuick(tx: Transaction, api: ApiRecord, input: sdk.UpdateApiRequest): Promise<void> {
  const { Target, RouteKey, CredentialsArn } = input;
  if (Target === undefined && RouteKey === undefined && CredentialsArn === undefined) return;
  const integrations = await listParts(tx, api.ApiId, "integration");
  const integration = integrations.find(({ ApiGatewayManaged }) => ApiGatewayManaged);
  const routes = await listParts(tx, api.ApiId, "route");
  const route = routes.find(({ ApiGatewayManaged }) => ApiGatewayManaged);
  if (!integration || !route) throw badRequest("Only APIs created by quick create can be given a target");
  if (Target !== undefined || CredentialsArn !== undefined) {
    const target = Target ?? integration.IntegrationUri;
    const next = { ...integration, ...quickIntegration({ ...input, ...(target && { Target: target }) }) };
    checkIntegration(api, next);
    writePart(tx, api.ApiId, "integration", [integration.IntegrationId], next);
  }
  if (RouteKey === undefined) return;
  checkRouteKey(api, RouteKey);
  if (routes.some((other) => other.RouteKey === RouteKey && other.RouteId !== route.RouteId)) {
    throw conflict(`Route with key ${RouteKey} already exists for this API`);
  }
  writePart(tx, api.ApiId, "route", [route.RouteId], { ...route, RouteKey });
}
