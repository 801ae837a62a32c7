// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import {
  Dict,
  isDict,
  isList,
  isNothing,
  textOf,
  truthy,
  type Value,
  written,
  writtenInOrder,
} from "../dict.ts";
import { expectBoolean, expectList, expectMap, expectString } from "../expect.ts";
import { badResource } from "../problems.ts";
import { shown } from "../python-text.ts";
import type { Place } from "../region.ts";

const AUTHORIZER = "x-amazon-apigateway-authorizer";

/** Where a REQUEST authorizer finds who calls. */
const SOURCES = [
  ["Headers", "method.request.header."],
  ["QueryStrings", "method.request.querystring."],
  ["StageVariables", "stageVariables."],
  ["Context", "context."],
] as const;

/** An authorizer of a REST API: a user pool's, a function, or IAM. */
export class Authorizer {
  readonly #api: string;
  readonly #name: string;
  readonly #config: Dict;
  readonly #place: Place;
  readonly #isIam: boolean;

  constructor(api: string, name: string, config: Dict, place: Place, isIam = false) {
    this.#api = api;
    this.#name = name;
    this.#config = config;
    this.#place = place;
    this.#isIam = isIam;
    this.#check();
  }

  get scopes(): Value {
    return this.#config.get("AuthorizationScopes") ?? [];
  }

  get functionArn(): Value | undefined {
    return this.#config.get("FunctionArn");
  }

  /** Whether the API may call the function without a role's help. */
  get needsPermission(): boolean {
    return truthy(this.functionArn) && !truthy(this.#config.get("DisableFunctionDefaultPermissions"));
  }

  #check(): void {
    const type = this.#config.get("FunctionPayloadType");
    if (!isNothing(type) && type !== "TOKEN" && type !== "REQUEST") {
      throw badResource(
        this.#api,
        `${this.#name} Authorizer has invalid 'FunctionPayloadType': ${shown(type)}.`,
      );
    }
    if (type === "REQUEST" && this.#lacksIdentity()) {
      throw badResource(
        this.#api,
        `${this.#name} Authorizer must specify Identity with at least one of Headers, QueryStrings, ` +
          "StageVariables, or Context.",
      );
    }
    const owner = { resource: this.#api };
    expectList(this.scopes, owner, `Authorizers.${this.#name}.AuthorizationScopes`);
    const disabled = this.#config.get("DisableFunctionDefaultPermissions");
    if (!isNothing(disabled))
      expectBoolean(disabled, owner, `Authorizers.${this.#name}.DisableFunctionDefaultPermissions`);
  }

  #lacksIdentity(): boolean {
    const given = this.#config.get("Identity");
    if (!truthy(given)) return true;
    const identity = expectMap(given, { resource: this.#api }, `Authorizer.${this.#name}.Identity`);
    const lacks = SOURCES.every(([name]) => !truthy(identity.get(name)));
    const ttl = identity.get("ReauthorizeEvery");
    const seconds =
      typeof ttl === "number"
        ? ttl
        : typeof ttl === "string" && /^\s*[+-]?\d+\s*$/.test(ttl)
          ? Number(ttl)
          : undefined;
    return seconds === undefined ? lacks : seconds > 0 && lacks;
  }

  get #type(): "iam" | "pool" | "lambda" {
    if (this.#isIam) return "iam";
    return truthy(this.#config.get("UserPoolArn")) ? "pool" : "lambda";
  }

  get #isRequest(): boolean {
    return this.#config.get("FunctionPayloadType") === "REQUEST";
  }

  /** Its security definition. */
  swagger(): Dict {
    const type = this.#type;
    const identity = this.#config.dict("Identity");
    const definition = writtenInOrder({ type: "apiKey" })
      .set(written("name"), type === "lambda" && this.#isRequest ? written("Unused") : this.#header())
      .set(written("in"), written("header"))
      .set(
        written("x-amazon-apigateway-authtype"),
        written({ iam: "awsSigv4", pool: "cognito_user_pools", lambda: "custom" }[type]),
      );
    if (type === "iam") return definition;
    const authorizer = type === "pool" ? this.#pool() : this.#lambda(identity);
    definition.set(written(AUTHORIZER), authorizer);
    const expression = identity?.get("ValidationExpression");
    if ((type === "pool" || !this.#isRequest) && truthy(expression))
      authorizer.set(written("identityValidationExpression"), expression);
    return definition;
  }

  #header(): Value {
    const given = this.#config.get("Identity");
    if (truthy(given) && !isDict(given)) {
      throw badResource(
        this.#api,
        "Auth.Authorizers.<Authorizer>.Identity must be a dict (LambdaTokenAuthorizationIdentity, " +
          "LambdaRequestAuthorizationIdentity or CognitoAuthorizationIdentity).",
      );
    }
    const header = isDict(given) ? given.get("Header") : undefined;
    return truthy(header) ? (header ?? null) : written("Authorization");
  }

  #pool(): Dict {
    const pools = this.#config.get("UserPoolArn") ?? null;
    return writtenInOrder({ type: "cognito_user_pools" }).set(
      written("providerARNs"),
      isList(pools) ? pools : [pools],
    );
  }

  #lambda(identity: Dict | undefined): Dict {
    const authorizer = writtenInOrder({ type: this.#isRequest ? "request" : "token" });
    const path = "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
    const uri = written(`arn:${this.#place.partition}:apigateway:\${AWS::Region}:${path}`);
    const variables = new Dict().set(written("__FunctionArn__"), this.functionArn ?? null);
    authorizer.set(written("authorizerUri"), new Dict().set(written("Fn::Sub"), [uri, variables]));
    const ttl = identity?.get("ReauthorizeEvery");
    if (!isNothing(ttl)) authorizer.set(written("authorizerResultTtlInSeconds"), ttl);
    const role = this.#config.get("FunctionInvokeRole");
    if (truthy(role) && role !== "NONE") authorizer.set(written("authorizerCredentials"), role);
    if (this.#isRequest && identity) {
      const source = this.#sources(identity).join(", ");
      if (source) authorizer.set(written("identitySource"), source);
    }
    return authorizer;
  }

  #sources(identity: Dict): string[] {
    return SOURCES.flatMap(([name, prefix]) => {
      const values = identity.get(name);
      if (!truthy(values)) return [];
      const owner = { resource: this.#api };
      const path = `Auth.Authorizers.${this.#name}.Identity.${name}`;
      return expectList(values, owner, path).map(
        (value, index) => prefix + textOf(expectString(value, owner, `${path}[${index}]`)),
      );
    });
  }
}
