import { type Dict, dictOf, isDict, truthy, type Value } from "./dict.ts";
import { badResource } from "./problems.ts";
import { type Resource, tagList } from "./resource.ts";

const RESERVED = ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/** Tags as a list, and the one by which SAM's own are known. */
export function createdBySam(id: string, tags: Value | undefined, more: Dict = dictOf()): Value[] {
  for (const name of RESERVED) {
    if (isDict(tags) && tags.has(name)) {
      throw badResource(
        id,
        `${name} is a reserved Tag key name and cannot be set on your resource. Please change the tag key ` +
          "in the input.",
      );
    }
  }
  return [...tagList(dictOf({ "lambda:createdBy": "SAM" })), ...tagList(more), ...tagList(tags)];
}

/** Types whose tags are a list. */
const LISTED = new Set([
  "AWS::ApiGateway::ApiKey",
  "AWS::ApiGateway::DomainName",
  "AWS::ApiGateway::DomainNameAccessAssociation",
  "AWS::ApiGateway::DomainNameV2",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::ApiGateway::UsagePlan",
  "AWS::IAM::Role",
  "AWS::IoT::TopicRule",
  "AWS::Lambda::CapacityProvider",
  "AWS::Lambda::Function",
  "AWS::S3::Bucket",
  "AWS::SNS::Topic",
  "AWS::SQS::Queue",
  "AWS::StepFunctions::StateMachine",
]);

/** Types whose tags are a map. */
const MAPPED = new Set(["AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Stage"]);

/** Gives all that is made for a resource the resource's tags, where it asks for it. */
export function propagateTags(resources: readonly Resource[], properties: Dict): void {
  if (truthy(properties.get("PropagateTags"))) tagAll(resources, properties.get("Tags"));
}

export function tagAll(resources: readonly Resource[], tags: Value | undefined): void {
  if (!truthy(tags)) return;
  for (const resource of resources) {
    const isSocketApi =
      resource.type === "AWS::ApiGatewayV2::Api" && resource.get("ProtocolType") === "WEBSOCKET";
    if (LISTED.has(resource.type)) resource.set({ Tags: tagList(tags) });
    else if (MAPPED.has(resource.type) || isSocketApi) resource.set({ Tags: tags });
  }
}

/** The same, but beside the tags that a resource has. */
export function addTags(resources: readonly Resource[], properties: Dict): void {
  const tags = properties.get("Tags");
  if (!truthy(properties.get("PropagateTags")) || !truthy(tags)) return;
  for (const resource of resources) {
    if (!LISTED.has(resource.type)) continue;
    const all = dictOf();
    const own = resource.get("Tags");
    for (const tag of Array.isArray(own) ? own : [])
      if (isDict(tag)) all.set(String(tag.get("Key")), tag.get("Value"));
    if (isDict(tags)) all.update(tags);
    resource.set({ Tags: tagList(all) });
  }
}
