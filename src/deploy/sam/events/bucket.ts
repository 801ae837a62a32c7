import { copyOf, Dict, dictOf, includes, isDict, isList, type Value } from "../dict.ts";
import { expectList, expectMap } from "../expect.ts";
import { ifElse, ref } from "../intrinsics.ts";
import { badEvent, badResource } from "../problems.ts";
import { Resource, tagList } from "../resource.ts";
import { type Macro, readMacro, type Schema } from "../schema.ts";
import { sourceResources } from "../translation.ts";
import type { EventContext, EventKind } from "./kind.ts";
import { permission } from "./permission.ts";

/** All that a bucket may have; the event writes its notifications into it. */
const BUCKET: Schema = Object.fromEntries(
  (
    "AccessControl AccelerateConfiguration AnalyticsConfigurations BucketEncryption BucketName " +
    "CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations LifecycleConfiguration " +
    "LoggingConfiguration MetricsConfigurations NotificationConfiguration ObjectLockConfiguration " +
    "ObjectLockEnabled OwnershipControls PublicAccessBlockConfiguration ReplicationConfiguration Tags " +
    "VersioningConfiguration WebsiteConfiguration"
  )
    .split(" ")
    .map((name) => [name, "any"]),
);

/** `S3`: a bucket of the same template tells the function. */
export const bucketEvent: EventKind = {
  schema: { Bucket: "!string", Events: "!string|list<string>~", Filter: "map<string>" },
  link(event, translation) {
    const bucket = event.properties.get("Bucket");
    if (isDict(bucket) && bucket.has("Ref")) {
      const id = bucket.get("Ref");
      if (typeof id !== "string")
        throw badEvent(event.name, "'Ref' value in S3 events is not a valid string.");
      const target = sourceResources(translation).dict(id);
      if (target) return { id, target };
    }
    throw badEvent(event.name, "S3 events must reference an S3 bucket in the same template.");
  },
  make(event, context) {
    const { id = "", target: bucket = new Dict() } = context.link;
    const allowed = permission(event.id, context.target, {
      principal: "s3.amazonaws.com",
      sourceAccount: ref("AWS::AccountId"),
    });
    if (allowed.attributes.has("Condition")) dependByTag(bucket, id, allowed);
    else dependOn(event, bucket, allowed);
    addNotifications(event, context, bucket, id);
    const { properties, attributes, dependsOn } = readMacro(BUCKET, "AWS::S3::Bucket", id, bucket);
    const made = new Resource("AWS::S3::Bucket", id, { attributes, dependsOn });
    for (const [name, value] of properties.entries()) made.set({ [name]: value });
    return [allowed, made];
  },
};

function dependOn(event: Macro, bucket: Dict, allowed: Resource): void {
  const given = bucket.has("DependsOn") ? (bucket.get("DependsOn") ?? null) : [];
  const others = isList(given) ? given : [given];
  if (!others.every((item) => typeof item === "string")) {
    throw badResource(event.id, "Invalid type for field 'DependsOn'. Expected a string or list of strings.");
  }
  bucket.set("DependsOn", [...new Set([...others, allowed.id])]);
}

/** DependsOn cannot name what may not be there; a tag with an `Fn::If` can. */
function dependByTag(bucket: Dict, id: string, allowed: Resource): void {
  const properties = bucket.dict("Properties") ?? new Dict();
  bucket.set("Properties", properties);
  const tags = expectList(properties.get("Tags") ?? [], { resource: id }, "Tags");
  const condition = allowed.attributes.get("Condition");
  const tag = dictOf({
    [`sam:ConditionalDependsOn:${allowed.id}`]: ifElse(condition, ref(allowed.id), "no dependency"),
  });
  properties.set("Tags", [...tags, ...tagList(tag)]);
}

function addNotifications(event: Macro, { target }: EventContext, bucket: Dict, id: string): void {
  const owner = { resource: id };
  const given = bucket.has("Properties") ? bucket.get("Properties") : new Dict();
  const properties = expectMap(given, owner, "", "Properties should be a map.");
  bucket.set("Properties", properties);
  const config = expectMap(
    properties.get("NotificationConfiguration") ?? new Dict(),
    owner,
    "NotificationConfiguration",
  );
  properties.set("NotificationConfiguration", config);
  const list: Value = config.get("LambdaConfigurations") ?? [];
  if (!isList(list)) throw badResource(id, "Invalid type for LambdaConfigurations. Must be a list.");
  config.set("LambdaConfigurations", list);
  const events = event.properties.get("Events") ?? [];
  const filter = event.properties.get("Filter");
  for (const type of isList(events) ? events : [events]) {
    const mapping = dictOf({
      Function: copyOf(target.arn),
      Filter: filter ? copyOf(filter) : undefined,
      Event: type,
    });
    const condition = target.attributes.get("Condition");
    const entry = target.attributes.has("Condition") ? ifElse(condition, mapping) : mapping;
    if (!includes(list, entry)) list.push(entry);
  }
}
