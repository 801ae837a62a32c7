import { Dict, isDict, isNothing, textOf, truthy, type Value, written } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { isIntrinsic } from "../intrinsics.ts";
import { badResource, Problem } from "../problems.ts";
import { definitionLocation } from "../s3-uri.ts";
import type { Macro } from "../schema.ts";
import type { Translation } from "../translation.ts";
import { Authorizer } from "./authorizer.ts";
import { addPreflight } from "./cors.ts";
import { gatewayResponses } from "./gateway-responses.ts";
import { withComponents } from "./openapi3.ts";
import { mapOf } from "./paths.ts";
import { addCustomStatements, addResourcePolicy } from "./resource-policy.ts";
import { addApiKeys, addAuthorizers, setDefaultApiKey, setDefaultAuthorizer } from "./security.ts";
import { isSwagger, Swagger } from "./swagger.ts";

const AUTH = [
  "Authorizers",
  "DefaultAuthorizer",
  "InvokeRole",
  "AddDefaultAuthorizerToCorsPreflight",
  "AddApiKeyRequiredToCorsPreflight",
  "ApiKeyRequired",
  "ResourcePolicy",
  "UsagePlan",
];

const CORS = ["AllowMethods", "AllowHeaders", "AllowOrigin", "MaxAge", "AllowCredentials"];

/** The API's definition with all that its properties add, or where it lies. */
export function restApiBody(macro: Macro, translation: Translation) {
  const { id, properties } = macro;
  const given = properties.get("DefinitionBody");
  const body = isDict(given) && given.size > 0 ? given : undefined;
  const steps = [addCors, addAuth, addResponses, addBinaryTypes, addModels, addEndpoint];
  let definition = body;
  for (const step of steps) definition = step(definition, macro, translation) ?? definition;
  const uri = properties.get("DefinitionUri");
  if (truthy(uri)) return { BodyS3Location: inOrder(definitionLocation(uri, id)) };
  if (!definition) return {};
  return { Body: withComponents(definition, properties.get("OpenApiVersion")) };
}

/** In the order in which ids of deployments are made of it. */
function inOrder(location: Dict): Dict {
  const dict = new Dict("python");
  for (const [name, value] of location.entries()) dict.set(written(name), value);
  return dict;
}

type Step = (body: Dict | undefined, macro: Macro, translation: Translation) => Dict | undefined;

const addCors: Step = (body, { id, properties }) => {
  const given = properties.get("Cors");
  if (!truthy(given)) return undefined;
  if (!body) {
    throw badResource(id, "Cors works only with inline Swagger specified in 'DefinitionBody' property.");
  }
  const isWhole = typeof given === "string" || isIntrinsic(given);
  if (!isWhole && !isDict(given)) throw badResource(id, "Invalid value for 'Cors' property");
  const config = isWhole ? new Dict().set("AllowOrigin", given) : (given as Dict);
  for (const name of config.keys())
    if (!CORS.includes(name)) throw badResource(id, `Invalid key '${name}' for 'Cors' property.`);
  if (!isSwagger(body)) {
    throw badResource(
      id,
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid Swagger " +
        "definition.",
    );
  }
  const origin = config.has("AllowOrigin") ? config.get("AllowOrigin") : written("'*'");
  const credentials = config.get("AllowCredentials") === true;
  if (credentials && typeof origin === "string" && textOf(origin) === "'*'") {
    throw badResource(
      id,
      "Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is " +
        "\"'*'\" or not set",
    );
  }
  const swagger = new Swagger(body);
  const cors = {
    origin,
    headers: config.get("AllowHeaders"),
    methods: config.get("AllowMethods"),
    maxAge: config.get("MaxAge"),
    credentials,
  };
  const seen = new Set<string>();
  for (const path of swagger.paths.keys()) {
    const normal = path === "/" ? path : path.replace(/\/+$/, "");
    if (seen.has(normal)) continue;
    seen.add(normal);
    try {
      addPreflight(swagger, path, cors);
    } catch (error) {
      if (error instanceof Problem) throw badResource(id, error.message);
      throw error;
    }
  }
  return swagger.document;
};

const addAuth: Step = (body, macro, translation) => {
  const { id, properties } = macro;
  const auth = properties.get("Auth");
  if (!truthy(auth)) return undefined;
  if (!body)
    throw badResource(id, "Auth works only with inline Swagger specified in 'DefinitionBody' property.");
  if (!isDict(auth) || !auth.keys().every((name) => AUTH.includes(name)))
    throw badResource(id, "Invalid value for 'Auth' property");
  checkSwagger(id, body, "Auth configuration");
  const swagger = new Swagger(body);
  const flag = (name: string) => (auth.has(name) ? truthy(auth.get(name)) : true);
  const standard = auth.get("DefaultAuthorizer");
  const authorizers = authorizersOf(macro, translation, auth.get("Authorizers"), standard);
  if (authorizers.size > 0) {
    addAuthorizers(swagger, authorizers);
    if (truthy(standard)) {
      const name = defaultAuthorizer(id, standard, authorizers);
      const preflight = flag("AddDefaultAuthorizerToCorsPreflight");
      for (const path of swagger.paths.keys())
        setDefaultAuthorizer(swagger, path, name, authorizers, preflight);
    }
  }
  if (truthy(auth.get("ApiKeyRequired"))) {
    addApiKeys(swagger);
    for (const path of swagger.paths.keys())
      setDefaultApiKey(swagger, path, flag("AddApiKeyRequiredToCorsPreflight"));
  }
  addPolicy(swagger, auth.get("ResourcePolicy"), properties.get("StageName") ?? null);
  return withComponents(swagger.document, properties.get("OpenApiVersion"));
};

function addPolicy(swagger: Swagger, given: Value | undefined, stage: Value): void {
  if (!truthy(given)) return;
  const policy = mapOf(given, "ResourcePolicy must be a map (ResourcePolicyStatement).");
  for (const path of swagger.paths.keys()) addResourcePolicy(swagger, policy, path, stage);
  const statements = policy.get("CustomStatements");
  if (truthy(statements)) addCustomStatements(swagger, statements ?? null);
}

function defaultAuthorizer(id: string, given: Value | undefined, authorizers: ReadonlyMap<string, unknown>) {
  if (typeof given !== "string") throw badResource(id, "DefaultAuthorizer is not a string.");
  if (!authorizers.has(given) && given !== "AWS_IAM") {
    throw badResource(
      id,
      `Unable to set DefaultAuthorizer because '${given}' was not defined in 'Authorizers'.`,
    );
  }
  return given;
}

/** The API's authorizers by name; IAM among them where it is the default. */
export function authorizersOf(
  { id }: Macro,
  { place }: Translation,
  config: Value | undefined,
  standard: Value | undefined,
): Map<string, Authorizer> {
  const authorizers = new Map<string, Authorizer>();
  if (standard === "AWS_IAM")
    authorizers.set("AWS_IAM", new Authorizer(id, "AWS_IAM", new Dict(), place, true));
  if (!truthy(config)) return authorizers;
  const owner = { resource: id };
  for (const [name, given] of expectMap(config, owner, "Auth.Authorizers").entries()) {
    const authorizer = expectMap(given, owner, `Auth.Authorizers.${name}`);
    authorizers.set(name, new Authorizer(id, name, authorizer, place));
  }
  return authorizers;
}

const addResponses: Step = (body, { id, properties }) => {
  const given = properties.get("GatewayResponses");
  if (!truthy(given) || !isDict(given)) return undefined;
  if (!body) {
    throw badResource(
      id,
      "GatewayResponses works only with inline Swagger specified in 'DefinitionBody' property.",
    );
  }
  const responses = gatewayResponses(id, given, () => checkSwagger(id, body, "Auth configuration"));
  const swagger = new Swagger(body);
  for (const [type, response] of responses) swagger.responses.set(type, response);
  return swagger.document;
};

function checkSwagger(id: string, body: Dict, what: string): void {
  if (isSwagger(body)) return;
  throw badResource(
    id,
    `Unable to add ${what} because 'DefinitionBody' does not contain a valid Swagger definition.`,
  );
}

const addBinaryTypes: Step = (body, { properties }) => {
  const types = properties.get("BinaryMediaTypes");
  if (!truthy(types) || !body) return undefined;
  const swagger = new Swagger(body);
  swagger.addBinaryTypes(types ?? null);
  return swagger.document;
};

const addModels: Step = (body, { id, properties }) => {
  const models = properties.get("Models");
  if (!truthy(models) || !isDict(models)) return undefined;
  if (!body)
    throw badResource(id, "Models works only with inline Swagger specified in 'DefinitionBody' property.");
  checkSwagger(id, body, "Models definitions");
  if (!models.values().every(isDict)) throw badResource(id, "Invalid value for 'Models' property");
  const swagger = new Swagger(body);
  swagger.addModels(models);
  return withComponents(swagger.document, properties.get("OpenApiVersion"));
};

const addEndpoint: Step = (body, { id, properties }) => {
  const disabled = properties.get("DisableExecuteApiEndpoint");
  if (isNothing(disabled)) return undefined;
  if (!body) {
    throw badResource(id, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
  }
  const swagger = new Swagger(body);
  swagger.disableEndpoint(disabled);
  return swagger.document;
};
