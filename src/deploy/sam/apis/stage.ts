import { type Dict, isDict, isNothing, textOf, truthy } from "../dict.ts";
import { ref } from "../intrinsics.ts";
import { isAlphanumeric, logicalId, wholeHash } from "../logical-id.ts";
import { dumped, pythonText, shown } from "../python-text.ts";
import { handedOn, Resource, tagList } from "../resource.ts";
import type { Macro } from "../schema.ts";
import type { Translation } from "../translation.ts";

/** Properties of the stage by the same name. */
const SAME = [
  "StageName",
  "CacheClusterEnabled",
  "CacheClusterSize",
  "Variables",
  "MethodSettings",
  "AccessLogSetting",
  "CanarySetting",
  "TracingEnabled",
];

/**
 * A deployment whose id is a hash of the definition, so that a change is deployed, and the stage that shows
 * it.
 */
export function deploymentAndStage(macro: Macro, translation: Translation, api: Resource) {
  const { id, properties } = macro;
  const attributes = handedOn(macro.attributes);
  const deployment = new Resource("AWS::ApiGateway::Deployment", `${id}Deployment`, { attributes });
  const version = properties.get("OpenApiVersion");
  deployment.set({ RestApiId: api.ref, StageName: truthy(version) ? undefined : "Stage" });
  const stageName = properties.get("StageName");
  const text = typeof stageName === "string" ? textOf(stageName) : "";
  const stageId = isAlphanumeric(text) ? `${id}${text}Stage` : logicalId(`${id}Stage`, text);
  const definition = api.get("Body") ?? api.get("BodyS3Location");
  if (isDict(definition) && definition.size > 0) {
    const data = deployedText(macro, translation, definition);
    const hash = wholeHash(data);
    deployment.id += hash.slice(0, 10);
    deployment.set({ Description: `RestApi deployment id: ${hash}` });
  }
  const tags = properties.get("Tags");
  const stage = new Resource("AWS::ApiGateway::Stage", stageId, { attributes }).set({
    RestApiId: ref(id),
    DeploymentId: deployment.ref,
    ...Object.fromEntries(SAME.map((name) => [name, properties.get(name)])),
    Tags: isNothing(tags) ? undefined : tagList(tags),
  });
  return { deployment, stage };
}

/** All on which the deployment depends, as one text. */
function deployedText({ id, properties }: Macro, translation: Translation, definition: Dict): string {
  if (truthy(properties.get("AlwaysDeploy"))) return String(translation.nowSeconds);
  const parts = [pythonText(definition)];
  const version = properties.get("OpenApiVersion");
  if (truthy(version)) parts.push(shown(version));
  const domain = properties.get("Domain");
  if (truthy(domain)) parts.push(dumped(domain ?? null));
  const names = translation.functionNames.get(id);
  if (names) parts.push(names);
  return parts.join("||");
}
