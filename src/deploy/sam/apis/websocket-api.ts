// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { Dict, dictOf, isDict, isNothing, textOf, truthy, type Value } from "../dict.ts";
import { isIntrinsic, ref, sub } from "../intrinsics.ts";
import { isAlphanumeric } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import { propagateTags } from "../tags.ts";
import type { Translation } from "../translation.ts";
import { v2AuthorizerPermission } from "./http-api.ts";
import { v2Domain } from "./v2-domain.ts";

const TAG = "websocketapi:createdBy";
const DEFAULT_STAGE = "default";
/** A WebSocket API and what is made for it have none of the attributes given. */
const NONE = new Dict();

/** A WebSocket API with its routes, their integrations and permissions. */
export function transformWebSocketApi(macro: Macro, translation: Translation): Resource[] {
  const { id, properties } = macro;
  for (const name of ["Auth", "Domain", "Routes"])
    if (properties.has(name)) properties.set(name, translation.parameters.resolve(properties.get(name)));
  check(id, properties);
  const routes = properties.dict("Routes") ?? new Dict();
  const api = socketApi(macro, routes);
  const domain = v2Domain(macro, translation, { api, tag: TAG, attributes: NONE });
  const stage = stageOf(macro);
  let authorizer: Resource | undefined;
  const made = routes.entries().flatMap(([key, given]) => {
    const route = isDict(given) ? given : new Dict();
    const one = routeResources(macro, key, route);
    const own = authorize(macro, key, one.route);
    authorizer ??= own;
    if (!route.has("FunctionArn")) throw badResource(id, "Route must have associated function.");
    return [one.route, one.integration, one.permission];
  });
  const routeIds = made.filter(({ type }) => type === "AWS::ApiGatewayV2::Route").map((route) => route.id);
  if (truthy(properties.get("RouteSettings"))) stage.dependsOn = routeIds;
  const permission = authorizer ? authorizerPermission(macro) : [];
  const resources = [api, ...made, ...domain, stage, ...(authorizer ? [authorizer] : []), ...permission];
  propagateTags(resources, properties);
  return resources;
}

function check(id: string, properties: Dict): void {
  if (!truthy(properties.get("Routes"))) throw badResource(id, "WebSocket API must have at least one route.");
  const type = properties.get("IpAddressType");
  if (!isNothing(type) && !isIntrinsic(type) && type !== "ipv4" && type !== "dualstack")
    throw badResource(id, "IpAddressType must be 'ipv4' or 'dualstack'.");
  if (truthy(properties.dict("Domain")?.get("MutualTlsAuthentication"))) {
    throw badResource(id, "Mutual TLS domain name association is not supported for Websocket APIs.");
  }
}

function socketApi({ id, properties, dependsOn }: Macro, routes: Dict): Resource {
  if (truthy(properties.get("Auth")) && !routes.has("$connect"))
    throw badResource(id, "Authorization is only available if there is a $connect route.");
  const given = properties.get("Tags");
  const tags = isDict(given) && given.size > 0 ? given : dictOf();
  tags.set(TAG, "SAM");
  return new Resource("AWS::ApiGatewayV2::Api", id, { dependsOn }).set({
    ApiKeySelectionExpression: properties.get("ApiKeySelectionExpression"),
    Description: properties.get("Description"),
    DisableExecuteApiEndpoint: properties.get("DisableExecuteApiEndpoint"),
    DisableSchemaValidation: properties.get("DisableSchemaValidation"),
    IpAddressType: properties.get("IpAddressType"),
    Name: properties.get("Name") ?? id,
    RouteSelectionExpression: properties.get("RouteSelectionExpression"),
    Tags: tags,
    ProtocolType: "WEBSOCKET",
  });
}

function stageOf({ id, properties }: Macro): Resource {
  const name = properties.get("StageName") ?? DEFAULT_STAGE;
  if (name === "$default") throw badResource(id, "Stages cannot be named $default for WebSocket APIs.");
  const prefix = typeof name === "string" ? textOf(name) : "";
  const stageId = prefix === DEFAULT_STAGE ? `${id}DefaultStage` : `${id}${prefix}Stage`;
  return new Resource("AWS::ApiGatewayV2::Stage", stageId).set({
    ApiId: ref(id),
    StageName: name,
    StageVariables: properties.get("StageVariables"),
    AccessLogSettings: properties.get("AccessLogSettings"),
    DefaultRouteSettings: properties.get("DefaultRouteSettings"),
    Tags: { [TAG]: "SAM" },
    AutoDeploy: true,
    RouteSettings: properties.get("RouteSettings"),
  });
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();

function routeName(id: string, key: string): string {
  if (["$connect", "$disconnect", "$default"].includes(key)) return capitalized(key.slice(1));
  if (isAlphanumeric(key)) return capitalized(key);
  throw badResource(
    id,
    `Route key '${key}' must be alphanumeric. Only $connect, $disconnect, and $default special routes are ` +
      "supported.",
  );
}

function routeResources({ id, properties }: Macro, key: string, given: Dict) {
  const base = id + routeName(id, key);
  const parameters = given.get("RequestParameters");
  if (truthy(parameters) && key !== "$connect") {
    throw badResource(id, "Request parameters are only supported for the $connect route in WebSocket APIs.");
  }
  const arn = given.get("FunctionArn");
  const integration = new Resource("AWS::ApiGatewayV2::Integration", `${base}Integration`).set({
    ApiId: ref(id),
    IntegrationType: "AWS_PROXY",
    IntegrationUri: invocation("FunctionArn", arn),
    TimeoutInMillis: given.get("IntegrationTimeout"),
  });
  const route = new Resource("AWS::ApiGatewayV2::Route", `${base}Route`).set({
    RouteKey: key,
    ApiId: ref(id),
    ApiKeyRequired: given.get("ApiKeyRequired"),
    ModelSelectionExpression: given.get("ModelSelectionExpression"),
    OperationName: given.get("OperationName"),
    RequestModels: given.get("RequestModels"),
    RequestParameters: truthy(parameters) ? parameters : undefined,
    RouteResponseSelectionExpression: given.get("RouteResponseSelectionExpression"),
    Target: { "Fn::Join": ["/", ["integrations", integration.ref]] },
  });
  const permission = new Resource("AWS::Lambda::Permission", `${base}Permission`).set({
    Action: "lambda:InvokeFunction",
    FunctionName: arn,
    Principal: "apigateway.amazonaws.com",
    SourceArn: sourceArn(id, key, properties.get("StageName") ?? DEFAULT_STAGE),
  });
  return { route, integration, permission };
}

const invocation = (name: string, arn: Value | undefined) =>
  sub(
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/" +
      `\${${name}}/invocations`,
    { [name]: arn },
  );

function sourceArn(id: string, key: string, stage: Value): Dict {
  const arn = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${id}.ApiId}/`;
  return typeof stage === "string"
    ? sub(`${arn}${textOf(stage)}/${key}`)
    : sub(`${arn}\${__StageName__}/${key}`, { __StageName__: stage });
}

/** Sets how the connecting route is authorized; the authorizer where it is a function. */
function authorize({ id, properties }: Macro, key: string, route: Resource): Resource | undefined {
  const auth = properties.get("Auth");
  if (!isDict(auth) || auth.size === 0) return undefined;
  checkAuth(id, auth);
  if (key !== "$connect") return undefined;
  const type = auth.get("AuthType");
  route.set({ AuthorizationType: type === "CUSTOM" || type === "AWS_IAM" ? type : "NONE" });
  if (type !== "CUSTOM") return undefined;
  const authorizer = new Resource("AWS::ApiGatewayV2::Authorizer", `${id}ConnectAuthorizer`);
  const name = auth.get("Name");
  authorizer.set({
    ApiId: ref(id),
    AuthorizerCredentialsArn: auth.get("InvokeRole"),
    AuthorizerType: "REQUEST",
    AuthorizerUri: auth.has("AuthArn") ? invocation("AuthArn", auth.get("AuthArn")) : undefined,
    IdentitySource: auth.get("IdentitySource"),
    Name: truthy(name) ? name : authorizer.id,
  });
  route.set({ AuthorizerId: authorizer.ref });
  return authorizer;
}

function checkAuth(id: string, auth: Dict): void {
  const given = auth.get("AuthType");
  if (!truthy(given)) throw badResource(id, "AuthType must be specified for additional auth configurations.");
  const type = String(given).toUpperCase();
  if (!["NONE", "AWS_IAM", "CUSTOM"].includes(type))
    throw badResource(id, "AuthType is not one of AWS_IAM, CUSTOM or NONE.");
  if (type === "CUSTOM" && !truthy(auth.get("AuthArn")))
    throw badResource(id, "AuthArn must be specified if AuthType is CUSTOM.");
  if (type !== "CUSTOM" && auth.size > 1)
    throw badResource(id, `No additional configurations supported for AuthType ${type}.`);
}

function authorizerPermission({ id, properties }: Macro): Resource[] {
  const auth = properties.dict("Auth");
  if (auth?.get("AuthType") !== "CUSTOM" || truthy(auth.get("InvokeRole"))) return [];
  const arn = auth.get("AuthArn");
  return truthy(arn) ? [v2AuthorizerPermission(id, id, arn, NONE)] : [];
}
