import type { SharedUsagePlan } from "./apis/joint-usage-plan.ts";
import { Dict } from "./dict.ts";
import type { Deployments } from "./functions/deployments.ts";
import type { Place } from "./region.ts";
import type { Mappings, Parameters } from "./resolve.ts";
import type { Resource } from "./resource.ts";

/** What is known while one template is transformed. */
export interface Translation {
  readonly place: Place;
  readonly parameters: Parameters;
  readonly mappings: Mappings;
  /** The template with its defaults and implicit APIs; events add to the APIs and buckets in it. */
  readonly source: Dict;
  /** The template that comes out. */
  readonly made: Dict;
  readonly deployments: Deployments;
  readonly usagePlan: SharedUsagePlan;
  /** Groups of DNS records, by their ids: one for a hosted zone. */
  readonly recordSets: Map<string, Resource>;
  /** Names of functions that an API's events belong to, by the API: a new name is a new deployment. */
  readonly functionNames: Map<string, string>;
  readonly managedPolicies: Readonly<Record<string, string>>;
  readonly nowSeconds: number;
}

export function sourceResources({ source }: Translation): Dict {
  return source.dict("Resources") ?? new Dict();
}

export function madeResources({ made }: Translation): Dict {
  return made.dict("Resources") ?? new Dict();
}

/** The template's conditions, to which some may be added. */
export function conditionsOf({ made }: Translation): Dict {
  const conditions = made.dict("Conditions");
  if (conditions) return conditions;
  const none = new Dict();
  made.set("Conditions", none);
  return none;
}
