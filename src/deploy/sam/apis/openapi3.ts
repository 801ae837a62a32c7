import { Dict, isDict, isNothing, truthy, type Value, written } from "../dict.ts";
import { badDocument } from "../problems.ts";
import { deepGet, isVersion3, mapOf, NotAMap } from "./paths.ts";

/** A definition of OpenAPI 3 with what SAM wrote as Swagger 2 where version 3 has it. */
export function withComponents(definition: Dict, given: Value | undefined): Dict {
  if (!isNothing(definition.get("swagger"))) return definition;
  const version = truthy(given) ? given : definition.get("openapi");
  if (!truthy(version) || !isVersion3(version)) return definition;
  move(definition, "securityDefinitions", "securitySchemes");
  move(definition, "definitions", "schemas");
  const paths = definition.get("paths");
  if (!truthy(paths)) return definition;
  const map = mapOf(paths, "Value of paths must be a dictionary according to Swagger spec.");
  for (const [path, item] of map.entries()) {
    const notAMap = `Value of '${path}' path must be a dictionary according to Swagger spec.`;
    const options = mapOf(item, notAMap).get("options");
    if (truthy(options)) reshape(path, options);
  }
  return definition;
}

function move(definition: Dict, from: string, to: string): void {
  const members = definition.get(from);
  if (!truthy(members)) return;
  const given = definition.get("components");
  const components = isDict(given) && given.size > 0 ? given : new Dict("python");
  components.set(written(to), members);
  definition.set(written("components"), components);
  definition.delete(from);
}

/** Preflights: media types are in contents, and headers have schemas. */
function reshape(path: string, value: Value | undefined): void {
  const options = mapOf(
    value,
    `Value of options method for path ${path} must be a dictionary according to Swagger spec.`,
  );
  options.delete("produces");
  options.delete("consumes");
  const headers = headersOf(path, options);
  if (!truthy(headers)) return;
  const map = mapOf(
    headers,
    `Value of response's headers in options method for path ${path} must be a dictionary according to ` +
      "Swagger spec.",
  );
  for (const [name, header] of map.entries())
    map.set(name, new Dict("python").set(written("schema"), header));
}

function headersOf(path: string, options: Dict): Value | undefined {
  try {
    return deepGet(options.get("responses"), ["200", "headers"]);
  } catch (error) {
    if (!(error instanceof NotAMap)) throw error;
    throw badDocument(`Invalid responses in options method for path ${path}: ${error.message}.`);
  }
}
