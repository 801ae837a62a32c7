import { type Dict, isDict, isNothing, truthy, type Value } from "../dict.ts";
import { expectSomething, expectString } from "../expect.ts";
import type { ServerlessOptions } from "../options.ts";
import { badResource, Problem } from "../problems.ts";
import { dumped } from "../python-text.ts";
import type { Mappings, Parameters } from "../resolve.ts";
import { propertiesOf, serverlessResources } from "./serverless.ts";

/** Applications of the repository: their templates, by application and version. */
export class Applications {
  readonly #found = new Map<string, string | Problem>();
  readonly #find: ServerlessOptions["application"];

  constructor(find: ServerlessOptions["application"]) {
    this.#find = find;
  }

  /** Looks all of a template's applications up. */
  look(template: Dict, parameters: Parameters, mappings: Mappings): void {
    for (const [id, resource] of serverlessResources(template, ["AWS::Serverless::Application"])) {
      const location = propertiesOf(resource).get("Location");
      if (!isDict(location)) continue;
      const names = ["ApplicationId", "SemanticVersion"];
      if (names.some((name) => isNothing(location.get(name)))) continue;
      for (const name of names)
        location.set(name, mappings.resolve(parameters.resolve(location.get(name))) ?? null);
      const [application, version] = names.map((name) => location.get(name) ?? null);
      if (isDict(application) || isDict(version)) continue;
      const key = keyOf(application, version);
      if (!this.#found.has(key)) this.#found.set(key, this.#lookup(id, application, version));
    }
  }

  #lookup(id: string, application: Value | undefined, version: Value | undefined): string | Problem {
    try {
      const owner = { resource: id };
      const name = expectString(application, owner, "Location.ApplicationId");
      const semantic = expectString(version, owner, "Location.SemanticVersion");
      if (/{{resolve:ssm:[a-zA-Z0-9_.\-/]+(:\d+)?}}/.test(name)) {
        throw badResource(
          id,
          "Serverless Application Repostiory does not support dynamic reference in 'ApplicationId' property.",
        );
      }
      if (!this.#find)
        throw badResource(id, "Serverless Application Repository is not available in this region.");
      const url = this.#find(name, semantic);
      if (url === undefined) throw badResource(id, `Cannot access application: ${name}.`);
      return url;
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  /** Writes the template's address into the properties of one application. */
  place(id: string, properties: Dict): void {
    const location = required(id, properties, "Location");
    if (!isDict(location)) {
      properties.set("TemplateUrl", location);
      return;
    }
    for (const name of ["ApplicationId", "SemanticVersion"]) required(id, location, name);
    const application = expectSomething(location.get("ApplicationId"), { resource: id }, "ApplicationId");
    const version = location.get("SemanticVersion");
    if (isDict(application)) throw unresolved(id, "ApplicationId");
    if (!truthy(version)) throw badResource(id, "Property 'SemanticVersion' cannot be blank.");
    if (isDict(version)) throw unresolved(id, "SemanticVersion");
    const found = this.#found.get(keyOf(application, version));
    if (found instanceof Problem) throw found;
    properties.set("TemplateUrl", found ?? "");
  }
}

const keyOf = (application: Value | undefined, version: Value | undefined) =>
  dumped([application ?? null, version ?? null]);

function required(id: string, dict: Dict, name: string): Value {
  if (!dict.has(name)) throw badResource(id, `Resource is missing the required [${name}] property.`);
  return dict.get(name) ?? null;
}

const unresolved = (id: string, name: string) =>
  badResource(
    id,
    `Property '${name}' cannot be resolved. Only FindInMap and Ref intrinsic functions are supported.`,
  );
