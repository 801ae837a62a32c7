// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { type Dict, dictOf, isDict, isEqual, isNothing, textOf, truthy, type Value } from "../dict.ts";
import { expectMap, expectString } from "../expect.ts";
import { isIntrinsic, isNoValue, ref, sub } from "../intrinsics.ts";
import { isAlphanumeric, logicalId } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { stackArn } from "../region.ts";
import { handedOn, Resource } from "../resource.ts";
import { definitionLocation } from "../s3-uri.ts";
import type { Macro } from "../schema.ts";
import { tagAll } from "../tags.ts";
import type { Translation } from "../translation.ts";
import { HttpAuthorizer, iamScheme } from "./http-authorizer.ts";
import { DEFAULT_PATH, defaultTitle, isOpenApi, OpenApi } from "./open-api.ts";
import { deepGet, NotAMap } from "./paths.ts";
import { v2Domain } from "./v2-domain.ts";

const TAG = "httpapi:createdBy";
const CORS = ["AllowMethods", "AllowHeaders", "AllowOrigins", "MaxAge", "ExposeHeaders", "AllowCredentials"];

/** An HTTP API, its stage and its domain. */
export function transformHttpApi(macro: Macro, translation: Translation): Resource[] {
  const { properties } = macro;
  for (const name of ["CorsConfiguration", "Domain"])
    if (properties.has(name)) properties.set(name, translation.parameters.resolve(properties.get(name)));
  const isInline = !isNothing(properties.get("DefinitionBody"));
  const api = httpApi(macro, translation);
  const attributes = handedOn(macro.attributes);
  const domain = v2Domain(macro, translation, { api, tag: TAG, attributes });
  const permissions = authorizerPermissions(macro);
  const resources = [api, ...permissions, ...domain, stage(macro)];
  if (isInline) tagAll(resources, properties.get("Tags"));
  return resources;
}

function httpApi(macro: Macro, translation: Translation): Resource {
  const { id, properties, attributes, dependsOn } = macro;
  const api = new Resource("AWS::ApiGatewayV2::Api", id, { attributes, dependsOn });
  const uri = properties.get("DefinitionUri");
  const given = properties.get("DefinitionBody");
  let body = isDict(given) && given.size > 0 ? given : undefined;
  if (truthy(uri) && body)
    throw badResource(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
  for (const step of [addCors, addAuth, addTags, addEndpoint, addTitle, addDescription])
    body = step(body, macro, translation) ?? body;
  const strict = truthy(properties.get("FailOnWarnings"));
  if (strict) api.set({ FailOnWarnings: properties.get("FailOnWarnings") });
  const paths = body?.dict("paths");
  if (strict && paths?.has(DEFAULT_PATH)) {
    const route = paths.get(DEFAULT_PATH);
    paths.delete(DEFAULT_PATH);
    paths.set(`/${DEFAULT_PATH}`, route);
  }
  if (truthy(uri)) return api.set({ BodyS3Location: definitionLocation(uri, id) });
  if (body) return api.set({ Body: body });
  throw badResource(
    id,
    "'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a " +
      "value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.",
  );
}

type Step = (body: Dict | undefined, macro: Macro, translation: Translation) => Dict | undefined;

const inline = (id: string, what: string, the = "the ") =>
  badResource(id, `${what} works only with inline OpenApi specified in ${the}'DefinitionBody' property.`);

const addCors: Step = (body, { id, properties }) => {
  const given = properties.get("CorsConfiguration");
  if (!truthy(given)) return undefined;
  if (!body) throw inline(id, "Cors", "");
  let cors: Dict;
  if (typeof given === "boolean") cors = dictOf({ AllowOrigins: ["*"] });
  else if (isIntrinsic(given)) cors = dictOf({ AllowOrigins: given });
  else if (isDict(given)) {
    cors = given;
    for (const name of given.keys())
      if (!CORS.includes(name)) throw badResource(id, `Invalid key '${name}' for 'Cors' property.`);
  } else throw badResource(id, "Invalid value for 'Cors' property.");
  if (!isOpenApi(body)) {
    throw badResource(
      id,
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid OpenApi " +
        "definition.",
    );
  }
  if (cors.get("AllowCredentials") === true && isEqual(cors.get("AllowOrigins"), ["*"])) {
    throw badResource(
      id,
      "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is " +
        "\"'*'\" or not set.",
    );
  }
  const openApi = new OpenApi(body);
  openApi.addCors(cors);
  return openApi.document;
};

const AUTH = ["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];

const addAuth: Step = (body, macro, translation) => {
  const { id, properties } = macro;
  const auth = properties.get("Auth");
  if (!truthy(auth)) return undefined;
  if (!body) throw inline(id, "Auth");
  if (!isDict(auth) || !auth.keys().every((name) => AUTH.includes(name)))
    throw badResource(id, "Invalid value for 'Auth' property");
  if (!isOpenApi(body)) {
    throw badResource(
      id,
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid OpenApi " +
        "definition.",
    );
  }
  const openApi = new OpenApi(body);
  const authorizers = authorizersOf(id, auth);
  const isIam = auth.get("EnableIamAuthorizer") === true;
  if (isIam) openApi.schemes.set("AWS_IAM", iamScheme());
  for (const [name, authorizer] of authorizers)
    openApi.schemes.set(name, authorizer.openApi(translation.place));
  const standard = auth.get("DefaultAuthorizer");
  if (truthy(standard) && !isNoValue(standard)) {
    const name = expectString(standard, { resource: id }, "Auth.DefaultAuthorizer");
    if (!authorizers.has(name) && !(isIam && name === "AWS_IAM")) {
      throw badResource(
        id,
        `Unable to set DefaultAuthorizer because '${name}' was not defined in 'Authorizers'.`,
      );
    }
    for (const path of openApi.paths.keys())
      openApi.setDefaultAuthorizer(path, name, authorizers.get(name)?.scopes ?? []);
  }
  return openApi.document;
};

function authorizersOf(id: string, auth: Dict): Map<string, HttpAuthorizer> {
  const authorizers = new Map<string, HttpAuthorizer>();
  const given = auth.get("Authorizers");
  if (!truthy(given)) return authorizers;
  const owner = { resource: id };
  for (const [name, one] of expectMap(given, owner, "Auth.Authorizers").entries()) {
    const config = expectMap(one, owner, `Auth.Authorizers.${name}`);
    if (config.has("OpenIdConnectUrl")) {
      throw badResource(
        id,
        `'OpenIdConnectUrl' is no longer a supported property for authorizer '${name}'. Please refer to ` +
          "the AWS SAM documentation.",
      );
    }
    authorizers.set(name, new HttpAuthorizer(id, name, config));
  }
  return authorizers;
}

const addTags: Step = (body, { id, properties }) => {
  const given = properties.get("Tags");
  if (truthy(given) && !body) throw inline(id, "Tags");
  if (!body) return undefined;
  if (!isOpenApi(body)) {
    if (!truthy(given)) return undefined;
    throw badResource(
      id,
      "Unable to add `Tags` because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  }
  const tags = isDict(given) && given.size > 0 ? given : dictOf();
  tags.set(TAG, "SAM");
  const openApi = new OpenApi(body);
  openApi.addTags(tags);
  return openApi.document;
};

const addEndpoint: Step = (body, { id, properties }) => {
  const disabled = properties.get("DisableExecuteApiEndpoint");
  if (isNothing(disabled)) return undefined;
  if (!body) throw badResource(id, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
  const openApi = new OpenApi(body);
  openApi.disableEndpoint(disabled);
  return openApi.document;
};

const addTitle: Step = (body, { id, properties }) => {
  const name = properties.get("Name");
  if (!truthy(name)) return undefined;
  if (!body) throw inline(id, "Name");
  if (!isEqual(infoOf(id, body, "title", ""), defaultTitle())) throw alreadyDefined(id, "Name");
  const openApi = new OpenApi(body);
  openApi.info.set("title", name);
  return openApi.document;
};

const addDescription: Step = (body, { id, properties }) => {
  const description = properties.get("Description");
  if (!truthy(description)) return undefined;
  if (!body) throw inline(id, "Description");
  if (truthy(infoOf(id, body, "description", "'"))) throw alreadyDefined(id, "Description");
  const openApi = new OpenApi(body);
  openApi.info.set("description", description);
  return openApi.document;
};

const alreadyDefined = (id: string, what: string) =>
  badResource(
    id,
    `Unable to set ${what} because it is already defined within inline OpenAPI specified in the ` +
      "'DefinitionBody' property.",
  );

function infoOf(id: string, body: Dict, name: string, quote: string): Value | undefined {
  try {
    return deepGet(body, ["info", name]);
  } catch (error) {
    if (error instanceof NotAMap)
      throw badResource(id, `Invalid 'DefinitionBody': ${error.message}${quote}.`);
    throw error;
  }
}

function authorizerPermissions({ id, properties, attributes }: Macro): Resource[] {
  const auth = properties.get("Auth");
  if (!isDict(auth)) return [];
  return [...authorizersOf(id, auth)].flatMap(([name, authorizer]) =>
    authorizer.needsPermission
      ? [v2AuthorizerPermission(`${id}${name}`, id, authorizer.functionArn, handedOn(attributes))]
      : [],
  );
}

/** Lets the API call an authorizer's function. */
export function v2AuthorizerPermission(
  prefix: string,
  apiId: string,
  arn: Value | undefined,
  attributes: Dict,
) {
  const source = stackArn("${AWS::Partition}", "execute-api", "${__ApiId__}/authorizers/*");
  return new Resource("AWS::Lambda::Permission", `${prefix}AuthorizerPermission`, { attributes }).set({
    Action: "lambda:InvokeFunction",
    FunctionName: arn,
    Principal: "apigateway.amazonaws.com",
    SourceArn: sub(source, { __ApiId__: ref(apiId) }),
  });
}

function stage({ id, properties, attributes }: Macro): Resource {
  const given = properties.get("StageName");
  const name = truthy(given) ? (given ?? null) : DEFAULT_PATH;
  const text = typeof name === "string" ? textOf(name) : "";
  const stageId = isAlphanumeric(text)
    ? `${id}${text}Stage`
    : text === DEFAULT_PATH
      ? `${id}ApiGatewayDefaultStage`
      : logicalId(`${id}Stage`, text);
  const isDefined = isOpenApi(properties.get("DefinitionBody"));
  const tags = properties.get("Tags");
  return new Resource("AWS::ApiGatewayV2::Stage", stageId, { attributes: handedOn(attributes) }).set({
    ApiId: ref(id),
    StageName: name,
    StageVariables: properties.get("StageVariables"),
    AccessLogSettings: properties.get("AccessLogSettings"),
    DefaultRouteSettings: properties.get("DefaultRouteSettings"),
    Tags: truthy(tags) ? tags : isDefined ? dictOf({ [TAG]: "SAM" }) : undefined,
    AutoDeploy: true,
    RouteSettings: properties.get("RouteSettings"),
  });
}
