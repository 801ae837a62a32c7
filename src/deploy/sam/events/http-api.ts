// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { DEFAULT_PATH, OpenApi } from "../apis/open-api.ts";
import { ANY_METHOD, limitIntegration } from "../apis/paths.ts";
import { MANAGED } from "../apis/schema.ts";
import { Dict, isDict, isList, isNothing, textOf, truthy, type Value } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { sub } from "../intrinsics.ts";
import { BadDocument, badEvent, badResource } from "../problems.ts";
import { stackArn } from "../region.ts";
import type { Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import { sourceResources } from "../translation.ts";
import { checkDefined, checkNamed, invocationUri, refId } from "./api-of-event.ts";
import type { EventContext, EventKind } from "./kind.ts";
import { permission } from "./permission.ts";

export const httpApiEvent: EventKind = {
  schema: {
    Path: "string",
    Method: "string",
    ApiId: "string",
    Stage: "string",
    Auth: "map",
    TimeoutInMillis: "integer",
    RouteSettings: "map",
    PayloadFormatVersion: "string",
  },
  link(event, translation) {
    const id = String(refId(event.properties.get("ApiId")));
    const api = sourceResources(translation).dict(id);
    return { id, target: api?.dict("Properties") ?? new Dict() };
  },
  make(event, context) {
    const allowed = invokePermission(event, context);
    addToDefinition(event, context);
    return allowed ? [allowed] : [];
  },
};

const pathOf = ({ properties }: Macro) => textOf(String(properties.get("Path")));
const methodOf = ({ properties }: Macro) => textOf(String(properties.get("Method"))).toLowerCase();

/** None where the function may be invoked by every path already. */
function invokePermission(event: Macro, { target, link }: EventContext): Resource | undefined {
  const whole = pathOf(event).replace(/^(.+)\/$/, "$1");
  const openApi = openApiOf(event, link.target?.get("DefinitionBody"));
  if (whole !== DEFAULT_PATH && openApi?.leadsTo(DEFAULT_PATH, ANY_METHOD, target.id)) return undefined;
  const path = (whole === DEFAULT_PATH ? "" : whole).replace(/{([a-zA-Z0-9._-]+|proxy\+)}/g, "*");
  const name = methodOf(event);
  const method = name === "any" || name === ANY_METHOD ? "*" : name.toUpperCase();
  const isWhole = name === "any" && path === `/${DEFAULT_PATH}`;
  const route = isWhole ? path : `/${method}${path}`;
  const arn = stackArn("${AWS::Partition}", "execute-api", `\${__ApiId__}/\${__Stage__}${route}`);
  return permission(event.id, target, {
    principal: "apigateway.amazonaws.com",
    sourceArn: sub(arn, { __ApiId__: event.properties.get("ApiId"), __Stage__: "*" }),
  });
}

function openApiOf(event: Macro, body: Value | undefined): OpenApi | undefined {
  if (!truthy(body)) return undefined;
  try {
    return new OpenApi(body);
  } catch (error) {
    if (!(error instanceof BadDocument)) throw error;
    throw badResource(String(refId(event.properties.get("ApiId"))), error.message);
  }
}

function addToDefinition(event: Macro, { target, link }: EventContext): void {
  const { properties, name } = event;
  const api = link.target ?? new Dict();
  const body = api.get("DefinitionBody");
  if (isNothing(body)) return;
  const openApi = new OpenApi(body);
  const path = pathOf(event);
  const method = methodOf(event);
  if (truthy(api.get(MANAGED)) && openApi.hasIntegration(path, method))
    throw badEvent(name, `API method '${method}' defined multiple times for path '${path}'.`);
  const uri = invocationUri(target, "${AWS::Partition}");
  const given = { path: String(properties.get("Path")), method: String(properties.get("Method")) };
  openApi.addFunction(given.path, given.method, uri, target.attributes.get("Condition"));
  const auth = properties.get("Auth");
  if (isDict(auth) && auth.size > 0) addAuthorizer(event, auth, api, link.id ?? "", openApi);
  const timeout = properties.get("TimeoutInMillis");
  if (truthy(timeout)) limitIntegration(openApi.paths, path, method, timeout ?? null);
  const parameters = [...path.matchAll(/{(.*?)}/g)].map(([, parameter = ""]) => parameter);
  if (parameters.length > 0) openApi.addPathParameters(path, method, parameters);
  const format = properties.get("PayloadFormatVersion");
  if (truthy(format)) openApi.setIntegration(path, method, "payloadFormatVersion", format ?? null);
  api.set("DefinitionBody", openApi.document);
}

function addAuthorizer(event: Macro, auth: Dict, api: Dict, apiId: string, openApi: OpenApi): void {
  const path = pathOf(event);
  const method = methodOf(event);
  const where = `on API method [${method}] for path [${path}]`;
  const given = api.has("Auth") ? api.get("Auth") : new Dict();
  const apiAuth = expectMap(given, { resource: apiId }, "Auth");
  const standard = apiAuth.get("DefaultAuthorizer");
  if (!truthy(auth.get("Authorizer"))) {
    if (!truthy(standard)) {
      throw badEvent(
        event.name,
        "'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured " +
          "on the HttpApi.",
      );
    }
    auth.set("Authorizer", standard);
  }
  const authorizer = auth.get("Authorizer");
  const authorizers = apiAuth.get("Authorizers");
  const isIam = authorizer === "AWS_IAM" && apiAuth.get("EnableIamAuthorizer") === true;
  if (authorizer !== "NONE" && !isIam) {
    checkNamed(event, authorizer, authorizers, where);
    checkDefined(event, authorizer, authorizers, where);
  }
  if (authorizer === "NONE" && !truthy(standard)) {
    throw badEvent(
      event.name,
      `Unable to set Authorizer ${where} because 'NONE' is only a valid value when a DefaultAuthorizer on ` +
        "the API is specified.",
    );
  }
  const scopes = auth.get("AuthorizationScopes");
  if (truthy(scopes) && !isList(scopes)) {
    throw badEvent(
      event.name,
      `Unable to set Authorizer ${where} because 'AuthorizationScopes' must be a list of strings.`,
    );
  }
  openApi.setAuthorizer(path, method, String(authorizer), authorizers, scopes ?? null);
}
