import { CONNECTOR } from "../connectors/connector.ts";
import { copyOf, Dict, isDict } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { badResource, duplicateId, Problem } from "../problems.ts";
import { readMacro } from "../schema.ts";

const TYPE = "AWS::Serverless::Connector";

/** Connectors written beside a resource's properties, as resources of their own. Returns what is wrong. */
export function takeConnectors(resources: Dict): Problem[] {
  const problems: Problem[] = [];
  const attempt = (make: () => void) => {
    try {
      make();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
    }
  };
  const made = new Dict();
  for (const [source, resource] of resources.entries()) {
    if (!isDict(resource) || !resource.has("Connectors")) continue;
    attempt(() => {
      const owner = { attribute: source };
      const all = expectMap(resource.get("Connectors"), owner, `${source}.Connectors`);
      for (const [name, given] of all.entries()) {
        attempt(() => {
          const id = source + name;
          if (!isDict(given)) throw badResource(id, `${source}.${id} should be a map.`);
          const connector = connectorOf(source, id, name, given);
          if (resources.has(id)) throw duplicateId(source, id, TYPE);
          made.set(id, connector);
        });
      }
    });
  }
  resources.update(made);
  for (const resource of resources.values()) if (isDict(resource)) resource.delete("Connectors");
  return problems;
}

function connectorOf(source: string, id: string, name: string, given: Dict): Dict {
  const connector = copyOf<Dict>(given).set("Type", TYPE);
  const owner = { attribute: source };
  const properties = expectMap(connector.get("Properties"), owner, `Connectors.${name}.Properties`);
  const end = new Dict().set("Id", source);
  properties.set("Source", end);
  if (properties.has("SourceReference")) {
    const path = `Connectors.${name}.Properties.SourceReference`;
    const reference = expectMap(properties.get("SourceReference"), { resource: source }, path);
    if (reference.has("Id")) throw badResource(name, "'Id' shouldn't be defined in 'SourceReference'.");
    end.update(reference);
    properties.delete("SourceReference");
  }
  const macro = readMacro(CONNECTOR, TYPE, id, connector);
  const written = new Dict().set("Type", TYPE);
  if (macro.dependsOn !== undefined) written.set("DependsOn", macro.dependsOn);
  for (const [attribute, value] of macro.attributes.entries()) written.set(attribute, value);
  return written.set("Properties", macro.properties);
}
