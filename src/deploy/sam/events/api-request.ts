import type { RequestParameter, Swagger } from "../apis/swagger.ts";
import { type Dict, isDict, isList, isNothing, truthy, type Value } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { badEvent } from "../problems.ts";
import { shown } from "../python-text.ts";
import type { Macro } from "../schema.ts";

/** The model of a method's body, and what of a request is validated. */
export function addRequestModel(
  { name, properties }: Macro,
  api: Dict,
  swagger: Swagger,
  path: string,
  method: string,
): void {
  const request = expectMap(properties.get("RequestModel"), { event: name }, "RequestModel");
  const model = request.get("Model");
  if (!truthy(model)) return;
  const models = api.get("Models");
  const unable = `Unable to set RequestModel [${shown(model)}] on API method [${method}] for path [${path}]`;
  if (!truthy(models)) throw badEvent(name, `${unable} because the related API does not define any Models.`);
  if (!isDict(models))
    throw badEvent(name, `${unable} because the related API Models defined is of invalid type.`);
  if (typeof model !== "string")
    throw badEvent(name, `${unable} because the related API does not contain valid Models.`);
  if (!truthy(models.get(model)))
    throw badEvent(name, `${unable} because it wasn't defined in the API's Models.`);
  swagger.addModel(path, method, model, request.get("Required"));
  const body = request.get("ValidateBody");
  const parameters = request.get("ValidateParameters");
  if (isNothing(body) && isNothing(parameters)) return;
  const validates = { body: body ?? false, parameters: parameters ?? false };
  if (typeof validates.body !== "boolean" || typeof validates.parameters !== "boolean") {
    throw badEvent(
      name,
      `Unable to set Validator to RequestModel [${model}] on API method [${method}] for path [${path}] ` +
        "ValidateBody and ValidateParameters must be a boolean type, strings or intrinsics are not " +
        "supported.",
    );
  }
  swagger.addValidator(path, method, { body: validates.body, parameters: validates.parameters });
}

const IN_REQUEST = /^method\.request\.(querystring|path|header)\./;

/** What of a request a method takes note of. */
export function requestParameters({ name }: Macro, given: Value | undefined): RequestParameter[] {
  const invalid = (text: string) => badEvent(name, `Invalid value for 'RequestParameters' property. ${text}`);
  return (isList(given) ? given : []).map((parameter): RequestParameter => {
    const [key, settings] =
      isDict(parameter) && parameter.size > 0 ? (parameter.entries()[0] ?? []) : [parameter, undefined];
    if (typeof key !== "string" || isList(parameter))
      throw invalid("Property must be either a string or an object");
    if (!IN_REQUEST.test(key)) {
      throw invalid(
        "Keys must be in the format 'method.request.[querystring|path|header].{value}', e.g " +
          "'method.request.header.Authorization'.",
      );
    }
    if (settings === undefined) return { name: key, required: false, caching: false };
    const isKnown = (member: string) => member === "Required" || member === "Caching";
    if (!isDict(settings) || !settings.keys().every(isKnown))
      throw invalid("Values must be an object, e.g { Required: true, Caching: false }");
    const asValue = (member: string) => settings.get(member) ?? false;
    return { name: key, required: asValue("Required"), caching: asValue("Caching") };
  });
}
