import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { badRequest, conflict, notFound } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { change, checkKind, given, look, merged, requirePart } from "./changes.ts";
import { checkRouteKey } from "./checks.ts";
import {
  type ApiRecord,
  clearParts,
  deletePart,
  listParts,
  partsOf,
  type RouteRecord,
  readPart,
  writePart,
} from "./records.ts";

const SETTINGS = [
  "ApiKeyRequired",
  "AuthorizationScopes",
  "AuthorizationType",
  "AuthorizerId",
  "ModelSelectionExpression",
  "OperationName",
  "RequestModels",
  "RouteKey",
  "RouteResponseSelectionExpression",
  "Target",
] as const;

const RESPONSE_SETTINGS = [
  "ModelSelectionExpression",
  "ResponseModels",
  "ResponseParameters",
  "RouteResponseKey",
] as const;

export const routes = {
  async CreateRoute(input, context) {
    const id = newResourceId(context.ids);
    return change(context, input.ApiId, async ({ tx, api }) => {
      const route = newRoute(id, input);
      await checkRoute(tx, api, route);
      writePart(tx, api.ApiId, "route", [id], route);
      return route;
    });
  },

  async GetRoute(input, context) {
    return look(context, input.ApiId, (tx, { ApiId }) => requirePart(tx, ApiId, "route", input.RouteId));
  },

  async GetRoutes(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const { items, token } = await page(partsOf(tx, ApiId, "route"), ({ RouteId }) => RouteId, input);
      return { Items: items, ...token };
    });
  },

  async UpdateRoute(input, context) {
    return change(context, input.ApiId, async ({ tx, api }) => {
      const before = await requirePart(tx, api.ApiId, "route", input.RouteId);
      const parameters = merged(before.RequestParameters, input.RequestParameters);
      const changed = {
        ...before,
        ...given(input, SETTINGS),
        ...(parameters && { RequestParameters: parameters }),
      };
      const next = withoutEmpty(changed);
      await checkRoute(tx, api, next);
      writePart(tx, api.ApiId, "route", [before.RouteId], next);
      return next;
    });
  },

  async DeleteRoute(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { RouteId } = await requirePart(tx, api.ApiId, "route", input.RouteId);
      deletePart(tx, api.ApiId, "route", RouteId);
      clearParts(tx, api.ApiId, "routeResponse", RouteId);
    });
    return {};
  },

  async DeleteRouteRequestParameter(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const route = await requirePart(tx, api.ApiId, "route", input.RouteId);
      const { [input.RequestParameterKey ?? ""]: gone, ...RequestParameters } = route.RequestParameters ?? {};
      if (gone === undefined) throw notFound("Invalid RequestParameter identifier specified");
      writePart(tx, api.ApiId, "route", [route.RouteId], { ...route, RequestParameters });
    });
    return {};
  },

  async CreateRouteResponse(input, context) {
    const id = newResourceId(context.ids);
    return change(context, input.ApiId, async ({ tx, api }) => {
      checkKind(api, "WEBSOCKET", "RouteResponse");
      const { RouteId } = await requirePart(tx, api.ApiId, "route", input.RouteId);
      checkResponseKey(input.RouteResponseKey);
      const others = await listParts(tx, api.ApiId, "routeResponse", RouteId);
      if (others.length > 0) throw conflict("RouteResponse with key $default already exists for this Route");
      const response = {
        v: 1 as const,
        RouteId,
        RouteResponseId: id,
        ...given(input, RESPONSE_SETTINGS),
        RouteResponseKey: "$default",
      };
      writePart(tx, api.ApiId, "routeResponse", [RouteId, id], response);
      return response;
    });
  },

  async GetRouteResponse(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      await requirePart(tx, ApiId, "route", input.RouteId);
      return requirePart(tx, ApiId, "routeResponse", input.RouteId, input.RouteResponseId);
    });
  },

  async GetRouteResponses(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const { RouteId } = await requirePart(tx, ApiId, "route", input.RouteId);
      const all = partsOf(tx, ApiId, "routeResponse", RouteId);
      const { items, token } = await page(all, ({ RouteResponseId }) => RouteResponseId, input);
      return { Items: items, ...token };
    });
  },

  async UpdateRouteResponse(input, context) {
    return change(context, input.ApiId, async ({ tx, api }) => {
      const before = await requirePart(tx, api.ApiId, "routeResponse", input.RouteId, input.RouteResponseId);
      if (input.RouteResponseKey !== undefined) checkResponseKey(input.RouteResponseKey);
      const next = { ...before, ...given(input, RESPONSE_SETTINGS) };
      writePart(tx, api.ApiId, "routeResponse", [before.RouteId, before.RouteResponseId], next);
      return next;
    });
  },

  async DeleteRouteResponse(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { RouteId = "", RouteResponseId = "" } = input;
      await requirePart(tx, api.ApiId, "routeResponse", RouteId, RouteResponseId);
      deletePart(tx, api.ApiId, "routeResponse", RouteId, RouteResponseId);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export function newRoute(id: string, input: Partial<sdk.Route>): RouteRecord {
  return withoutEmpty({
    v: 1,
    ApiKeyRequired: false,
    AuthorizationType: "NONE",
    ...given(input, SETTINGS),
    ...(input.RequestParameters && { RequestParameters: input.RequestParameters }),
    RouteId: id,
    RouteKey: input.RouteKey ?? "",
  });
}

/** A target or an authorizer is taken away by an empty one; without authorization there is no authorizer. */
function withoutEmpty(route: RouteRecord): RouteRecord {
  const { AuthorizerId, Target, ...rest } = route;
  const isAuthorized = route.AuthorizationType === "CUSTOM" || route.AuthorizationType === "JWT";
  return {
    ...rest,
    ...(AuthorizerId && isAuthorized ? { AuthorizerId } : {}),
    ...(Target ? { Target } : {}),
  };
}

async function checkRoute(tx: Transaction, api: ApiRecord, route: RouteRecord): Promise<void> {
  const { RouteKey: key, RouteId, Target, AuthorizationType: type = "NONE" } = route;
  checkRouteKey(api, key);
  const others = await listParts(tx, api.ApiId, "route");
  if (others.some((other) => other.RouteId !== RouteId && isSameRoute(other.RouteKey, key))) {
    throw conflict(`Route with key ${key} already exists for this API`);
  }
  if (Target !== undefined) {
    const id = /^integrations\/([^/]+)$/.exec(Target)?.[1];
    if (id === undefined || !(await readPart(tx, api.ApiId, "integration", id))) {
      throw badRequest(`Invalid target: Integration with identifier ${id ?? Target} does not exist`);
    }
  }
  if (!["NONE", "AWS_IAM", "CUSTOM", "JWT"].includes(type))
    throw badRequest("Invalid AuthorizationType specified");
  if (api.ProtocolType === "WEBSOCKET" && type !== "NONE" && key !== "$connect") {
    throw badRequest("Currently, authorization is restricted to the $connect route only");
  }
  await checkRouteAuthorizer(tx, api, route, type);
}

async function checkRouteAuthorizer(tx: Transaction, api: ApiRecord, route: RouteRecord, type: string) {
  const scopes = route.AuthorizationScopes ?? [];
  if (scopes.length > 0 && type !== "JWT") {
    throw badRequest("AuthorizationScopes are only supported for routes with authorization type JWT");
  }
  if (type !== "CUSTOM" && type !== "JWT") return;
  const authorizer = await readPart(tx, api.ApiId, "authorizer", route.AuthorizerId ?? "");
  if (!authorizer || (authorizer.AuthorizerType === "JWT") !== (type === "JWT")) {
    throw badRequest("Invalid authorizer specified");
  }
}

/** Names of path variables make no difference. */
function isSameRoute(one: string, other: string): boolean {
  return withoutNames(one) === withoutNames(other);
}

const withoutNames = (key: string) => key.replace(/\{[^}+]*(\+?)\}/g, "{$1}");

function checkResponseKey(key: string | undefined): void {
  if (key !== "$default") throw badRequest("Currently, only $default is supported as a route response key");
}
