import { Dict, textOf, truthy, type Value, written, writtenInOrder } from "../dict.ts";
import { badTemplate } from "../problems.ts";
import { ALL_METHODS, ANY_METHOD, INTEGRATION, pathItems } from "./paths.ts";
import type { Swagger } from "./swagger.ts";

export interface Cors {
  readonly origin: Value | undefined;
  readonly headers: Value | undefined;
  readonly methods: Value | undefined;
  readonly maxAge: Value | undefined;
  readonly credentials: boolean;
}

/** An `options` method that answers preflights itself, where the path has none. */
export function addPreflight(swagger: Swagger, path: string, cors: Cors): void {
  for (const item of pathItems(swagger.paths, path)) {
    if (item.has("options")) continue;
    if (!truthy(cors.origin)) throw badTemplate("Invalid input. Value for AllowedOrigins is required");
    const methods = truthy(cors.methods) ? cors.methods : written(`'${allowedMethods(item)}'`);
    item.set(written("options"), preflight({ ...cors, methods }));
  }
}

function allowedMethods(item: Dict): string {
  const names = item.keys();
  const methods = names.includes(ANY_METHOD) ? ALL_METHODS : [...names, "options"];
  return [...new Set(methods.map((name) => textOf(name).toUpperCase()))].sort().join(",");
}

function preflight(cors: Cors): Dict {
  const parameters = new Dict("python");
  const headers = new Dict("python");
  const add = (name: string, value: Value, type: string) => {
    parameters.set(written(`method.response.header.Access-Control-${name}`), value);
    headers.set(written(`Access-Control-${name}`), written({ type }));
  };
  add("Allow-Origin", cors.origin ?? null, "string");
  if (truthy(cors.headers)) add("Allow-Headers", cors.headers ?? null, "string");
  if (truthy(cors.methods)) add("Allow-Methods", cors.methods ?? null, "string");
  if (cors.maxAge !== undefined && cors.maxAge !== null) add("Max-Age", cors.maxAge, "integer");
  if (cors.credentials) add("Allow-Credentials", written("'true'"), "string");
  const answer = writtenInOrder({
    statusCode: "200",
    responseParameters: parameters,
    responseTemplates: { "application/json": "{}\n" },
  });
  const integration = writtenInOrder({
    type: "mock",
    requestTemplates: { "application/json": '{\n  "statusCode" : 200\n}\n' },
    responses: writtenInOrder({ default: answer }),
  });
  const description = "Default response for CORS method";
  return writtenInOrder({
    summary: "CORS support",
    consumes: ["application/json"],
    produces: ["application/json"],
    [INTEGRATION]: integration,
    responses: new Dict("python").set(written("200"), writtenInOrder({ description, headers })),
  });
}
