import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { badRequest, conflict } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { change, given, look, requirePart } from "./changes.ts";
import { checkAuthorizer } from "./checks.ts";
import {
  type ApiRecord,
  type AuthorizerRecord,
  deletePart,
  listParts,
  partsOf,
  writePart,
} from "./records.ts";

const SETTINGS = [
  "AuthorizerCredentialsArn",
  "AuthorizerPayloadFormatVersion",
  "AuthorizerResultTtlInSeconds",
  "AuthorizerType",
  "AuthorizerUri",
  "EnableSimpleResponses",
  "IdentitySource",
  "IdentityValidationExpression",
  "JwtConfiguration",
  "Name",
] as const;

export const authorizers = {
  async CreateAuthorizer(input, context) {
    const id = newResourceId(context.ids);
    return change(context, input.ApiId, async ({ tx, api }) => {
      const authorizer = newAuthorizer(api, id, input);
      await refuseSameName(tx, api, authorizer);
      writePart(tx, api.ApiId, "authorizer", [id], authorizer);
      return authorizer;
    });
  },

  async GetAuthorizer(input, context) {
    return look(context, input.ApiId, (tx, { ApiId }) =>
      requirePart(tx, ApiId, "authorizer", input.AuthorizerId),
    );
  },

  async GetAuthorizers(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const all = partsOf(tx, ApiId, "authorizer");
      const { items, token } = await page(all, ({ AuthorizerId }) => AuthorizerId, input);
      return { Items: items, ...token };
    });
  },

  async UpdateAuthorizer(input, context) {
    return change(context, input.ApiId, async ({ tx, api }) => {
      const before = await requirePart(tx, api.ApiId, "authorizer", input.AuthorizerId);
      const next = { ...before, ...given(input, SETTINGS) };
      checkAuthorizer(api, next);
      await refuseSameName(tx, api, next);
      writePart(tx, api.ApiId, "authorizer", [before.AuthorizerId], next);
      return next;
    });
  },

  async DeleteAuthorizer(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { AuthorizerId: id } = await requirePart(tx, api.ApiId, "authorizer", input.AuthorizerId);
      const routes = (await listParts(tx, api.ApiId, "route")).filter((route) => route.AuthorizerId === id);
      if (routes.length > 0) {
        const keys = routes.map(({ RouteKey }) => RouteKey).join(", ");
        throw conflict(`Cannot delete authorizer '${id}', is referenced by route: ${keys}`);
      }
      deletePart(tx, api.ApiId, "authorizer", id);
    });
    return {};
  },

  /** Whatever was decided is decided anew: authorizers' answers are kept by the API's revision. */
  async ResetAuthorizersCache(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      if (api.ProtocolType !== "HTTP") throw badRequest("Authorizer caches are supported for HTTP APIs only");
      const stage = await requirePart(tx, api.ApiId, "stage", input.StageName);
      writePart(tx, api.ApiId, "stage", [stage.StageName], {
        ...stage,
        authorizersReset: (stage.authorizersReset ?? 0) + 1,
      });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** With what AWS fills in. Throws for what it refuses. */
export function newAuthorizer(api: ApiRecord, id: string, input: Partial<sdk.Authorizer>): AuthorizerRecord {
  const isHttpFunction = api.ProtocolType === "HTTP" && input.AuthorizerType === "REQUEST";
  const authorizer = {
    v: 1 as const,
    AuthorizerId: id,
    ...(isHttpFunction ? { AuthorizerResultTtlInSeconds: 0, EnableSimpleResponses: false } : {}),
    IdentitySource: [],
    ...given(input, SETTINGS),
    Name: input.Name ?? "",
  };
  if (isHttpFunction && authorizer.AuthorizerPayloadFormatVersion === undefined) {
    throw badRequest(
      "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizers of HTTP APIs",
    );
  }
  checkAuthorizer(api, authorizer);
  return authorizer;
}

async function refuseSameName(tx: Transaction, api: ApiRecord, one: AuthorizerRecord): Promise<void> {
  for (const other of await listParts(tx, api.ApiId, "authorizer")) {
    if (other.Name !== one.Name || other.AuthorizerId === one.AuthorizerId) continue;
    throw badRequest(`Authorizer name must be unique. Authorizer ${one.Name} already exists in this API.`);
  }
}
