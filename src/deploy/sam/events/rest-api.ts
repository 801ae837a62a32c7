import { deepGet, limitIntegration, methodName, NotAMap } from "../apis/paths.ts";
import { addCustomStatements, addResourcePolicy, pathInArn } from "../apis/resource-policy.ts";
import { MANAGED } from "../apis/schema.ts";
import { setMethodAuth } from "../apis/security.ts";
import { emptySwagger, Swagger } from "../apis/swagger.ts";
import { Dict, isDict, isNothing, textOf, truthy, type Value, written } from "../dict.ts";
import { expectList, expectMap } from "../expect.ts";
import { sub } from "../intrinsics.ts";
import { badEvent, badResource } from "../problems.ts";
import { dumped } from "../python-text.ts";
import { stackArn } from "../region.ts";
import type { Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import { sourceResources, type Translation } from "../translation.ts";
import { checkAuthorizer, invocationUri, refId } from "./api-of-event.ts";
import { addRequestModel, requestParameters } from "./api-request.ts";
import type { EventContext, EventKind, Link } from "./kind.ts";
import { permission } from "./permission.ts";
import { startingRole } from "./rule.ts";

/** The API that an event is of, and how ids call its stage. */
function linkApi(event: Macro, translation: Translation): Link {
  const id = refId(event.properties.get("RestApiId"));
  if (typeof id !== "string") return { stage: "AllStages" };
  const api = expectMap(
    sourceResources(translation).get(id),
    { event: event.name },
    "RestApiId",
    "RestApiId property of Api event must reference a valid resource in the same template.",
  );
  const given = api.has("Properties") ? api.get("Properties") : new Dict();
  const target = expectMap(given, { attribute: id }, "Properties");
  const stage = target.get("StageName");
  if (stage === "") throw badResource(id, "StageName cannot be empty.");
  return { id, target, stage: typeof stage === "string" ? stage : written("Stage") };
}

export const restApiEvent: EventKind = {
  schema: {
    Path: "!string",
    Method: "!string",
    RestApiId: "!string",
    Stage: "string",
    Auth: "map",
    RequestModel: "map",
    RequestParameters: "list",
    TimeoutInMillis: "integer",
    ResponseTransferMode: "string",
  },
  link: linkApi,
  make(event, context) {
    const { link } = context;
    const allowed = invokePermission(event, context);
    const api = link.target ?? new Dict();
    if (truthy(api.get(MANAGED)) || truthy(api.get("MergeDefinitions"))) addToDefinition(event, context, api);
    const body = api.get("DefinitionBody");
    const auth = event.properties.get("Auth");
    if (truthy(body) && isDict(auth) && truthy(auth.get("OverrideApiAuth"))) {
      if (!["Authorizer", "ApiKeyRequired", "ResourcePolicy"].some((name) => truthy(auth.get(name)))) {
        throw badEvent(
          event.name,
          "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth " +
            "property.",
        );
      }
      const swagger = new Swagger(body);
      addAuth(event, context, api, swagger);
      api.set("DefinitionBody", swagger.document);
    }
    return [allowed];
  },
};

const pathOf = ({ properties }: Macro) => String(properties.get("Path"));
const methodOf = ({ properties }: Macro) => String(properties.get("Method")).toLowerCase();

function invokePermission(event: Macro, { target, link, translation }: EventContext): Resource {
  const path = pathInArn(pathOf(event).replace(/^(.+)\/$/, "$1"));
  const method = methodOf(event) === "any" ? "*" : methodOf(event).toUpperCase();
  const arn = stackArn(
    translation.place.partition,
    "execute-api",
    `\${__ApiId__}/\${__Stage__}/${method}${path}`,
  );
  return permission(event.id, target, {
    principal: "apigateway.amazonaws.com",
    sourceArn: sub(arn, { __ApiId__: event.properties.get("RestApiId"), __Stage__: "*" }),
    suffix: textOf(link.stage ?? "Prod"),
  });
}

function addToDefinition(event: Macro, context: EventContext, api: Dict): void {
  const { properties, name } = event;
  const { target, link, translation } = context;
  const body = api.get("DefinitionBody");
  if (isNothing(body)) return;
  const isMerged = truthy(api.get("MergeDefinitions"));
  const path = pathOf(event);
  const method = methodOf(event);
  const mode = properties.get("ResponseTransferMode");
  const swagger = new Swagger(isMerged ? emptySwagger() : body);
  if (swagger.hasIntegration(path, method))
    throw badEvent(name, `API method "${method}" defined multiple times for path "${path}".`);
  const given = properties.get("Auth");
  const own = truthy(given) ? expectMap(given, { event: name }, "Auth") : new Dict();
  const apiAuth = api.get("Auth");
  const shared = truthy(apiAuth) ? expectMap(apiAuth, { resource: link.id ?? "" }, "Auth") : new Dict();
  swagger.addFunction(path, method, {
    uri: invocationUri(target, translation.place.partition, mode),
    credentials: credentials(own, shared, translation),
    condition: target.attributes.get("Condition"),
    isStreamed: mode === "RESPONSE_STREAM",
  });
  if (own.size > 0) addAuth(event, context, api, swagger);
  const timeout = properties.get("TimeoutInMillis");
  if (truthy(timeout)) limitIntegration(swagger.paths, path, method, timeout ?? null);
  if (truthy(properties.get("RequestModel"))) addRequestModel(event, api, swagger, path, method);
  const parameters = properties.get("RequestParameters");
  if (truthy(parameters)) swagger.addParameters(path, method, requestParameters(event, parameters));
  const document = swagger.document;
  api.set("DefinitionBody", isMerged ? merged(event, link.id ?? "", body, document) : document);
}

/** In whose name the API calls the function, where IAM says who may call. */
function credentials(own: Dict, shared: Dict, { place }: Translation): Value | undefined {
  const isIam =
    own.get("Authorizer") === "AWS_IAM" || (shared.get("DefaultAuthorizer") === "AWS_IAM" && own.size === 0);
  if (!isIam) return undefined;
  const roleOf = (auth: Dict) => {
    const role = auth.get("InvokeRole");
    return truthy(role) ? role : auth.has("InvokeRole") ? "NONE" : undefined;
  };
  const role = roleOf(own) ?? roleOf(shared);
  if (role === "NONE") return undefined;
  return role === undefined || role === "CALLER_CREDENTIALS"
    ? written(`arn:${place.partition}:iam::*:user/*`)
    : role;
}

/** What the event adds, over what the definition says of the same method. */
function merged(event: Macro, apiId: string, source: Value, made: Dict): Dict {
  const path = pathOf(event);
  const method = methodOf(event);
  const definition = isDict(source) ? source.shallowCopy() : new Dict();
  const given = definition.get("paths");
  const paths = isDict(given) && given.size > 0 ? given : new Dict();
  let existing: Value | undefined;
  try {
    existing = deepGet(paths, [path, method]);
  } catch (error) {
    if (error instanceof NotAMap)
      throw badResource(apiId, `Property 'DefinitionBody' is invalid: ${error.message}`);
    throw error;
  }
  const owner = { resource: apiId };
  const own = expectMap(
    truthy(existing) ? existing : new Dict(),
    owner,
    `DefinitionBody.paths.${path}.${method}`,
  );
  const generated = made.dict("paths")?.dict(path)?.dict(methodName(method)) ?? new Dict();
  const both = new Dict().update(own).update(generated);
  const item = paths.dict(path) ?? new Dict();
  paths.set(path, item.set(method, both));
  return definition;
}

/** The event's authorizer, its API key and its resource policy. */
function addAuth(event: Macro, context: EventContext, api: Dict, swagger: Swagger): void {
  const auth = event.properties.dict("Auth") ?? new Dict();
  const path = pathOf(event);
  const method = methodOf(event);
  const where = `on API method [${method}] for path [${path}]`;
  const apiAuth = context.translation.parameters.resolve(api.get("Auth"));
  const shared = isDict(apiAuth) ? apiAuth : new Dict();
  const authorizer = auth.get("Authorizer");
  if (truthy(authorizer)) checkAuthorizer(event, authorizer, shared, context.link.id ?? "", where);
  const scopes = auth.get("AuthorizationScopes");
  if (truthy(scopes)) {
    expectList(scopes, { event: event.name }, "Auth.AuthorizationScopes");
    if (!truthy(authorizer))
      throw badEvent(event.name, "AuthorizationScopes works only when Authorizer is set");
  }
  const key = auth.get("ApiKeyRequired");
  if (!isNothing(key) && !truthy(key) && !truthy(shared.get("ApiKeyRequired"))) {
    throw badEvent(
      event.name,
      `Unable to set ApiKeyRequired [False] ${where} because the related API does not specify any ` +
        "ApiKeyRequired.",
    );
  }
  if (truthy(authorizer) || !isNothing(key)) setMethodAuth(swagger, path, method, auth, api);
  const given = auth.get("ResourcePolicy");
  if (!truthy(given)) return;
  const policy = expectMap(given, { resource: event.name }, "Auth.ResourcePolicy");
  addResourcePolicy(swagger, policy, path, context.link.stage ?? null);
  const statements = policy.get("CustomStatements");
  if (truthy(statements)) addCustomStatements(swagger, statements ?? null);
}

/** `Api` of a state machine: the API starts it. */
export const stateMachineApiEvent: EventKind = {
  schema: {
    Path: "!string",
    Method: "!string",
    RestApiId: "!string",
    Stage: "string",
    Auth: "map",
    UnescapeMappingTemplate: "boolean~",
  },
  link: linkApi,
  make(event, context) {
    const role = startingRole(event, context, "apigateway.amazonaws.com");
    const api = context.link.target ?? new Dict();
    const body = api.get("DefinitionBody");
    if (!truthy(api.get(MANAGED)) || isNothing(body)) return [role];
    const path = pathOf(event);
    const method = methodOf(event);
    const swagger = new Swagger(body);
    if (swagger.hasIntegration(path, method))
      throw badEvent(event.name, `API method "${method}" defined multiple times for path "${path}".`);
    const unescaped = truthy(event.properties.get("UnescapeMappingTemplate"));
    swagger.addStateMachine(path, method, {
      credentials: written({ "Fn::GetAtt": [role.id, "Arn"] }),
      templates: written({
        "application/json": { "Fn::Sub": requestTemplate(context.target.id, unescaped) },
      }),
      condition: context.target.attributes.get("Condition"),
    });
    const auth = event.properties.get("Auth");
    const given = event.properties.get("Stage") ?? null;
    const withStage = { ...context, link: { ...context.link, stage: given as string } };
    if (truthy(auth)) addAuth(event, withStage, api, swagger);
    api.set("DefinitionBody", swagger.document);
    return [role];
  },
};

function requestTemplate(machine: string, unescaped: boolean): string {
  if (unescaped) {
    const input = `$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'","'")`;
    return `{"input": "${input}", "stateMachineArn": "\${${machine}}"}`;
  }
  return dumped(
    new Dict()
      .set("input", "$util.escapeJavaScript($input.json('$'))")
      .set("stateMachineArn", `\${${machine}}`),
  );
}
