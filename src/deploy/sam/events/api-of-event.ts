import { Dict, isDict, textOf, truthy, type Value, written } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { badEvent } from "../problems.ts";
import { shown } from "../python-text.ts";
import type { Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";

/** The id in a `Ref`, or what stands in its place. */
export function refId(value: Value | undefined): Value | undefined {
  const id = isDict(value) && value.has("Ref") ? value.get("Ref") : value;
  return typeof id === "string" ? textOf(id) : id;
}

/** The address at which an API invokes a function. */
export function invocationUri(target: Resource, partition: string, mode?: Value | undefined): Dict {
  const isStreamed = mode === "RESPONSE_STREAM";
  const version = isStreamed ? "2021-11-15" : "2015-03-31";
  const what = isStreamed ? "response-streaming-invocations" : "invocations";
  const isFunction = target.type === "AWS::Lambda::Function";
  const shorthand = `\${${target.id}${isFunction ? ".Arn" : ""}}`;
  const uri =
    `arn:${partition}:apigateway:\${AWS::Region}:lambda:path/${version}/functions/` + `${shorthand}/${what}`;
  // Made of the function's id, which is the template's text; an alias's is SAM's own.
  return new Dict("python").set(written("Fn::Sub"), isFunction ? uri : written(uri));
}

/** Whether the API has the authorizer that an event names. */
export function checkAuthorizer(
  event: Macro,
  authorizer: Value | undefined,
  apiAuth: Dict,
  apiId: string,
  where: string,
): void {
  const given = apiAuth.get("Authorizers");
  if (truthy(given)) expectMap(given, { resource: apiId }, "Auth.Authorizers");
  if (authorizer === "AWS_IAM") return;
  if (authorizer !== "NONE") checkDefined(event, authorizer, given, where);
  else if (!truthy(apiAuth.get("DefaultAuthorizer"))) {
    throw badEvent(
      event.name,
      `Unable to set Authorizer ${where} because 'NONE' is only a valid value when a DefaultAuthorizer on ` +
        "the API is specified.",
    );
  }
}

export function checkDefined(
  event: Macro,
  authorizer: Value | undefined,
  given: Value | undefined,
  where: string,
) {
  const unable = `Unable to set Authorizer [${shown(authorizer)}] ${where}`;
  if (!truthy(given))
    throw badEvent(event.name, `${unable} because the related API does not define any Authorizers.`);
  checkNamed(event, authorizer, given, where);
  if (!isDict(given) || !truthy(given.get(String(authorizer))))
    throw badEvent(event.name, `${unable} because it wasn't defined in the API's Authorizers.`);
}

/** An authorizer is named by text, and defined by a map of them. */
export function checkNamed(
  event: Macro,
  authorizer: Value | undefined,
  given: Value | undefined,
  where: string,
) {
  if (typeof authorizer === "string" && isDict(given)) return;
  throw badEvent(
    event.name,
    `Unable to set Authorizer [${shown(authorizer)}] ${where}. The method authorizer must be a string with ` +
      "a corresponding dict entry in the api authorizer.",
  );
}
