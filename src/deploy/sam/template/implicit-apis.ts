import { DEFAULT_PATH, emptyOpenApi, isOpenApi, OpenApi } from "../apis/open-api.ts";
import { ANY_METHOD } from "../apis/paths.ts";
import { MANAGED } from "../apis/schema.ts";
import { emptySwagger, isSwagger, Swagger } from "../apis/swagger.ts";
import { copyOf, Dict, isDict, isNothing, textOf, truthy, type Value, written } from "../dict.ts";
import { refId } from "../events/api-of-event.ts";
import { expectMap, expectSomething, expectString } from "../expect.ts";
import { combined, ifElse } from "../intrinsics.ts";
import { BadDocument, badEvent, badResource, EventProblem, type Problem } from "../problems.ts";
import { propertiesOf, serverlessResources } from "./serverless.ts";

interface Kind {
  readonly event: string;
  /** The event's property that names an API. */
  readonly property: string;
  readonly implicit: string;
  readonly type: string;
  empty(): Dict;
  open(definition: Value | undefined): Swagger | OpenApi;
  isValid(definition: Value | undefined): boolean;
}

export const REST: Kind = {
  event: "Api",
  property: "RestApiId",
  implicit: "ServerlessRestApi",
  type: "AWS::Serverless::Api",
  empty: emptySwagger,
  open: (definition) => new Swagger(definition),
  isValid: isSwagger,
};

export const HTTP: Kind = {
  event: "HttpApi",
  property: "ApiId",
  implicit: "ServerlessHttpApi",
  type: "AWS::Serverless::HttpApi",
  empty: emptyOpenApi,
  open: (definition) => new OpenApi(definition),
  isValid: isOpenApi,
};

/** What an API's events are conditioned by, by path and method, and what should become of it. */
class Wishes {
  readonly conditions = new Map<string, Map<string, Map<string, Value>>>();
  readonly deletion = new Map<string, Value[]>();
  readonly replacement = new Map<string, Value[]>();

  add(api: string, path: string, method: string, resource: Dict): void {
    const paths = this.conditions.get(api) ?? new Map<string, Map<string, Value>>();
    this.conditions.set(api, paths);
    const methods = paths.get(textOf(path)) ?? new Map<string, Value>();
    paths.set(textOf(path), methods.set(textOf(method), resource.get("Condition") ?? null));
    for (const [policies, name] of [
      [this.deletion, "DeletionPolicy"],
      [this.replacement, "UpdateReplacePolicy"],
    ] as const)
      policies.set(api, [...(policies.get(api) ?? []), resource.get(name) ?? null]);
  }
}

/** Makes an API of all events that name none, and adds the paths of events to the APIs that they name. */
export function addImplicitApi(template: Dict, kind: Kind): void {
  const resources = template.dict("Resources") ?? new Dict();
  const existing = copyOf(resources.get(kind.implicit) ?? null);
  resources.set(written(kind.implicit), implicitApi(kind));
  const wishes = new Wishes();
  const problems: Problem[] = [];
  const types = ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"];
  for (const [id, resource] of serverlessResources(template, types)) {
    try {
      addEvents(template, kind, resource, wishes);
    } catch (error) {
      if (!(error instanceof EventProblem)) throw error;
      problems.push(badResource(id, error.message));
    }
  }
  const api = resources.dict(kind.implicit);
  if (api) {
    setCondition(template, kind, api, wishes);
    setPolicy(api, "DeletionPolicy", wishes.deletion.get(kind.implicit), ["Retain", "Delete"]);
    const order = ["Retain", "Snapshot", "Delete"];
    setPolicy(api, "UpdateReplacePolicy", wishes.replacement.get(kind.implicit), order);
  }
  conditionPaths(template, kind, wishes);
  if (api?.dict("Properties")?.dict("DefinitionBody")?.dict("paths")?.size === 0) {
    if (existing) resources.set(kind.implicit, existing);
    else resources.delete(kind.implicit);
  }
  if (problems.length > 0) throw new BadDocument(problems);
}

function implicitApi(kind: Kind): Dict {
  const properties = new Dict();
  if (kind === REST) properties.set(written("StageName"), written("Prod"));
  properties.set(written("DefinitionBody"), kind.empty()).set(written(MANAGED), true);
  return new Dict().set("Type", kind.type).set("Properties", properties);
}

function addEvents(template: Dict, kind: Kind, resource: Dict, wishes: Wishes): void {
  const events = propertiesOf(resource).dict("Events") ?? new Dict();
  const some = new Dict("python");
  for (const [name, event] of events.entries())
    if (isDict(event) && event.get("Type") === kind.event) some.set(name, event);
  for (const [name, event] of some.entries()) {
    if (!isDict(event)) continue;
    const properties = eventProperties(kind, name, event);
    if (!properties) continue;
    shareTags(template, kind, resource, properties);
    if (!properties.has(kind.property))
      properties.set(written(kind.property), written({ Ref: kind.implicit }));
    if (kind === HTTP && !truthy(properties.get("Path")) && !truthy(properties.get("Method")))
      properties.set(written("Path"), written(DEFAULT_PATH)).set(written("Method"), written(ANY_METHOD));
    const { api, path, method } = check(kind, name, properties);
    wishes.add(api, path, method, resource);
    addPath(template, kind, name, { api: refId(properties.get(kind.property)), path, method });
    if (kind === HTTP && properties.has("RouteSettings"))
      addRouteSettings(template, name, { api, path, method }, properties, resource);
  }
  // Changes nothing but the order, as it does in AWS's own transform.
  events.update(some);
}

function eventProperties(kind: Kind, name: string, event: Dict): Dict | undefined {
  const given = event.has("Properties") ? event.get("Properties") : new Dict();
  if (kind === REST && !truthy(given)) return undefined;
  const properties = expectMap(given, { event: name }, "", "Properties should be a map.");
  event.set("Properties", properties);
  return properties;
}

/** The implicit API has the tags of functions that propagate theirs. */
function shareTags(template: Dict, kind: Kind, resource: Dict, event: Dict): void {
  if (event.has(kind.property)) return;
  const api = template.dict("Resources")?.dict(kind.implicit)?.dict("Properties");
  const type = String(resource.get("Type")).replace("AWS::Serverless::", "");
  const globals = template.dict("Globals")?.dict(type);
  const find = (name: string) => {
    const own = propertiesOf(resource).get(name);
    return truthy(own) ? own : globals?.get(name);
  };
  const tags = find("Tags");
  if (!api || !isDict(tags) || tags.size === 0 || !truthy(find("PropagateTags"))) return;
  const all = api.setDefault(written("Tags"), new Dict());
  if (isDict(all)) all.update(tags);
  api.set(written("PropagateTags"), true);
}

function check(kind: Kind, name: string, properties: Dict) {
  const owner = { event: name };
  const path = expectSomething(properties.get("Path"), owner, "Path");
  const method = expectSomething(properties.get("Method"), owner, "Method");
  return {
    api: expectString(refId(properties.get(kind.property)), owner, kind.property),
    path: expectString(path, owner, "Path"),
    method: expectString(method, owner, "Method"),
  };
}

interface Route {
  readonly api: Value | undefined;
  readonly path: string;
  readonly method: string;
}

function addPath(template: Dict, kind: Kind, event: string, { api: id, path, method }: Route): void {
  const api = typeof id === "string" ? template.dict("Resources")?.dict(id) : undefined;
  const isOther = kind === REST && api?.get("Type") === HTTP.type;
  if (!api || isOther) {
    throw badEvent(
      event,
      `${kind.property} must be a valid reference to an '${kind.type}' resource in same template.`,
    );
  }
  const properties = api.get("Properties") ?? new Dict();
  if (!isDict(properties) || !kind.isValid(properties.get("DefinitionBody"))) return;
  if (!truthy(properties.get(MANAGED))) return;
  const editor = kind.open(properties.get("DefinitionBody"));
  editor.addPath(path, method);
  properties.set("DefinitionBody", editor.document);
}

function addRouteSettings(
  template: Dict,
  event: string,
  { api: id, path, method }: Route & { readonly api: string },
  properties: Dict,
  resource: Dict,
): void {
  const api = template.dict("Resources")?.dict(id);
  if (!api) return;
  const route = textOf(method) === ANY_METHOD ? textOf(path) : `${method.toUpperCase()} ${path}`;
  const apiProperties = propertiesOf(api);
  const given = apiProperties.has("RouteSettings") ? apiProperties.get("RouteSettings") : new Dict();
  const all = expectMap(given, { resource: id }, "RouteSettings");
  const condition = resource.get("Condition");
  const own = properties.get("RouteSettings") ?? null;
  const settings = expectMap(truthy(condition) ? ifElse(condition, own) : own, { event }, "RouteSettings");
  const member = all.setDefault(route, new Dict());
  if (isDict(member)) member.update(settings);
  apiProperties.set("RouteSettings", all);
}

/** The conditions of all methods; none where one method has none. */
function allConditions(methods: Iterable<Value>): string[] {
  const conditions = [...methods];
  return conditions.some(isNothing) ? [] : [...new Set(conditions.map((one) => textOf(String(one))))];
}

function addCombined(template: Dict, name: string, conditions: readonly string[]): void {
  const given = template.setDefault("Conditions", new Dict());
  if (isDict(given)) given.update(combined(conditions, name));
}

function setCondition(template: Dict, kind: Kind, api: Dict, wishes: Wishes): void {
  const paths = wishes.conditions.get(kind.implicit);
  const all = [...(paths?.values() ?? [])].flatMap((methods) => [...methods.values()]);
  const conditions = allConditions(all);
  if (conditions.length === 0) return;
  if (conditions.length === 1) api.set("Condition", conditions[0]);
  else {
    const name = `${kind.implicit}Condition`;
    api.set("Condition", name);
    addCombined(template, name, conditions.sort());
  }
}

/** The policy that keeps most. */
function setPolicy(api: Dict, name: string, wished: readonly Value[] = [], order: readonly string[]): void {
  const policy = order.find((one) => wished.includes(one));
  if (policy !== undefined) api.set(name, policy);
}

/** Paths all of whose methods have conditions are there under these. */
function conditionPaths(template: Dict, kind: Kind, wishes: Wishes): void {
  for (const [id, api] of serverlessResources(template, [kind.type])) {
    const properties = propertiesOf(api);
    if (!truthy(properties.get(MANAGED))) continue;
    const editor = kind.open(properties.get("DefinitionBody"));
    for (const path of editor.paths.keys()) {
      const conditions = allConditions(wishes.conditions.get(id)?.get(path)?.values() ?? []);
      if (conditions.length === 0) continue;
      if (conditions.length === 1) editor.makeConditional(path, conditions[0] ?? "");
      else {
        const part = path.replaceAll("/", "SLASH").replaceAll("{", "OB").replaceAll("}", "CB");
        const name = `${id}${part}PathCondition`;
        addCombined(template, name, conditions.sort());
        editor.makeConditional(path, written(name));
      }
    }
    properties.set("DefinitionBody", editor.document);
  }
}
