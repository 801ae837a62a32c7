import { Dict, isDict, isList, isNothing, truthy, type Value, written } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { isIntrinsic } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { shown } from "../python-text.ts";

const MEMBERS = ["ResponseParameters", "ResponseTemplates", "StatusCode"];

const PREFIXES = [
  ["Headers", "header."],
  ["Paths", "path."],
  ["QueryStrings", "querystring."],
] as const;

/** What the API itself answers, by kind, as its definition has it. */
export function gatewayResponses(id: string, given: Dict, checkBody: () => void): [string, Dict][] {
  for (const [type, response] of given.entries()) check(id, type, response);
  checkBody();
  return given.entries().map(([type, response]) => {
    const config = expectMap(response, { resource: id }, `GatewayResponses.${type}`);
    return [type, responseOf(id, type, config)];
  });
}

function check(id: string, type: string, response: Value): void {
  if (isIntrinsic(response)) {
    throw badResource(
      id,
      "Unable to set GatewayResponses attribute because intrinsic functions are not supported for this " +
        "field.",
    );
  }
  if (!isDict(response)) {
    throw badResource(
      id,
      `Invalid property type '${typeName(response)}' for GatewayResponses. Expected an object of type ` +
        "'GatewayResponse'.",
    );
  }
  for (const name of response.keys()) {
    if (!MEMBERS.includes(name))
      throw badResource(id, `Invalid property '${name}' in 'GatewayResponses' property '${type}'.`);
  }
}

function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (isList(value)) return "list";
  if (typeof value === "string") return "Py27UniStr";
  return typeof value === "boolean" ? "bool" : "int";
}

function responseOf(id: string, type: string, config: Dict): Dict {
  const given = config.get("ResponseParameters");
  const owner = { resource: id };
  const parameters = truthy(given)
    ? expectMap(given, owner, `GatewayResponses.${type}.ResponseParameters`)
    : new Dict();
  for (const name of parameters.keys()) {
    if (!PREFIXES.some(([known]) => known === name))
      throw badResource(id, `Invalid gateway response parameter '${name}'`);
  }
  const status = config.get("StatusCode");
  const code = isNothing(status) ? undefined : shown(status);
  if (truthy(status) && !/^[0-9]{1,3}$/.test(code ?? ""))
    throw badResource(id, "Property 'StatusCode' must be numeric");
  const prefixed = new Dict("python");
  for (const [name, prefix] of PREFIXES) {
    const members = parameters.get(name) ?? new Dict();
    for (const [key, value] of expectMap(members, owner, `ResponseParameters.${name}`).entries())
      prefixed.set(`gatewayresponse.${prefix}${key}`, value);
  }
  const templates = config.get("ResponseTemplates");
  const response = new Dict("python")
    .set(written("responseParameters"), prefixed)
    .set(written("responseTemplates"), truthy(templates) ? templates : new Dict("python"));
  return code ? response.set(written("statusCode"), written(code)) : response;
}
