import {
  copyOf,
  Dict,
  dictOf,
  isDict,
  isEqual,
  isList,
  textOf,
  truthy,
  type Value,
  written,
  writtenInOrder,
} from "../dict.ts";
import { isIntrinsic, ref } from "../intrinsics.ts";
import { badDocument } from "../problems.ts";
import { shown } from "../python-text.ts";
import {
  ANY_METHOD,
  addPath,
  choices,
  chosen,
  deepGet,
  definitionsOf,
  hasIntegration,
  INTEGRATION,
  integratedMethods,
  isIntegrated,
  isVersion3,
  mapOf,
  methodName,
  NotAMap,
  pathItems,
  securityOf,
} from "./paths.ts";

export const DEFAULT_PATH = "$default";
export const defaultTitle = () => ref("AWS::StackName");

export function isOpenApi(data: Value | undefined): data is Dict {
  return (
    isDict(data) &&
    isDict(data.get("paths")) &&
    truthy(data.get("openapi")) &&
    isVersion3(data.get("openapi"))
  );
}

/** The definition of an HTTP API that has only events. */
export function emptyOpenApi(): Dict {
  return new Dict("python")
    .set("openapi", "3.0.1")
    .set("info", dictOf({ version: "1.0", title: defaultTitle() }))
    .set("paths", new Dict("python"));
}

/** The definition of an HTTP API while SAM adds to it. */
export class OpenApi {
  readonly #doc: Dict;
  readonly paths: Dict;
  readonly schemes: Dict;
  readonly #tags: Value;
  readonly info: Dict;

  constructor(doc: Value | undefined) {
    if (!isOpenApi(doc)) {
      throw badDocument(
        "Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in " +
          "'DefinitionBody'.",
      );
    }
    this.#doc = copyOf<Dict>(doc);
    this.paths = this.#doc.dict("paths") ?? new Dict("python");
    const map = (value: Value | undefined) => (isDict(value) && value.size > 0 ? value : new Dict("python"));
    try {
      this.schemes = map(deepGet(this.#doc, ["components", "securitySchemes"]));
    } catch (error) {
      if (error instanceof NotAMap) throw badDocument(`Invalid OpenApi document: ${error.message}`);
      throw error;
    }
    const tags = this.#doc.get("tags");
    this.#tags = truthy(tags) ? (tags ?? []) : [];
    this.info = map(this.#doc.get("info"));
  }

  /** The definition with all that was added. */
  get document(): Dict {
    if (truthy(this.#tags)) this.#doc.set("tags", this.#tags);
    if (this.schemes.size > 0) {
      const components = this.#doc.get("components");
      const given = isDict(components) && components.size > 0 ? components : new Dict("python");
      this.#doc.set("components", given.set("securitySchemes", this.schemes));
    }
    if (this.info.size > 0) this.#doc.set("info", this.info);
    return copyOf<Dict>(this.#doc);
  }

  addPath(path: string, method: string): void {
    addPath(this.paths, path, method);
  }

  makeConditional(path: string, condition: string): void {
    this.paths.set(path, chosen(condition, this.paths.get(path) ?? null));
  }

  hasIntegration(path: string, method: string): boolean {
    return hasIntegration(this.paths, path, method);
  }

  methods(path: string, method: string): Dict[] {
    return integratedMethods(this.paths, path, method);
  }

  /** Whether every request comes to this function whatever its path. */
  leadsTo(path: string, method: string, functionId: string): boolean {
    if (!this.hasIntegration(path, method)) return false;
    return pathItems(this.paths, path)
      .flatMap((item) => definitionsOf(item.get(methodName(method)), path, method))
      .every((definition) => {
        const integration = mapOf(
          definition.get(INTEGRATION) ?? new Dict(),
          `Value of '${INTEGRATION}' must be a dictionary according to Swagger spec.`,
        );
        const uri = integration.get("uri");
        return isDict(uri) && choices(uri).every((choice) => functionIn(choice) === functionId);
      });
  }

  addFunction(path: string, method: string, uri: Value, condition: Value | undefined): void {
    const name = methodName(method);
    if (this.hasIntegration(path, method)) return;
    this.addPath(path, method);
    for (const item of pathItems(this.paths, path)) {
      const definition = item.dict(name) ?? new Dict("python");
      item.set(name, definition);
      const integration = writtenInOrder({
        type: "aws_proxy",
        httpMethod: "POST",
        payloadFormatVersion: "2.0",
        uri: condition === undefined ? uri : chosen(condition, uri),
      });
      definition.set(written(INTEGRATION), integration);
      if (textOf(path) === DEFAULT_PATH && textOf(name) === ANY_METHOD)
        definition.set(written("isDefaultRoute"), true);
      definition.setDefault(written("responses"), new Dict("python"));
      if (condition !== undefined) item.set(name, chosen(condition, definition));
    }
  }

  addPathParameters(path: string, method: string, names: readonly string[]): void {
    for (const definition of this.methods(path, method)) {
      const parameters = definition.setDefault("parameters", []);
      if (!isList(parameters)) continue;
      for (const name of names) {
        const known = parameters.find((one): one is Dict => isDict(one) && one.get("name") === name);
        if (known) known.set("in", "path").set("required", true);
        else parameters.push(dictOf({ name, in: "path", required: true }));
      }
    }
  }

  setIntegration(path: string, method: string, member: string, value: Value): void {
    for (const definition of this.methods(path, method)) definition.dict(INTEGRATION)?.set(member, value);
  }

  /** The default authorizer for each method that names none. */
  setDefaultAuthorizer(path: string, name: string, scopes: Value): void {
    for (const item of pathItems(this.paths, path)) {
      for (const [method, value] of item.entries()) {
        const normal = methodName(method);
        if (normal === "parameters" || normal === "options") continue;
        if (!item.has(normal))
          throw badDocument(`Could not find ${normal} in ${path} within DefinitionBody.`);
        for (const definition of definitionsOf(value, path, method))
          if (isIntegrated(definition) && !truthy(definition.get("security")))
            definition.set("security", [dictOf({ [name]: scopes })]);
      }
    }
  }

  /** An event's own authorizer. */
  setAuthorizer(path: string, method: string, name: string, authorizers: Value | undefined, given: Value) {
    for (const definition of this.methods(path, method)) {
      const security = dictOf({ [name]: [] });
      if (name !== "NONE" && name !== "AWS_IAM") {
        const authorizer = (isDict(authorizers) ? authorizers.get(name) : undefined) ?? new Dict();
        if (!isDict(authorizer)) throw badDocument(`Type of authorizer '${name}' must be a dictionary`);
        const scopes = truthy(given) ? given : authorizer.get("AuthorizationScopes");
        if (authorizer.size > 0 && truthy(scopes)) security.set(name, scopes);
      }
      definition.set("security", [...securityOf(definition, path, method), security]);
    }
  }

  addTags(tags: Dict): void {
    for (const [name, value] of tags.entries()) {
      if (!isList(this.#tags)) {
        const kind = isDict(this.#tags) ? "dict" : "str";
        throw badDocument(
          `Tags in OpenApi DefinitionBody needs to be a list. ${shown(this.#tags)} is a ${kind} not a list.`,
        );
      }
      const known = this.#tags.find((tag): tag is Dict => isDict(tag) && tag.get("name") === name);
      if (known) known.set("x-amazon-apigateway-tag-value", value);
      else this.#tags.push(dictOf({ name, "x-amazon-apigateway-tag-value": value }));
    }
  }

  disableEndpoint(value: Value): void {
    const given = this.#doc.get("servers") ?? [new Dict("python")];
    for (const server of isList(given) ? given : [given]) {
      const config = mapOf(server, "Value of 'servers' item must be a dictionary according to Swagger spec.");
      const endpoint = config.dict("x-amazon-apigateway-endpoint-configuration") ?? new Dict();
      endpoint.set("disableExecuteApiEndpoint", value);
      config.set("x-amazon-apigateway-endpoint-configuration", endpoint);
    }
    this.#doc.set("servers", given);
  }

  addCors(cors: Dict): void {
    const name = "x-amazon-apigateway-cors";
    const config = mapOf(
      this.#doc.get(name) ?? new Dict(),
      `Value of '${name}' must be a dictionary according to Swagger spec.`,
    );
    const origins = cors.get("AllowOrigins");
    if (isIntrinsic(origins)) config.update(renamed(origins ?? null) as Dict);
    else {
      for (const member of ["AllowOrigins", "AllowHeaders", "AllowMethods", "ExposeHeaders"])
        if (truthy(cors.get(member))) config.set(lowered(member), cors.get(member));
      const age = cors.get("MaxAge");
      if (age !== undefined && age !== null) config.set("maxAge", age);
      if (cors.get("AllowCredentials") === true) config.set("allowCredentials", true);
    }
    this.#doc.set(name, config);
  }

  hasDefaultTitle(): boolean {
    return isEqual(this.info.get("title"), defaultTitle());
  }
}

function functionIn(uri: Value): string | undefined {
  const text = isDict(uri) ? uri.get("Fn::Sub") : undefined;
  return typeof text === "string" ? /([A-Za-z0-9]+)\.Arn/.exec(text)?.[1] : undefined;
}

const lowered = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

const CORS_MEMBERS = [
  "AllowOrigins",
  "AllowHeaders",
  "AllowMethods",
  "ExposeHeaders",
  "MaxAge",
  "AllowCredentials",
];

/** A function that comes to the settings, with the definition's names for SAM's wherever they are. */
function renamed(value: Value): Value {
  if (typeof value === "string")
    return CORS_MEMBERS.reduce((text, name) => text.replaceAll(name, lowered(name)), value);
  if (isList(value)) return value.map(renamed);
  if (!isDict(value)) return value;
  const dict = new Dict();
  for (const [key, member] of value.entries()) dict.set(renamed(key) as string, renamed(member));
  return dict;
}
