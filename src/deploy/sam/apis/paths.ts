import { Dict, isDict, isList, textOf, truthy, type Value, written } from "../dict.ts";
import { isNoValue, NO_VALUE } from "../intrinsics.ts";
import { badDocument } from "../problems.ts";
import { shown, versionText } from "../python-text.ts";

export const INTEGRATION = "x-amazon-apigateway-integration";
export const ANY_METHOD = "x-amazon-apigateway-any-method";
export const ALL_METHODS = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"];

/** What an `Fn::If` chooses between, or the thing itself. */
export function choices(item: Value | undefined): Value[] {
  if (!isDict(item) || !item.has("Fn::If")) return [item ?? null];
  const list = item.get("Fn::If");
  if (!isList(list)) throw badDocument("Value of Fn::If must be a list.");
  return list.slice(1).filter((choice) => !isNoValue(choice));
}

/** `Fn::If` as SAM writes it into a definition; the condition and the value are as they are. */
export function chosen(condition: Value, value: Value): Dict {
  return new Dict().set(written("Fn::If"), [condition, value, written({ Ref: NO_VALUE })]);
}

export function methodName(method: string): string {
  const lower = method.toLowerCase();
  return textOf(lower) === "any" ? written(ANY_METHOD) : lower;
}

export function pathItems(paths: Dict, path: string): Dict[] {
  return choices(paths.get(path)).map((item) => mapOf(item, notAPath(path)));
}

const notAPath = (path: string) =>
  `Value of '${textOf(path)}' path must be a dictionary according to Swagger spec.`;

export function mapOf(value: Value | undefined, otherwise: string): Dict {
  if (isDict(value)) return value;
  throw badDocument(otherwise);
}

export function definitionsOf(method: Value | undefined, path: string, name: string): Dict[] {
  return choices(method).map((definition) =>
    mapOf(definition, `Definition of method '${textOf(name)}' for path '${textOf(path)}' should be a map.`),
  );
}

export const isIntegrated = (definition: Dict) => truthy(definition.get(INTEGRATION));

export function hasIntegration(paths: Dict, path: string, method: string): boolean {
  const name = methodName(method);
  if (!paths.has(path)) return false;
  for (const item of choices(paths.get(path))) if (!isDict(item) || !item.has(name)) return false;
  return pathItems(paths, path).every((item) => {
    const method = item.get(name);
    return isDict(method) && definitionsOf(method, path, name).some(isIntegrated);
  });
}

/** A path and its method, made where there are none. */
export function addPath(paths: Dict, path: string, method: string): void {
  const item = paths.setDefault(path, new Dict("python"));
  mapOf(item, notAPath(path));
  for (const one of choices(item)) if (isDict(one)) one.setDefault(methodName(method), new Dict("python"));
}

/** The definitions of one method that have an integration. */
export function integratedMethods(paths: Dict, path: string, method: string): Dict[] {
  const name = methodName(method);
  return pathItems(paths, path).flatMap((item) =>
    definitionsOf(item.get(name), path, method).filter(isIntegrated),
  );
}

export function limitIntegration(paths: Dict, path: string, method: string, timeout: Value): void {
  for (const definition of integratedMethods(paths, path, method))
    definition.dict(INTEGRATION)?.set(written("timeoutInMillis"), timeout);
}

export function securityOf(definition: Dict, path: string, method: string): Value[] {
  const security = definition.get("security") ?? [];
  if (isList(security)) return security;
  throw badDocument(`Type of security for path ${textOf(path)} method ${textOf(method)} must be a list`);
}

/** Versions are sometimes written as numbers. */
export const isVersion3 = (version: Value | undefined) =>
  /^3(\.\d)(\.\d)?$/.test(typeof version === "number" ? versionText(version) : shown(version));

/** A member deep within maps; undefined where it or one above it is missing. */
export function deepGet(value: Value | undefined, path: readonly string[], walked = ""): Value | undefined {
  if (path.length === 0 || value === undefined || value === null) return value ?? undefined;
  if (!isDict(value)) throw new NotAMap(walked);
  const [name = "", ...rest] = path;
  return deepGet(value.get(name), rest, walked ? `${walked}.${name}` : name);
}

export function deepSet(value: Value, path: readonly string[], member: Value, walked = ""): void {
  if (!isDict(value)) throw new NotAMap(walked);
  const [name = "", ...rest] = path;
  if (rest.length === 0) value.set(written(name), member);
  else {
    const next = value.has(name) ? (value.get(name) ?? null) : value.setDefault(written(name), new Dict());
    deepSet(next, rest, member, walked ? `${walked}.${name}` : name);
  }
}

/** Something on the way is no map. */
export class NotAMap extends Error {
  override readonly name = "NotAMap";
  constructor(path: string) {
    super(path ? `The value of '${path}' should be a map` : "It should be a map");
  }
}
