import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import { defined } from "./apis.ts";
import { change, look, requireMember, without } from "./change.ts";
import { badRequest, conflict } from "./faults.ts";
import { positioned } from "./pages.ts";
import { numberRule, type PatchRule, patched, setRule, textRule } from "./patch.ts";

const KIND = "Authorizer";
const TYPES = ["TOKEN", "REQUEST", "COGNITO_USER_POOLS"];
const USUAL_TTL_S = 300;
const LONGEST_TTL_S = 3600;

export const authorizers = {
  async CreateAuthorizer(input, context) {
    const { restApiId, ...given } = input;
    return change(context, restApiId, (record) => {
      const id = newResourceId(context.ids);
      const authorizer: sdk.Authorizer = {
        id,
        authType: given.type === "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom",
        authorizerResultTtlInSeconds: USUAL_TTL_S,
        ...defined(given),
      };
      checkAuthorizer(authorizer);
      return [{ ...record, authorizers: { ...record.authorizers, [id]: authorizer } }, authorizer] as const;
    });
  },

  async GetAuthorizer(input, context) {
    return look(context, input.restApiId, (record) =>
      requireMember(record.authorizers, input.authorizerId, KIND),
    );
  },

  async GetAuthorizers(input, context) {
    const all = await look(context, input.restApiId, (record) => Object.values(record.authorizers));
    return positioned(all, input, ({ id = "" }) => id);
  },

  async UpdateAuthorizer(input, context) {
    return change(context, input.restApiId, (record) => {
      const old = requireMember(record.authorizers, input.authorizerId, KIND);
      const authorizer = patched(old, input.patchOperations, RULES);
      checkAuthorizer(authorizer);
      return [
        { ...record, authorizers: { ...record.authorizers, [old.id ?? ""]: authorizer } },
        authorizer,
      ] as const;
    });
  },

  async DeleteAuthorizer(input, context) {
    return change(context, input.restApiId, (record) => {
      const { id = "" } = requireMember(record.authorizers, input.authorizerId, KIND);
      const used = Object.values(record.resources).some(({ resourceMethods = {} }) =>
        Object.values(resourceMethods).some(({ authorizerId }) => authorizerId === id),
      );
      if (used) throw conflict("Cannot delete authorizer, is referenced in method: authorizer is in use");
      return [{ ...record, authorizers: without(record.authorizers, id) }, {}] as const;
    });
  },
} satisfies Handlers<typeof sdk>;

function checkAuthorizer(authorizer: sdk.Authorizer): void {
  const { type = "", authorizerUri, providerARNs = [], authorizerResultTtlInSeconds = 0 } = authorizer;
  const { identitySource, identityValidationExpression } = authorizer;
  if (!TYPES.includes(type))
    throw badRequest(`Invalid authorizer type specified. Valid options are ${TYPES.join(", ")}`);
  if (type === "COGNITO_USER_POOLS") {
    if (providerARNs.length === 0)
      throw badRequest("Authorizer type COGNITO_USER_POOLS requires at least one provider ARN");
  } else if (!/^arn:aws[\w-]*:apigateway:[a-z0-9-]+:lambda:path\/\S+$/.test(authorizerUri ?? "")) {
    throw badRequest(
      "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.",
    );
  }
  if (!(authorizerResultTtlInSeconds >= 0 && authorizerResultTtlInSeconds <= LONGEST_TTL_S)) {
    throw badRequest(`Authorizer result TTL should be between 0 and ${LONGEST_TTL_S} seconds`);
  }
  if (type === "TOKEN" && !identitySource)
    throw badRequest("Identity source is required for a TOKEN authorizer");
  if (type === "REQUEST" && authorizerResultTtlInSeconds > 0 && !identitySource) {
    throw badRequest("Identity source is required for REQUEST authorizers with caching enabled");
  }
  try {
    new RegExp(identityValidationExpression ?? "");
  } catch {
    throw badRequest("Identity validation expression is not a valid regular expression");
  }
}

const RULES: readonly PatchRule<sdk.Authorizer>[] = [
  textRule("/name", "name"),
  textRule("/type", "type" as never),
  textRule("/authType", "authType"),
  textRule("/authorizerUri", "authorizerUri"),
  textRule("/authorizerCredentials", "authorizerCredentials"),
  textRule("/identitySource", "identitySource"),
  textRule("/identityValidationExpression", "identityValidationExpression"),
  numberRule("/authorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"),
  setRule("/providerARNs", (authorizer) => {
    authorizer.providerARNs ??= [];
    return authorizer.providerARNs;
  }),
];
