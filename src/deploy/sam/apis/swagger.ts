// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import {
  copyOf,
  Dict,
  isDict,
  isList,
  textOf,
  truthy,
  type Value,
  written,
  writtenInOrder,
} from "../dict.ts";
import { badDocument } from "../problems.ts";
import {
  addPath,
  chosen,
  deepSet,
  hasIntegration,
  INTEGRATION,
  integratedMethods,
  isVersion3,
  methodName,
  NotAMap,
  pathItems,
} from "./paths.ts";

const POLICY = "x-amazon-apigateway-policy";
const VALIDATORS = "x-amazon-apigateway-request-validators";
const RESPONSES = "x-amazon-apigateway-gateway-responses";

export function isSwagger(data: Value | undefined): data is Dict {
  if (!isDict(data) || !isDict(data.get("paths"))) return false;
  return truthy(data.get("swagger")) || (truthy(data.get("openapi")) && isVersion3(data.get("openapi")));
}

/** The definition of an API that has only events. */
export function emptySwagger(): Dict {
  const title = written({ Ref: "AWS::StackName" });
  const info = new Dict("python").set(written("version"), written("1.0")).set(written("title"), title);
  return new Dict("python")
    .set(written("swagger"), written("2.0"))
    .set(written("info"), info)
    .set(written("paths"), new Dict("python"));
}

/** The definition of a REST API while SAM adds to it. */
export class Swagger {
  readonly #doc: Dict;
  readonly paths: Dict;
  security: Dict;
  readonly responses: Dict;
  readonly policy: Dict;
  readonly models: Dict;

  constructor(doc: Value | undefined) {
    if (!isSwagger(doc)) {
      throw badDocument(
        "Invalid Swagger document or the Swagger document is not explicitly defined in 'DefinitionBody'.",
      );
    }
    const copy = copyOf<Dict>(doc);
    const member = (name: string) => {
      const value = copy.get(name);
      return truthy(value) ? (value as Dict) : new Dict("python");
    };
    this.#doc = copy;
    this.paths = copy.dict("paths") ?? new Dict("python");
    this.security = member("securityDefinitions");
    this.responses = member(RESPONSES);
    this.policy = member(POLICY);
    this.models = copy.dict("definitions") ?? new Dict("python");
    for (const path of this.paths.keys()) pathItems(this.paths, path);
  }

  /** The definition with all that was added. */
  get document(): Dict {
    if (truthy(this.security)) this.#doc.set(written("securityDefinitions"), this.security);
    if (this.responses.size > 0) this.#doc.set(written(RESPONSES), this.responses);
    if (this.models.size > 0) this.#doc.set(written("definitions"), this.models);
    return copyOf<Dict>(this.#doc);
  }

  addPath(path: string, method: string): void {
    addPath(this.paths, path, method);
  }

  makeConditional(path: string, condition: string): void {
    this.paths.set(path, chosen(condition, this.paths.get(path) ?? null));
  }

  /** A function behind a method. */
  addFunction(
    path: string,
    method: string,
    options: {
      readonly uri: Value;
      readonly credentials: Value | undefined;
      readonly condition: Value | undefined;
      readonly isStreamed: boolean;
    },
  ): void {
    const name = methodName(method);
    const { condition } = options;
    this.addPath(path, method);
    for (const item of pathItems(this.paths, path)) {
      const definition = item.dict(name) ?? new Dict("python");
      definition.set(
        written(INTEGRATION),
        writtenInOrder({
          type: "aws_proxy",
          httpMethod: "POST",
          uri: condition === undefined ? options.uri : chosen(condition, options.uri),
          responseTransferMode: options.isStreamed ? "STREAM" : undefined,
        }),
      );
      if (options.credentials !== undefined)
        definition.dict(INTEGRATION)?.set(written("credentials"), options.credentials);
      if (!definition.has("responses")) definition.set(written("responses"), new Dict("python"));
      if (condition !== undefined) item.set(name, chosen(condition, definition));
    }
  }

  /** A state machine behind a method. */
  addStateMachine(
    path: string,
    method: string,
    options: {
      readonly credentials: Value;
      readonly templates: Value;
      readonly condition: Value | undefined;
    },
  ): void {
    const name = methodName(method);
    const { condition } = options;
    this.addPath(path, method);
    const uri = written({
      "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution",
    });
    for (const item of pathItems(this.paths, path)) {
      const definition = item.dict(name) ?? new Dict("python");
      const responses = new Dict("python")
        .set(written("200"), writtenInOrder({ statusCode: "200" }))
        .set(written("400"), writtenInOrder({ statusCode: "400" }));
      const integration = writtenInOrder({
        type: "aws",
        httpMethod: "POST",
        uri: condition === undefined ? uri : chosen(condition, uri),
        responses,
        credentials: options.credentials,
      });
      integration.update(new Dict().set(written("requestTemplates"), options.templates));
      definition.set(written(INTEGRATION), integration);
      if (!definition.has("responses")) {
        const described = new Dict("python")
          .set(written("200"), writtenInOrder({ description: "OK" }))
          .set(written("400"), writtenInOrder({ description: "Bad Request" }));
        definition.set(written("responses"), described);
      }
      if (condition !== undefined) item.set(name, chosen(condition, definition));
    }
  }

  hasIntegration(path: string, method: string): boolean {
    return hasIntegration(this.paths, path, method);
  }

  methods(path: string, method: string): Dict[] {
    return integratedMethods(this.paths, path, method);
  }

  addPolicy(): void {
    this.#doc.set(written(POLICY), this.policy);
  }

  addBinaryTypes(types: Value): void {
    this.#doc.set(written("x-amazon-apigateway-binary-media-types"), unescaped(types));
  }

  disableEndpoint(value: Value): void {
    const path = ["x-amazon-apigateway-endpoint-configuration", "disableExecuteApiEndpoint"];
    const isThree = truthy(this.#doc.get("openapi")) && isVersion3(this.#doc.get("openapi"));
    if (!isThree) {
      deeplySet(this.#doc, path, value, "Invalid OpenAPI definition");
      return;
    }
    const given = this.#doc.get("servers") ?? [new Dict("python")];
    const servers = isList(given) ? given : [given];
    for (const [index, server] of servers.entries())
      deeplySet(server, path, value, `Invalid OpenAPI definition of 'servers[${index}]'`);
    this.#doc.set(written("servers"), servers);
  }

  addValidator(path: string, method: string, validates: { body: boolean; parameters: boolean }): void {
    const { body, parameters } = validates;
    const name = body
      ? parameters
        ? "body-and-params"
        : "body-only"
      : parameters
        ? "params-only"
        : "no-validation";
    if (!truthy(this.#doc.get(VALIDATORS))) this.#doc.set(written(VALIDATORS), new Dict("python"));
    const validators = this.#doc.dict(VALIDATORS);
    if (validators && !truthy(validators.get(name))) {
      const definition = writtenInOrder({ validateRequestBody: body, validateRequestParameters: parameters });
      validators.update(new Dict("python").set(written(name), definition));
    }
    for (const definition of this.methods(path, method))
      definition.update(writtenInOrder({ "x-amazon-apigateway-request-validator": name }));
  }

  addModel(path: string, method: string, model: string, isRequired: Value | undefined): void {
    const name = model.toLowerCase();
    for (const definition of this.methods(path, method)) {
      if (truthy(this.#doc.get("swagger"))) {
        const parameter = writtenInOrder({ in: "body" })
          .set(written("name"), name)
          .set(written("schema"), written({ $ref: `#/definitions/${textOf(name)}` }));
        if (isRequired !== undefined && isRequired !== null) parameter.set(written("required"), isRequired);
        const existing = definition.get("parameters") ?? [];
        if (isList(existing)) existing.push(parameter);
        definition.set(written("parameters"), existing);
      } else if (isVersion3(this.#doc.get("openapi"))) {
        const $ref = `#/components/schemas/${textOf(name)}`;
        const body = written({ content: { "application/json": { schema: { $ref } } } }) as Dict;
        if (isRequired !== undefined && isRequired !== null) body.set(written("required"), isRequired);
        definition.set(written("requestBody"), body);
      }
    }
  }

  addParameters(path: string, method: string, parameters: readonly RequestParameter[]): void {
    for (const definition of this.methods(path, method)) {
      const existing = definition.get("parameters") ?? [];
      for (const { name: whole, required, caching } of parameters) {
        const place = whole.replace("method.request.", "");
        const dot = place.indexOf(".");
        const location = place.slice(0, dot);
        const parameter = new Dict("python")
          .set(written("in"), location === "querystring" ? written("query") : location)
          .set(written("name"), place.slice(dot + 1))
          .set(written("required"), required)
          .set(written("type"), written("string"));
        if (isList(existing)) existing.push(parameter);
        if (!truthy(caching)) continue;
        const integration = definition.dict(INTEGRATION);
        const keys = integration?.get("cacheKeyParameters") ?? [];
        if (isList(keys)) keys.push(whole);
        integration?.set(written("cacheKeyParameters"), keys);
      }
      definition.set(written("parameters"), existing);
    }
  }

  addModels(models: Dict): void {
    for (const [name, schema] of models.entries()) {
      if (!isDict(schema) || !truthy(schema.get("type")))
        throw badDocument("'Models' schema is missing 'type'.");
      this.models.set(name.toLowerCase(), schema);
    }
  }
}

export interface RequestParameter {
  readonly name: string;
  readonly required: Value;
  readonly caching: Value;
}

function deeplySet(value: Value, path: readonly string[], member: Value, what: string): void {
  try {
    deepSet(value, path, member);
  } catch (error) {
    if (error instanceof NotAMap) throw badDocument(`${what}: ${error.message}.`);
    throw error;
  }
}

/** `image~1png` is how a media type is written where a slash cannot be. */
function unescaped(types: Value): Value {
  if (typeof types === "string") return textOf(types).replaceAll("~1", "/");
  if (isList(types)) return types.map(unescaped);
  if (!isDict(types)) return types;
  const dict = new Dict("python");
  for (const [key, value] of types.entries()) dict.set(key.replaceAll("~1", "/"), unescaped(value));
  return dict;
}
