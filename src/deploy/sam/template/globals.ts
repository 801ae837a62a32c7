// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { isVersion3 } from "../apis/paths.ts";
import { MANAGED } from "../apis/schema.ts";
import { Dict, isDict, isList, truthy, type Value, written } from "../dict.ts";
import { isIntrinsic } from "../intrinsics.ts";
import { BadDocument, badResource, Problem } from "../problems.ts";
import { shown, versionText, withoutUnicode } from "../python-text.ts";
import { GLOBALS } from "./attributes.ts";
import { propertiesOf, serverlessResources } from "./serverless.ts";

const PREFIX = "AWS::Serverless::";

/** Gives resources what `Globals` says of their type, and takes the section out. */
export function mergeGlobals(template: Dict): void {
  const sections = template.has("Globals") ? checked(template.get("Globals")) : new Dict();
  for (const [id, resource] of serverlessResources(template)) {
    const given = sections.get(String(resource.get("Type")).slice(PREFIX.length));
    const properties = propertiesOf(resource);
    if (isDict(given)) {
      const globals = withoutIgnored(id, given, resource.get("IgnoreGlobals"));
      resource.set("Properties", merged(globals, properties));
    }
  }
  template.delete("Globals");
  fixDefinitions(template);
}

function invalid(text: string): BadDocument {
  return new BadDocument([new Problem("Globals", `'Globals' section is invalid. ${text}`)]);
}

function checked(globals: Value | undefined): Dict {
  if (!isDict(globals)) throw invalid("It must be a non-empty dictionary");
  for (const [name, properties] of globals.entries()) {
    const supported = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : undefined;
    if (!supported) {
      throw invalid(
        `'${name}' is not supported. Must be one of the following values - ` +
          withoutUnicode(Object.keys(GLOBALS).sort()),
      );
    }
    if (!isDict(properties)) throw invalid("Value of ${section} must be a dictionary");
    for (const key of properties.keys()) {
      if (!supported.includes(key)) {
        throw invalid(
          `'${key}' is not a supported property of '${name}'. Must be one of the following values - ` +
            withoutUnicode([...supported]),
        );
      }
    }
  }
  return globals;
}

function withoutIgnored(id: string, globals: Dict, ignored: Value | undefined): Dict {
  if (!truthy(ignored)) return globals;
  if (ignored === "*") return new Dict();
  const invalidAttribute = (what: string) =>
    new BadDocument([
      badResource(id, `Resource ${id} has invalid resource attribute 'IgnoreGlobals'${what}.`),
    ]);
  if (!isList(ignored)) throw invalidAttribute("");
  const some = globals.shallowCopy();
  for (const key of ignored) {
    if (typeof key !== "string" || !some.has(key)) throw invalidAttribute(` on item '${shown(key)}'`);
    some.delete(key);
  }
  return some;
}

/** Maps are merged, lists put together; anything else is the resource's own. */
function merged(global: Value, local: Value): Value {
  const isMap = (value: Value): value is Dict => isDict(value) && !isIntrinsic(value);
  if (isList(global) && isList(local)) return [...global, ...local];
  if (!isMap(global) || !isMap(local)) return local;
  const all = global.shallowCopy();
  for (const [key, value] of local.entries()) {
    const shared = all.get(key);
    all.set(local.markedKey(key), shared === undefined ? value : merged(shared, value));
  }
  return all;
}

/** Definitions that SAM makes are of the version that the API asks for. */
function fixDefinitions(template: Dict): void {
  for (const resource of template.dict("Resources")?.values() ?? []) {
    if (!isDict(resource) || resource.get("Type") !== "AWS::Serverless::Api") continue;
    const properties = propertiesOf(resource);
    const version = properties.get("OpenApiVersion");
    if (version === undefined || !properties.has(MANAGED) || !isVersion3(version)) continue;
    if (typeof version !== "string") properties.set("OpenApiVersion", written(versionText(version)));
    const definition = properties.get("DefinitionBody");
    if (!isDict(definition)) continue;
    definition.set(written("openapi"), properties.get("OpenApiVersion"));
    if (truthy(definition.get("swagger"))) definition.delete("swagger");
  }
}
