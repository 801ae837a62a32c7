// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { Dict, dictOf, isList, isNothing, truthy, type Value } from "../dict.ts";
import { expectBoolean, expectMap, expectStrings } from "../expect.ts";
import { sub } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import type { Place } from "../region.ts";

const AUTHORIZER = "x-amazon-apigateway-authorizer";

/** Which kind of authorizer has a property, and what is said of others. */
const PROPERTIES = [
  ["AuthorizationScopes", "jwt", "OAuth2 Authorizer"],
  ["JwtConfiguration", "jwt", "OAuth2 Authorizer"],
  ["IdentitySource", "jwt", "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead"],
  ["FunctionArn", "request", "Lambda Authorizer"],
  ["FunctionInvokeRole", "request", "Lambda Authorizer"],
  ["Identity", "request", "Lambda Authorizer"],
  ["AuthorizerPayloadFormatVersion", "request", "Lambda Authorizer"],
  ["EnableSimpleResponses", "request", "Lambda Authorizer"],
  ["EnableFunctionDefaultPermissions", "request", "Lambda Authorizer"],
] as const;

const SOURCES = [
  ["$request.header.", "Headers"],
  ["$request.querystring.", "QueryStrings"],
  ["$stageVariables.", "StageVariables"],
  ["$context.", "Context"],
] as const;

/** An authorizer of an HTTP API: tokens, or a function. */
export class HttpAuthorizer {
  readonly #api: string;
  readonly #name: string;
  readonly #config: Dict;

  constructor(api: string, name: string, config: Dict) {
    this.#api = api;
    this.#name = name;
    this.#config = config;
    this.#check();
  }

  get scopes(): Value | undefined {
    return this.#config.get("AuthorizationScopes");
  }

  get functionArn(): Value | undefined {
    return this.#config.get("FunctionArn");
  }

  get needsPermission(): boolean {
    return truthy(this.functionArn) && truthy(this.#config.get("EnableFunctionDefaultPermissions"));
  }

  get #jwt(): Dict | undefined {
    const given = this.#config.get("JwtConfiguration");
    if (!truthy(given)) return undefined;
    const lowered = new Dict();
    for (const [key, value] of expectMap(given, { resource: this.#api }, "JwtConfiguration").entries())
      lowered.set(key.toLowerCase(), value);
    return lowered;
  }

  #check(): void {
    const kind = this.#jwt ? "jwt" : "request";
    const id = this.#api;
    if (!isNothing(this.scopes) && !isList(this.scopes))
      throw badResource(id, "AuthorizationScopes must be a list.");
    for (const [name, allowed, what] of PROPERTIES) {
      const isGiven = name === "JwtConfiguration" ? kind === "jwt" : !isNothing(this.#config.get(name));
      if (isGiven && allowed !== kind) throw badResource(id, `${name} is only supported for ${what}.`);
    }
    const needed = kind === "jwt" ? ["IdentitySource"] : ["FunctionArn", "AuthorizerPayloadFormatVersion"];
    for (const name of needed) {
      if (truthy(this.#config.get(name))) continue;
      const what = kind === "jwt" ? "OAuth2" : "Lambda";
      throw badResource(id, `${this.#name} ${what} Authorizer must define '${name}'.`);
    }
    const permissions = this.#config.get("EnableFunctionDefaultPermissions");
    if (!isNothing(permissions)) {
      const path = `Authorizers.${this.#name}.EnableFunctionDefaultPermissions`;
      expectBoolean(permissions, { resource: id }, path);
    }
  }

  /** Its security scheme. */
  openApi(place: Place): Dict {
    const jwt = this.#jwt;
    if (jwt) {
      const source = this.#config.get("IdentitySource");
      const authorizer = { jwtConfiguration: jwt, identitySource: source, type: "jwt" };
      return dictOf({ type: "oauth2", [AUTHORIZER]: authorizer });
    }
    const role = this.#config.get("FunctionInvokeRole");
    const given = this.#config.get("Identity");
    const identity = truthy(given)
      ? expectMap(given, { resource: this.#api }, `Auth.Authorizers.${this.#name}.Identity`)
      : undefined;
    const simple = this.#config.get("EnableSimpleResponses");
    const path = "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
    const authorizer = {
      type: "request",
      authorizerUri: sub(`arn:${place.partition}:apigateway:\${AWS::Region}:${path}`, {
        __FunctionArn__: this.functionArn,
      }),
      authorizerCredentials: truthy(role) && role !== "NONE" ? role : undefined,
      authorizerResultTtlInSeconds: identity?.get("ReauthorizeEvery") ?? undefined,
      identitySource: identity ? this.#sources(identity) : undefined,
      authorizerPayloadFormatVersion: this.#config.get("AuthorizerPayloadFormatVersion"),
      enableSimpleResponses: truthy(simple) ? simple : undefined,
    };
    return dictOf({ type: "apiKey", name: "Unused", in: "header", [AUTHORIZER]: authorizer });
  }

  #sources(identity: Dict): Value[] {
    return SOURCES.flatMap(([prefix, name]) => {
      const values = identity.get(name);
      if (!truthy(values)) return [];
      const path = `Authorizers.${this.#name}.Identity.${name}`;
      return expectStrings(values, { resource: this.#api }, path).map((value) => prefix + value);
    });
  }
}

/** IAM's security scheme. */
export function iamScheme(): Dict {
  return dictOf({
    type: "apiKey",
    name: "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "awsSigv4",
  });
}
