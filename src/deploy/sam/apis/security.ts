import { Dict, isDict, isEqual, isNothing, truthy, type Value, written, writtenInOrder } from "../dict.ts";
import { badDocument, badTemplate } from "../problems.ts";
import { shown } from "../python-text.ts";
import type { Authorizer } from "./authorizer.ts";
import { definitionsOf, isIntegrated, mapOf, methodName, pathItems, securityOf } from "./paths.ts";
import type { Swagger } from "./swagger.ts";

/** Members of a path that are no methods. */
const NO_METHODS = ["summary", "description", "parameters"];

/** All methods of a path that have an integration. */
function methodsOf(swagger: Swagger, path: string): [string, Dict][] {
  return pathItems(swagger.paths, path).flatMap((item) =>
    item.entries().flatMap(([name, method]) => {
      if (NO_METHODS.includes(name)) return [];
      const integrated = definitionsOf(method, path, name).filter(isIntegrated);
      return integrated.map((definition): [string, Dict] => [methodName(name), definition]);
    }),
  );
}

function definitionsOfSecurity(swagger: Swagger): Dict {
  if (!truthy(swagger.security)) swagger.security = new Dict("python");
  if (!isDict(swagger.security)) throw badTemplate("securityDefinitions must be a dictionary.");
  return swagger.security;
}

export function addAuthorizers(swagger: Swagger, authorizers: ReadonlyMap<string, Authorizer>): void {
  const security = definitionsOfSecurity(swagger);
  for (const [name, authorizer] of authorizers) security.set(name, authorizer.swagger());
}

export function addApiKeys(swagger: Swagger): void {
  const security = definitionsOfSecurity(swagger);
  if (security.has("api_key")) return;
  const key = writtenInOrder({ type: "apiKey", name: "x-api-key", in: "header" });
  security.update(new Dict("python").set(written("api_key"), key));
}

function addIam(swagger: Swagger): void {
  if (!truthy(swagger.security)) swagger.security = new Dict("python");
  if (swagger.security.has("AWS_IAM")) return;
  const iam = writtenInOrder({
    "x-amazon-apigateway-authtype": "awsSigv4",
    type: "apiKey",
    name: "Authorization",
    in: "header",
  });
  swagger.security.update(new Dict("python").set(written("AWS_IAM"), iam));
}

function setSecurity(swagger: Swagger, definition: Dict, security: readonly Value[]): void {
  if (security.length === 0) return;
  definition.set(written("security"), [...security]);
  const [first] = security;
  if (isDict(first) && first.has("AWS_IAM")) addIam(swagger);
}

/** Those that name one of the given, and the others. */
function parted(security: readonly Value[], names: readonly string[], path: string, method: string) {
  const named: Dict[] = [];
  const others: Dict[] = [];
  for (const item of security) {
    const dict = mapOf(
      item,
      `${shown(item)} in Security for path ${path} method ${method} is not a valid dictionary.`,
    );
    (dict.keys().some((key) => names.includes(key)) ? named : others).push(dict);
  }
  return { named, others };
}

/** The default authorizer for each method of a path that names none. */
export function setDefaultAuthorizer(
  swagger: Swagger,
  path: string,
  name: string,
  authorizers: ReadonlyMap<string, Authorizer>,
  preflight: boolean,
): void {
  for (const [method, definition] of methodsOf(swagger, path)) {
    if (!preflight && method === "options") continue;
    const names = ["AWS_IAM", ...authorizers.keys()];
    const { named, others } = parted(securityOf(definition, path, method), names, path, method);
    const none = others.findIndex((security) => security.has("NONE"));
    if (none >= 0) others.splice(none, 1);
    const scopes = authorizers.get(name)?.scopes;
    const own =
      none >= 0
        ? []
        : named.length > 0
          ? named
          : [new Dict("python").set(name, isNothing(scopes) ? [] : scopes)];
    setSecurity(swagger, definition, [...others, ...own]);
  }
}

/** An API key for each method of a path that does not say otherwise. */
export function setDefaultApiKey(swagger: Swagger, path: string, preflight: boolean): void {
  for (const [method, definition] of methodsOf(swagger, path)) {
    const existing = securityOf(definition, path, method);
    const { named, others } = parted(existing, ["api_key", "api_key_false"], path, method);
    const isOff = named.some((security) => security.has("api_key_false"));
    const own = isOff ? [] : [new Dict("python").set(written("api_key"), [])];
    const security: Value[] = method === "options" && !preflight ? others : [...others, ...own];
    if (!isEqual(security, existing)) definition.set(written("security"), security);
  }
}

/** An event's own authorizer and API key. */
export function setMethodAuth(swagger: Swagger, path: string, method: string, auth: Dict, api: Dict): void {
  const authorizer = auth.get("Authorizer");
  const authorizers = api.dict("Auth")?.get("Authorizers");
  if (typeof authorizer === "string" && truthy(authorizer))
    setMethodAuthorizer(swagger, path, method, authorizer, authorizers, auth.get("AuthorizationScopes"));
  const key = auth.get("ApiKeyRequired");
  if (isNothing(key)) return;
  for (const definition of swagger.methods(path, method)) {
    if (truthy(key)) addApiKeys(swagger);
    const security = new Dict("python").set(written(truthy(key) ? "api_key" : "api_key_false"), []);
    definition.set(written("security"), [...securityOf(definition, path, method), security]);
  }
}

function setMethodAuthorizer(
  swagger: Swagger,
  path: string,
  method: string,
  name: string,
  authorizers: Value | undefined,
  methodScopes: Value | undefined,
): void {
  for (const definition of swagger.methods(path, method)) {
    const security = new Dict("python").set(name, []);
    const existing = securityOf(definition, path, method);
    if (name !== "NONE" && isDict(authorizers) && authorizers.size > 0) {
      const authorizer = authorizers.get(name) ?? new Dict("python");
      if (!isDict(authorizer)) throw badDocument(`Type of authorizer '${name}' must be a dictionary`);
      const scopes = isNothing(methodScopes) ? authorizer.get("AuthorizationScopes") : methodScopes;
      if (!isNothing(authorizers.get(name)) && !isNothing(scopes)) security.set(name, scopes);
    }
    setSecurity(swagger, definition, [...existing, security]);
  }
}
