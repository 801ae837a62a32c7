import { Dict, inPythonOrder, isDict, truthy, type Value } from "../dict.ts";

/**
 * Brings those parts of a template into the order of Python 2.7 on which ids of deployments depend, where the
 * template has a REST API or an HTTP API with an authorizer for all.
 */
export function orderAsPython(template: Dict): boolean {
  if (!hasRestApi(template) && !hasAuthorizedHttpApi(template)) return false;
  const globals = template.dict("Globals");
  if (globals?.has("Api")) globals.set("Api", inPythonOrder(globals.get("Api") ?? null));
  const parameters = template.dict("Parameters");
  if (parameters) {
    for (const parameter of parameters.values())
      if (isDict(parameter) && parameter.has("Default"))
        parameter.set("Default", inPythonOrder(parameter.get("Default") ?? null));
    template.set("Parameters", outermost(parameters));
  }
  const resources = template.dict("Resources") ?? new Dict();
  for (const resource of resources.values()) if (isDict(resource)) order(resource);
  template.set("Resources", outermost(resources));
  return true;
}

/** The map's own members in Python's order; theirs as they are. */
function outermost(dict: Dict): Dict {
  const ordered = new Dict("python");
  for (const [key, value] of dict.entries()) ordered.set(key, value);
  return ordered;
}

function order(resource: Dict): void {
  const type = resource.get("Type");
  const properties = resource.get("Properties");
  if (properties === undefined || properties === null) return;
  if (type === "AWS::Serverless::Api" || type === "AWS::Serverless::HttpApi")
    resource.set("Properties", inPythonOrder(properties));
  else if (isInvoked(type) && isDict(properties)) {
    for (const name of ["FunctionName", "Events"])
      if (properties.has(name)) properties.set(name, inPythonOrder(properties.get(name) ?? null));
  }
}

const isInvoked = (type: Value | undefined) =>
  type === "AWS::Serverless::Function" || type === "AWS::Serverless::StateMachine";

function resourcesOf(template: Dict): Dict[] {
  return template.dict("Resources")?.values().filter(isDict) ?? [];
}

function hasEvent(resource: Dict, type: string): boolean {
  const events = resource.dict("Properties")?.dict("Events");
  return (events?.values() ?? []).some((event) => isDict(event) && event.get("Type") === type);
}

function hasRestApi(template: Dict): boolean {
  return resourcesOf(template).some((resource) => {
    const type = resource.get("Type");
    return type === "AWS::Serverless::Api" || (isInvoked(type) && hasEvent(resource, "Api"));
  });
}

function hasAuthorizedHttpApi(template: Dict): boolean {
  const globals = template.dict("Globals")?.dict("HttpApi")?.dict("Auth");
  const forAll = truthy(globals?.get("DefaultAuthorizer"));
  return resourcesOf(template).some((resource) => {
    const type = resource.get("Type");
    if (type === "AWS::Serverless::HttpApi")
      return forAll || truthy(resource.dict("Properties")?.dict("Auth")?.get("DefaultAuthorizer"));
    return forAll && type === "AWS::Serverless::Function" && hasEvent(resource, "HttpApi");
  });
}
