import type { Context, ResourceType, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  HalfMade,
  type Made,
  number,
  type Properties,
  type ResourceInput,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";

const listTags = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

/** Deletes a key after its days; one that is on its way out stays there. */
const deleteKey: ResourceType["delete"] = (context, { id }, properties) =>
  gone(
    context.call("kms", "ScheduleKeyDeletion", {
      KeyId: id,
      PendingWindowInDays: number(properties.PendingWindowInDays),
    }),
    "NotFoundException",
    "KMSInvalidStateException",
  );

const key: ResourceType = {
  attributes: ["Arn", "KeyId"],
  properties: {
    BypassPolicyLockoutSafetyCheck: "update",
    Description: "update",
    EnableKeyRotation: "update",
    Enabled: "update",
    KeyPolicy: "update",
    KeySpec: "replace",
    KeyUsage: "replace",
    MultiRegion: "replace",
    Origin: "replace",
    PendingWindowInDays: "update",
    RotationPeriodInDays: "update",
    Tags: "update",
  },
  async create(context, resource) {
    const { properties } = resource;
    const { KeyMetadata } = await context.call("kms", "CreateKey", {
      BypassPolicyLockoutSafetyCheck: flag(properties.BypassPolicyLockoutSafetyCheck),
      Description: text(properties.Description),
      KeySpec: text(properties.KeySpec) as "SYMMETRIC_DEFAULT",
      KeyUsage: text(properties.KeyUsage) as "ENCRYPT_DECRYPT",
      MultiRegion: flag(properties.MultiRegion),
      Origin: text(properties.Origin) as "AWS_KMS",
      Policy: text(properties.KeyPolicy),
      Tags: listTags(tagsOf(resource)),
    });
    const { KeyId = "", Arn = "" } = KeyMetadata ?? {};
    const made = { id: KeyId, attributes: { Arn, KeyId } };
    try {
      await setRotation(context, made, properties, {});
      await setEnabled(context, made, properties, {});
    } catch (error) {
      throw new HalfMade(error, made);
    }
    return made;
  },
  async update(context, resource, made, before) {
    const { properties } = resource;
    await setShared(context, resource, made, before);
    // A key that is disabled cannot be rotated.
    if (flag(properties.Enabled) !== false) await setEnabled(context, made, properties, before);
    await setRotation(context, made, properties, before);
    if (flag(properties.Enabled) === false) await setEnabled(context, made, properties, before);
    return made;
  },
  delete: deleteKey,
  read: (context, made, properties) =>
    unlessGone(async () => {
      const shared = await readShared(context, made, properties);
      const { KeyMetadata: found } = await context.call("kms", "DescribeKey", { KeyId: made.id });
      const turns =
        found?.KeySpec === "SYMMETRIC_DEFAULT" && found.Origin === "AWS_KMS"
          ? await context.call("kms", "GetKeyRotationStatus", { KeyId: made.id })
          : undefined;
      return {
        ...shared,
        KeySpec: found?.KeySpec,
        KeyUsage: found?.KeyUsage,
        MultiRegion: found?.MultiRegion,
        Origin: found?.Origin,
        EnableKeyRotation: turns?.KeyRotationEnabled,
        RotationPeriodInDays: turns?.RotationPeriodInDays,
      };
    }, "NotFoundException"),
};

const replicaKey: ResourceType = {
  attributes: ["Arn", "KeyId"],
  properties: {
    Description: "update",
    Enabled: "update",
    KeyPolicy: "update",
    PendingWindowInDays: "update",
    PrimaryKeyArn: "replace",
    Tags: "update",
  },
  required: ["KeyPolicy", "PrimaryKeyArn"],
  async create(context, resource) {
    const { properties } = resource;
    const PrimaryKeyArn = text(properties.PrimaryKeyArn) ?? "";
    const there = context.inRegion(PrimaryKeyArn.split(":")[3] ?? context.scope.region);
    const { ReplicaKeyMetadata } = await there.call("kms", "ReplicateKey", {
      KeyId: PrimaryKeyArn,
      ReplicaRegion: context.scope.region,
      Description: text(properties.Description),
      Policy: text(properties.KeyPolicy),
      Tags: listTags(tagsOf(resource)),
    });
    const { KeyId = "", Arn = "" } = ReplicaKeyMetadata ?? {};
    const made = { id: KeyId, attributes: { Arn, KeyId } };
    try {
      await setEnabled(context, made, properties, {});
    } catch (error) {
      throw new HalfMade(error, made);
    }
    return made;
  },
  async update(context, resource, made, before) {
    await setShared(context, resource, made, before);
    await setEnabled(context, made, resource.properties, before);
    return made;
  },
  delete: deleteKey,
  read: (context, made, properties) =>
    unlessGone(() => readShared(context, made, properties), "NotFoundException"),
};

const alias: ResourceType = {
  attributes: [],
  properties: { AliasName: "replace", TargetKeyId: "update" },
  required: ["AliasName", "TargetKeyId"],
  async create(context, { properties }) {
    const AliasName = text(properties.AliasName) ?? "";
    await context.call("kms", "CreateAlias", { AliasName, TargetKeyId: text(properties.TargetKeyId) });
    return { id: AliasName, attributes: {} };
  },
  async update(context, { properties }, made) {
    await context.call("kms", "UpdateAlias", {
      AliasName: made.id,
      TargetKeyId: text(properties.TargetKeyId),
    });
    return made;
  },
  delete: (context, { id }) =>
    gone(context.call("kms", "DeleteAlias", { AliasName: id }), "NotFoundException"),
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_KMS.html */
export const resources: ResourceTypes = {
  "AWS::KMS::Alias": alias,
  "AWS::KMS::Key": key,
  "AWS::KMS::ReplicaKey": replicaKey,
};

/** Description, policy and tags, where they changed. */
async function setShared(
  context: Context,
  resource: ResourceInput,
  { id: KeyId }: Made,
  before: Properties,
): Promise<void> {
  const { properties } = resource;
  const Policy = text(properties.KeyPolicy);
  if (text(properties.Description) !== text(before.Description)) {
    await context.call("kms", "UpdateKeyDescription", {
      KeyId,
      Description: text(properties.Description) ?? "",
    });
  }
  if (Policy !== undefined && Policy !== text(before.KeyPolicy)) {
    await context.call("kms", "PutKeyPolicy", {
      KeyId,
      Policy,
      BypassPolicyLockoutSafetyCheck: flag(properties.BypassPolicyLockoutSafetyCheck),
    });
  }
  const TagKeys = droppedTags(resource, before);
  if (TagKeys.length > 0) await context.call("kms", "UntagResource", { KeyId, TagKeys });
  const Tags = listTags(tagsOf(resource));
  if (Tags.length > 0) await context.call("kms", "TagResource", { KeyId, Tags });
}

async function setEnabled(context: Context, { id: KeyId }: Made, after: Properties, before: Properties) {
  const [is, was] = [after, before].map(({ Enabled }) => flag(Enabled) ?? true);
  if (is !== was) await context.call("kms", is ? "EnableKey" : "DisableKey", { KeyId });
}

async function setRotation(context: Context, { id: KeyId }: Made, after: Properties, before: Properties) {
  const [is, was] = [after, before].map((one) => ({
    on: flag(one.EnableKeyRotation) ?? false,
    days: number(one.RotationPeriodInDays),
  }));
  if (is?.on && (!was?.on || is.days !== was.days)) {
    await context.call("kms", "EnableKeyRotation", { KeyId, RotationPeriodInDays: is.days });
  } else if (!is?.on && was?.on) await context.call("kms", "DisableKeyRotation", { KeyId });
}

async function readShared(
  context: Context,
  { id: KeyId }: Made,
  properties: Properties,
): Promise<Properties> {
  const { KeyMetadata: found } = await context.call("kms", "DescribeKey", { KeyId });
  const { Policy } = await context.call("kms", "GetKeyPolicy", { KeyId });
  return given({
    Description: found?.Description ?? "",
    Enabled: found?.KeyState !== "Disabled",
    ...(properties.KeyPolicy === undefined ? {} : { KeyPolicy: JSON.parse(Policy ?? "null") }),
  });
}
