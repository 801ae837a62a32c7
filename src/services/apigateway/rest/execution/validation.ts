import type { ValidateFunction } from "ajv";
import draft04 from "ajv-draft-04";
import type { RestDefinition } from "../records.ts";
import type { Call } from "./call.ts";
import { headerOf } from "./call.ts";
import { Failure } from "./failures.ts";

/** Compiled models of what is deployed: a deployment never changes. */
const compiled = new WeakMap<RestDefinition, Map<string, ValidateFunction | undefined>>();

/**
 * Refuses a request that lacks parameters or whose body does not fit its model, where the method has a
 * validator. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 */
export function validateRequest(call: Call): void {
  const { method, deployed } = call;
  const validator = deployed.definition.validators[method.requestValidatorId ?? ""];
  if (!validator) return;
  if (validator.validateRequestParameters) checkParameters(call);
  if (validator.validateRequestBody) checkBody(call);
}

function checkParameters({ method, parameters }: Call): void {
  const missing: string[] = [];
  for (const [target, isRequired] of Object.entries(method.requestParameters ?? {})) {
    if (!isRequired) continue;
    const [, place = "", name = ""] = /^method\.request\.([a-z]+)\.(.+)$/.exec(target) ?? [];
    if (!valueAt(parameters, place, name)) missing.push(name);
  }
  if (missing.length > 0) {
    throw new Failure(
      "BAD_REQUEST_PARAMETERS",
      `Missing required request parameters: [${missing.join(", ")}]`,
    );
  }
}

function valueAt(parameters: Call["parameters"], place: string, name: string): string | undefined {
  if (place === "path") return parameters.path[name];
  return place.endsWith("header") ? headerOf(parameters, name) : parameters.querystring[name];
}

/** The model of the request's type, or of JSON where there is none for it. */
function checkBody({ method, parameters, deployed, request }: Call): void {
  const models = method.requestModels ?? {};
  const type = headerOf(parameters, "content-type")?.split(";", 1)[0]?.trim() ?? "application/json";
  const name = models[type] ?? models.$default;
  if (name === undefined) return;
  const validate = validatorOf(deployed.definition, deployed.apiId, name);
  if (!validate) return;
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(request.body).toString());
  } catch {
    throw new Failure("BAD_REQUEST_BODY", undefined, { validation: "Unable to parse the request body" });
  }
  if (validate(body)) return;
  const errors = (validate.errors ?? []).map(({ instancePath, message }) =>
    `${instancePath} ${message}`.trim(),
  );
  throw new Failure("BAD_REQUEST_BODY", undefined, { validation: `[${errors.join(", ")}]` });
}

function validatorOf(definition: RestDefinition, apiId: string, name: string): ValidateFunction | undefined {
  let known = compiled.get(definition);
  if (!known) {
    known = new Map();
    compiled.set(definition, known);
  }
  if (!known.has(name)) known.set(name, compile(definition, apiId, name));
  return known.get(name);
}

/** One model names another by its address. A model that is no schema lets everything through. */
function compile({ models }: RestDefinition, apiId: string, name: string): ValidateFunction | undefined {
  const ajv = new draft04.default({ strict: false, allErrors: true, validateFormats: false, logger: false });
  for (const model of Object.values(models)) {
    const schema = parsed(model.schema);
    if (schema)
      ajv.addSchema(schema, `https://apigateway.amazonaws.com/restapis/${apiId}/models/${model.name}`);
  }
  try {
    return ajv.compile(parsed(models[name]?.schema) ?? {});
  } catch {
    return undefined;
  }
}

function parsed(schema: string | undefined): object | undefined {
  try {
    const { id: _id, ...rest } = JSON.parse(schema ?? "") as Record<string, unknown>;
    return rest;
  } catch {
    return undefined;
  }
}
