import { dictOf, isDict, isNothing, truthy } from "../dict.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro, Schema } from "../schema.ts";
import { createdBySam } from "../tags.ts";

export const APPLICATION: Schema = {
  Location: "!string|map",
  TemplateUrl: "string",
  Parameters: "map",
  NotificationARNs: "list<string|map>",
  Tags: "map",
  TimeoutInMinutes: "integer",
};

/** An application of the repository or of a template, as a nested stack. */
export function nestedApplication({ id, properties, attributes, dependsOn }: Macro): Resource[] {
  const location = properties.get("Location");
  const tags = dictOf();
  for (const [member, tag] of [
    ["ApplicationId", "serverlessrepo:applicationId"],
    ["SemanticVersion", "serverlessrepo:semanticVersion"],
  ] as const) {
    const value = isDict(location) ? location.get(member) : undefined;
    if (!isNothing(value)) tags.set(tag, value);
  }
  const url = properties.get("TemplateUrl");
  const stack = new Resource("AWS::CloudFormation::Stack", id, {
    attributes: handedOn(attributes),
    dependsOn,
  });
  stack.set({
    Parameters: properties.get("Parameters"),
    NotificationARNs: properties.get("NotificationARNs"),
    Tags: createdBySam(id, properties.get("Tags"), tags),
    TimeoutInMinutes: properties.get("TimeoutInMinutes"),
    TemplateURL: truthy(url) ? url : "",
  });
  return [stack];
}
