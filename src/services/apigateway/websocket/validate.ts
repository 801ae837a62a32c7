import type { ValidateFunction } from "ajv";
import type { RouteRecord, Snapshot } from "../v2/records.ts";
import { sceneOf } from "./authorize.ts";
import type { Happening } from "./event.ts";
import { lookUp, select } from "./select.ts";

/** Compiled models of what is deployed: a deployment never changes. */
const compiled = new WeakMap<Snapshot, Map<string, ValidateFunction | undefined>>();

/**
 * What is wrong with what a client sent, as the route's parameters and models have it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
 */
export async function invalidity(happening: Happening, route: RouteRecord): Promise<string | undefined> {
  const { RequestParameters: parameters = {}, RequestModels: models = {} } = route;
  const scene = sceneOf(happening);
  const missing = Object.entries(parameters)
    .filter(([name, { Required }]) => Required && !lookUp(name, scene))
    .map(([name]) => name.slice(name.lastIndexOf(".") + 1));
  if (missing.length > 0) return `Missing required request parameters: [${missing.join(", ")}]`;
  if (happening.type !== "MESSAGE" || happening.stage.api.DisableSchemaValidation) return undefined;
  const key = select(route.ModelSelectionExpression ?? "$default", scene);
  const name = (key === undefined ? undefined : models[key]) ?? models.$default;
  const validate = name === undefined ? undefined : await validatorOf(happening.stage.snapshot, name);
  return !validate || validate(scene.body) ? undefined : "Invalid request body";
}

async function validatorOf(snapshot: Snapshot, name: string): Promise<ValidateFunction | undefined> {
  const known = compiled.get(snapshot) ?? new Map<string, ValidateFunction | undefined>();
  compiled.set(snapshot, known);
  if (!known.has(name)) known.set(name, await compile(snapshot, name));
  return known.get(name);
}

/** A model that is no schema lets everything through. */
async function compile({ models }: Snapshot, name: string): Promise<ValidateFunction | undefined> {
  const draft04 = await import("ajv-draft-04");
  const model = models.find(({ Name }) => Name === name);
  const ajv = new draft04.default.default({ strict: false, validateFormats: false, logger: false });
  try {
    const { id: _, ...schema } = JSON.parse(model?.Schema ?? "{}") as Record<string, unknown>;
    return ajv.compile(schema);
  } catch {
    return undefined;
  }
}
