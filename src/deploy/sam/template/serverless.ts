import { Dict, isDict, isNothing, truthy, type Value } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { BadDocument, badDocument, Problem } from "../problems.ts";

const TYPES = [
  "Api",
  "Function",
  "SimpleTable",
  "Application",
  "LayerVersion",
  "HttpApi",
  "WebSocketApi",
  "StateMachine",
  "CapacityProvider",
].map((name) => `AWS::Serverless::${name}`);

/** The SAM resources of a template, of some types or of all. */
export function serverlessResources(template: Dict, types: readonly string[] = TYPES): [string, Dict][] {
  return (template.dict("Resources")?.entries() ?? []).flatMap(([id, resource]): [string, Dict][] => {
    if (!isDict(resource)) return [];
    const condition = resource.get("Condition");
    if (truthy(condition) && typeof condition !== "string")
      throw badDocument("Every Condition member must be a string.");
    const type = resource.get("Type");
    return typeof type === "string" && TYPES.includes(type) && types.includes(type) ? [[id, resource]] : [];
  });
}

/** The properties of a resource, made where there are none. */
export function propertiesOf(resource: Dict): Dict {
  const given = resource.get("Properties");
  if (isDict(given)) return given;
  const properties = new Dict();
  if (isNothing(given)) resource.set("Properties", properties);
  return properties;
}

/** The least that a template must have before anything is done with it. */
export function checkTemplate(template: Dict): void {
  const resources: Value | undefined = template.get("Resources");
  if (!isDict(resources) || resources.size === 0) throw badDocument("'Resources' section is required");
  if (!resources.values().every(isDict)) {
    throw badDocument(
      "All 'Resources' must be Objects. If you're using YAML, this may be an indentation issue.",
    );
  }
  for (const [id, resource] of serverlessResources(template)) {
    const given = resource.has("Properties") ? resource.get("Properties") : new Dict();
    try {
      expectMap(given, { attribute: id }, "Properties");
    } catch (error) {
      if (error instanceof Problem) throw new BadDocument([error]);
      throw error;
    }
  }
}
