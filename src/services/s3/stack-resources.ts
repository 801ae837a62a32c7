import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  list,
  members,
  type Properties,
  type Property,
  type ResourceInput,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_S3.html */
export const resources: ResourceTypes = {
  "AWS::S3::Bucket": {
    attributes: ["Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"],
    properties: {
      AccelerateConfiguration: "accepted",
      AccessControl: "accepted",
      AnalyticsConfigurations: "accepted",
      BucketEncryption: "accepted",
      BucketName: "replace",
      CorsConfiguration: "update",
      IntelligentTieringConfigurations: "accepted",
      InventoryConfigurations: "accepted",
      LifecycleConfiguration: "accepted",
      LoggingConfiguration: "accepted",
      MetricsConfigurations: "accepted",
      NotificationConfiguration: "update",
      OwnershipControls: "update",
      PublicAccessBlockConfiguration: "accepted",
      Tags: "update",
      VersioningConfiguration: "accepted",
    },
    async create(context, resource) {
      const Bucket = text(resource.properties.BucketName) ?? resource.name(63).toLowerCase();
      const { region } = context.scope;
      await context.call("s3", "CreateBucket", {
        Bucket,
        ...(region === "us-east-1"
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as "eu-central-1" } }),
      });
      await configure(context, Bucket, resource, {});
      return bucket(context, Bucket);
    },
    async update(context, resource, { id }, before) {
      await configure(context, id, resource, before);
      return bucket(context, id);
    },
    delete: (context, { id }) => gone(context.call("s3", "DeleteBucket", { Bucket: id }), "NoSuchBucket"),
    read: (context, { id: Bucket }) =>
      unlessGone(
        async () => {
          await context.call("s3", "HeadBucket", { Bucket });
          const TagSet = await context
            .call("s3", "GetBucketTagging", { Bucket })
            .then((found) => found.TagSet)
            .catch(() => []);
          const tags = Object.fromEntries((TagSet ?? []).map(({ Key = "", Value }) => [Key, Value]));
          return { BucketName: Bucket, Tags: tagList(tags) };
        },
        "NoSuchBucket",
        "NotFound",
      ),
  },
  "AWS::S3::BucketPolicy": {
    attributes: [],
    properties: { Bucket: "replace", PolicyDocument: "accepted" },
    required: ["Bucket", "PolicyDocument"],
    async create(context, { properties }) {
      const Bucket = text(properties.Bucket) ?? "";
      await context.call("s3", "PutBucketPolicy", { Bucket, Policy: text(properties.PolicyDocument) });
      return { id: Bucket, attributes: {} };
    },
    async update(context, { properties }, made) {
      await context.call("s3", "PutBucketPolicy", {
        Bucket: made.id,
        Policy: text(properties.PolicyDocument),
      });
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("s3", "DeleteBucketPolicy", { Bucket: id }), "NoSuchBucket"),
  },
};

function bucket({ scope }: Context, name: string) {
  const domain = `${name}.s3.amazonaws.com`;
  return {
    id: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: domain,
      DualStackDomainName: `${name}.s3.dualstack.${scope.region}.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${scope.region}.amazonaws.com`,
      WebsiteURL: `http://${name}.s3-website-${scope.region}.amazonaws.com`,
    },
  };
}

async function configure(
  context: Context,
  Bucket: string,
  resource: ResourceInput,
  before: Properties,
): Promise<void> {
  const { properties } = resource;
  const tags = Object.entries(tagsOf(resource)).filter(([name]) => !name.startsWith("aws:"));
  if (tags.length > 0) {
    const TagSet = tags.map(([Key, Value]) => ({ Key, Value }));
    await context.call("s3", "PutBucketTagging", { Bucket, Tagging: { TagSet } });
  } else if (droppedTags(resource, before).length > 0)
    await context.call("s3", "DeleteBucketTagging", { Bucket });
  const { NotificationConfiguration: notifications = {}, CorsConfiguration: cors } = properties;
  if (properties.NotificationConfiguration || before.NotificationConfiguration) {
    await context.call("s3", "PutBucketNotificationConfiguration", {
      Bucket,
      NotificationConfiguration: notificationsOf(members(notifications)),
    });
  }
  if (cors)
    await context.call("s3", "PutBucketCors", {
      Bucket,
      CORSConfiguration: { CORSRules: list(members(cors).CorsRules).map(corsRule) },
    });
  else if (before.CorsConfiguration) await context.call("s3", "DeleteBucketCors", { Bucket });
  await protect(context, Bucket, properties, before);
}

/** Who may see what a bucket holds, and how it is kept. */
async function protect(
  context: Context,
  Bucket: string,
  { BucketEncryption, OwnershipControls, PublicAccessBlockConfiguration }: Properties,
  before: Properties,
): Promise<void> {
  if (BucketEncryption) {
    const rules = list(members(BucketEncryption).ServerSideEncryptionConfiguration).map((value) => {
      const { ServerSideEncryptionByDefault: usual, BucketKeyEnabled } = members(value);
      return given({
        ApplyServerSideEncryptionByDefault: usual,
        BucketKeyEnabled: flag(BucketKeyEnabled),
      });
    });
    const ServerSideEncryptionConfiguration = { Rules: rules as never };
    await context.call("s3", "PutBucketEncryption", { Bucket, ServerSideEncryptionConfiguration });
  } else if (before.BucketEncryption) await context.call("s3", "DeleteBucketEncryption", { Bucket });
  if (OwnershipControls) {
    const Rules = list(members(OwnershipControls).Rules) as never;
    await context.call("s3", "PutBucketOwnershipControls", { Bucket, OwnershipControls: { Rules } });
  } else if (before.OwnershipControls) await context.call("s3", "DeleteBucketOwnershipControls", { Bucket });
  if (PublicAccessBlockConfiguration) {
    const flags = Object.entries(members(PublicAccessBlockConfiguration)).map(([name, value]) => [
      name,
      flag(value),
    ]);
    await context.call("s3", "PutPublicAccessBlock", {
      Bucket,
      PublicAccessBlockConfiguration: Object.fromEntries(flags),
    });
  } else if (before.PublicAccessBlockConfiguration)
    await context.call("s3", "DeletePublicAccessBlock", { Bucket });
}

const texts = (value: Property | undefined) => list(value).map((each) => text(each) ?? "");

/** Templates call the members otherwise than the API does. */
function corsRule(value: Property) {
  const rule = members(value);
  return {
    ID: text(rule.Id),
    AllowedHeaders: texts(rule.AllowedHeaders),
    AllowedMethods: texts(rule.AllowedMethods),
    AllowedOrigins: texts(rule.AllowedOrigins),
    ExposeHeaders: texts(rule.ExposedHeaders),
    MaxAgeSeconds: rule.MaxAge === undefined ? undefined : Number(rule.MaxAge),
  };
}

function notificationsOf(given: Properties) {
  const target = (value: Property) => {
    const each = members(value);
    const rules = list(members(members(each.Filter).S3Key).Rules).map((rule) => ({
      Name: text(members(rule).Name)?.toLowerCase() as "prefix" | "suffix",
      Value: text(members(rule).Value),
    }));
    const event = text(each.Event) as "s3:ObjectCreated:*";
    return {
      each,
      shared: { Events: [event], ...(rules.length > 0 ? { Filter: { Key: { FilterRules: rules } } } : {}) },
    };
  };
  return {
    LambdaFunctionConfigurations: list(given.LambdaConfigurations).map((value) => {
      const { each, shared } = target(value);
      return { ...shared, LambdaFunctionArn: text(each.Function) };
    }),
    QueueConfigurations: list(given.QueueConfigurations).map((value) => {
      const { each, shared } = target(value);
      return { ...shared, QueueArn: text(each.Queue) };
    }),
    TopicConfigurations: list(given.TopicConfigurations).map((value) => {
      const { each, shared } = target(value);
      return { ...shared, TopicArn: text(each.Topic) };
    }),
    ...(members(given.EventBridgeConfiguration).EventBridgeEnabled !== undefined ||
    given.EventBridgeConfiguration
      ? { EventBridgeConfiguration: {} }
      : {}),
  };
}
