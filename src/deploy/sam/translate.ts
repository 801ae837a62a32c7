import type { Json, JsonMap } from "../parse.ts";
import { SharedUsagePlan } from "./apis/joint-usage-plan.ts";
import {
  copyOf,
  Dict,
  fromJson,
  inPythonOrder,
  isDict,
  isNothing,
  textOf,
  toJson,
  truthy,
  type Value,
  written,
} from "./dict.ts";
import { refId } from "./events/api-of-event.ts";
import { Deployments } from "./functions/deployments.ts";
import { KINDS, kindsInOrder, type ResourceKind } from "./kinds.ts";
import type { ServerlessOptions } from "./options.ts";
import { expandPolicyTemplates } from "./policy-templates/policy-templates.ts";
import { BadDocument, badDocument, duplicateId, Problem, serverlessError } from "./problems.ts";
import { pythonText } from "./python-text.ts";
import { Mappings, Parameters, References, withChangedIds } from "./resolve.ts";
import type { Resource } from "./resource.ts";
import { managedPolicies } from "./roles/managed.ts";
import { readMacro } from "./schema.ts";
import { Applications } from "./template/applications.ts";
import { addDefinitions } from "./template/definition-bodies.ts";
import { takeConnectors } from "./template/embedded-connectors.ts";
import { mergeGlobals } from "./template/globals.ts";
import { addImplicitApi, HTTP, REST } from "./template/implicit-apis.ts";
import { orderAsPython } from "./template/python-ordered.ts";
import { checkTemplate } from "./template/serverless.ts";
import { madeResources, sourceResources, type Translation } from "./translation.ts";

/** Transforms a template, or throws all that is wrong with it. */
export function translate(json: JsonMap, options: ServerlessOptions): JsonMap {
  try {
    return toJson(translated(fromJson(json as Json) as Dict, options)) as JsonMap;
  } catch (error) {
    if (error instanceof BadDocument) throw serverlessError(error.problems);
    throw error;
  }
}

function translated(source: Dict, options: ServerlessOptions): Value {
  checkTemplate(source);
  const parameters = new Parameters(parameterValues(source, options));
  const mappings = new Mappings(mapsOf(source));
  const applications = new Applications(options.application);
  applications.look(source, parameters, mappings);
  addDefinitions(source);
  addImplicitApi(source, REST);
  addImplicitApi(source, HTTP);
  mergeGlobals(source);
  const resources = source.dict("Resources") ?? new Dict();
  const problems = takeConnectors(resources);
  const translation: Translation = {
    place: options,
    parameters,
    mappings,
    source,
    made: copyOf<Dict>(source),
    deployments: new Deployments(options),
    usagePlan: new SharedUsagePlan(),
    recordSets: new Map(),
    functionNames: new Map(),
    managedPolicies: { ...options.managedPolicies, ...managedPolicies(options.partition) },
    nowSeconds: Math.floor(options.nowMs / 1000),
  };
  const references = new References();
  const changed = new Map<string, string>();
  for (const [id, resource, kind] of kindsInOrder(resources)) {
    try {
      const made = transformOne(id, resource, kind, translation, applications);
      addReferences(references, id, kind, made);
      if (kind.renames && made[0] && made[0].id !== id) changed.set(id, made[0].id);
      problems.push(...put(id, made, translation));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
    }
  }
  problems.push(...addDeployments(translation));
  translation.made.delete("Transform");
  if (problems.length > 0) throw new BadDocument(problems);
  return references.resolve(withChangedIds(translation.made, changed));
}

/** Values given, defaults, and what is known of the place; in Python's order where ids depend on it. */
function parameterValues(source: Dict, options: ServerlessOptions): Dict {
  const isOrdered = orderAsPython(source);
  const values = new Dict();
  for (const [name, value] of Object.entries(options.parameters ?? {})) {
    const given = fromJson(value);
    values.set(name, isOrdered ? inPythonOrder(given) : given);
  }
  for (const [name, parameter] of source.dict("Parameters")?.entries() ?? [])
    if (isDict(parameter) && parameter.has("Default") && !values.has(name))
      values.set(name, parameter.get("Default"));
  for (const [name, value] of [
    ["AWS::Region", options.region],
    ["AWS::Partition", options.partition],
  ] as const)
    if (!values.has(name)) values.set(name, written(value));
  return values;
}

function mapsOf(source: Dict): Dict {
  const maps = source.has("Mappings") ? source.get("Mappings") : new Dict();
  if (isDict(maps)) return maps;
  throw badDocument("'Mappings' or 'Parameters' is either null or not a valid dictionary.");
}

function transformOne(
  id: string,
  resource: Dict,
  kind: ResourceKind,
  translation: Translation,
  applications: Applications,
): Resource[] {
  const macro = readMacro(kind.schema, kind.type, id, resource, {
    before(properties) {
      if (kind.type === "AWS::Serverless::Application") applications.place(id, properties);
      if (kind.hasPolicies) expandPolicyTemplates(id, properties);
    },
  });
  noteFunctionNames(resource, translation);
  return kind.transform(macro, translation);
}

/** Which names of functions an API's deployment depends on. */
function noteFunctionNames(resource: Dict, { parameters, functionNames }: Translation): void {
  if (resource.get("Type") !== "AWS::Serverless::Function") return;
  const properties = resource.dict("Properties");
  for (const event of properties?.dict("Events")?.values() ?? []) {
    const api = isDict(event) ? event.dict("Properties")?.get("RestApiId") : undefined;
    const id = refId(api);
    if (!isDict(event) || event.get("Type") !== "Api" || !truthy(api) || typeof id !== "string") continue;
    const given = properties?.get("FunctionName");
    if (isNothing(given)) continue;
    const name = parameters.resolve(copyOf(given));
    if (truthy(name)) functionNames.set(id, (functionNames.get(id) ?? "") + pythonString(name));
  }
}

const pythonString = (value: Value) => (typeof value === "string" ? textOf(value) : pythonText(value));

function addReferences(
  references: References,
  id: string,
  kind: ResourceKind,
  made: readonly Resource[],
): void {
  const ids = new Map(made.map((resource) => [resource.type, resource.id]));
  for (const [property, type] of Object.entries(kind.references ?? {})) {
    const one = ids.get(type);
    if (one !== undefined) references.add(id, property, one);
  }
}

/** Puts what was made in the place of the resource. */
function put(id: string, made: readonly Resource[], translation: Translation): Problem[] {
  const resources = madeResources(translation);
  const existing = sourceResources(translation);
  resources.delete(id);
  const problems: Problem[] = [];
  for (const resource of made) {
    const other = existing.dict(resource.id);
    if (!other || mayReplace(resource.type, String(other.get("Type"))))
      resources.set(resource.id, resource.toDict());
    else problems.push(duplicateId(id, resource.id, resource.type));
  }
  return problems;
}

/** A resource may stand where the SAM resource stood of which it was made. */
function mayReplace(type: string, source: string): boolean {
  if (type === source) {
    return (
      ["S3::Bucket", "SNS::Topic", "Cognito::UserPool"].includes(type.slice(5)) ||
      /^AWS::ApiGateway::(DomainName|BasePathMapping)(V2)?$/.test(type)
    );
  }
  return KINDS[source]?.becomes.includes(type) ?? false;
}

function addDeployments({ deployments, made }: Translation): Problem[] {
  const ids = deployments.enabledIds;
  const resources = made.dict("Resources") ?? new Dict();
  if (ids.length === 0) return [];
  const add = (resource: Resource) => resources.set(resource.id, resource.toDict());
  add(deployments.application());
  made.dict("Conditions")?.update(deployments.newConditions);
  if (deployments.needsRole) add(deployments.role());
  const problems: Problem[] = [];
  for (const id of ids) {
    try {
      add(deployments.group(id));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
    }
  }
  return problems;
}
