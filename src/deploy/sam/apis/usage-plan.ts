import { dictOf, includes, isDict, truthy, type Value } from "../dict.ts";
import { ref } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import type { Translation } from "../translation.ts";

const MEMBERS = ["CreateUsagePlan", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"];
const KINDS = ["SHARED", "PER_API", "NONE"];

/** A usage plan, its key, and what joins them: the API's own or the one that APIs share. */
export function usagePlan(macro: Macro, translation: Translation, stage: Resource): Resource[] {
  const { id, properties } = macro;
  const config = properties.dict("Auth")?.get("UsagePlan");
  if (config === undefined || config === null) return [];
  if (!isDict(config)) throw badResource(id, "'UsagePlan' must be a dictionary");
  if (!config.keys().every((name) => MEMBERS.includes(name)))
    throw badResource(id, "Invalid property for 'UsagePlan'");
  const kind = config.get("CreateUsagePlan");
  if (kind === undefined || kind === null)
    throw badResource(id, "'CreateUsagePlan' is a required field for UsagePlan.");
  if (!includes(KINDS, kind))
    throw badResource(id, "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].");
  if (kind === "NONE") return [];
  const made = kind === "SHARED" ? shared(macro, translation, stage) : own(macro, stage);
  for (const name of ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"])
    if (truthy(config.get(name))) made[0]?.set({ [name]: config.get(name) });
  return made;
}

function own({ id, attributes }: Macro, stage: Resource): Resource[] {
  const handed = handedOn(attributes);
  const resource = (kind: string, name: string, dependsOn: Value) =>
    new Resource(`AWS::ApiGateway::${kind}`, name, { attributes: handed, dependsOn });
  const plan = resource("UsagePlan", `${id}UsagePlan`, [id]);
  plan.set({ ApiStages: [{ ApiId: ref(id), Stage: stage.ref }] });
  const key = resource("ApiKey", `${id}ApiKey`, [plan.id]);
  key.set({ Enabled: true, StageKeys: [{ RestApiId: ref(id), StageName: stage.ref }] });
  const join = resource("UsagePlanKey", `${id}UsagePlanKey`, [key.id]);
  return [plan, key, join.set({ KeyId: key.ref, KeyType: "API_KEY", UsagePlanId: plan.ref })];
}

function shared({ id, attributes }: Macro, translation: Translation, stage: Resource): Resource[] {
  const { usagePlan: sharing, made } = translation;
  const handed = handedOn(attributes);
  const resource = (kind: string, name: string, dependsOn: Value) =>
    new Resource(`AWS::ApiGateway::${kind}`, name, {
      attributes: sharing.attributes(handed, made.dict("Conditions")),
      dependsOn,
    });
  addOnce(sharing.dependsOn, id);
  addOnce(sharing.stages, dictOf({ ApiId: ref(id), Stage: stage.ref }));
  addOnce(sharing.keyStages, dictOf({ RestApiId: ref(id), StageName: stage.ref }));
  const plan = resource("UsagePlan", "ServerlessUsagePlan", [...sharing.dependsOn]);
  plan.set({ ApiStages: [...sharing.stages] });
  const key = resource("ApiKey", "ServerlessApiKey", [plan.id]);
  key.set({ Enabled: true, StageKeys: [...sharing.keyStages] });
  const join = resource("UsagePlanKey", "ServerlessUsagePlanKey", [key.id]);
  return [plan, key, join.set({ KeyId: key.ref, KeyType: "API_KEY", UsagePlanId: plan.ref })];
}

function addOnce(list: Value[], item: Value): void {
  if (!includes(list, item)) list.push(item);
}
