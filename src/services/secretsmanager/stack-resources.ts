import type { Context, ResourceType, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  HalfMade,
  list,
  members,
  number,
  type Properties,
  type Property,
  type ResourceInput,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";
import { fault } from "./faults.ts";

const MISSING = "ResourceNotFoundException";
const GENERATED = "GenerateSecretString";

/** What goes wrong with templates. */
const wrong = (message: string) => fault("InvalidRequestException", message);

const secret: ResourceType = {
  attributes: ["Id"],
  properties: {
    Description: "update",
    GenerateSecretString: "update",
    KmsKeyId: "update",
    Name: "replace",
    ReplicaRegions: "update",
    SecretString: "update",
    Tags: "update",
    Type: "update",
  },
  async create(context, resource) {
    const { properties, token } = resource;
    const name = text(properties.Name) ?? nameOf(resource);
    const known = await madeBefore(context, name, token);
    const { ARN = "" } =
      known ??
      (await context.call("secretsmanager", "CreateSecret", {
        Name: name,
        ClientRequestToken: token,
        Description: text(properties.Description),
        KmsKeyId: text(properties.KmsKeyId),
        SecretString: await makeValue(context, properties),
        Tags: listTags(tagsOf(resource)),
      }));
    const made = { id: ARN, attributes: { Id: ARN } };
    try {
      await setReplicas(context, ARN, properties.ReplicaRegions, undefined);
    } catch (error) {
      throw new HalfMade(error, made);
    }
    return made;
  },
  async update(context, resource, made, before) {
    const { properties } = resource;
    const isChanged = [GENERATED, "SecretString"].some(
      (name) => text(properties[name]) !== text(before[name]),
    );
    await context.call("secretsmanager", "UpdateSecret", {
      SecretId: made.id,
      ClientRequestToken: resource.token,
      Description: text(properties.Description) ?? "",
      KmsKeyId: text(properties.KmsKeyId) ?? "",
      ...(isChanged ? { SecretString: await makeValue(context, properties) } : {}),
    });
    const TagKeys = droppedTags(resource, before);
    if (TagKeys.length > 0) {
      await context.call("secretsmanager", "UntagResource", { SecretId: made.id, TagKeys });
    }
    const Tags = listTags(tagsOf(resource));
    if (Tags.length > 0) await context.call("secretsmanager", "TagResource", { SecretId: made.id, Tags });
    await setReplicas(context, made.id, properties.ReplicaRegions, before.ReplicaRegions);
    return made;
  },
  async delete(context, { id }, properties) {
    await gone(setReplicas(context, id, undefined, properties.ReplicaRegions), MISSING);
    // CloudFormation leaves no time to think it over.
    await gone(
      context.call("secretsmanager", "DeleteSecret", { SecretId: id, ForceDeleteWithoutRecovery: true }),
      MISSING,
    );
  },
  read: (context, { id }) =>
    unlessGone(async () => {
      const found = await context.call("secretsmanager", "DescribeSecret", { SecretId: id });
      const tags = Object.fromEntries((found.Tags ?? []).map(({ Key = "", Value }) => [Key, Value]));
      return given({
        Name: found.Name,
        Description: found.Description || undefined,
        KmsKeyId: found.KmsKeyId,
        Tags: tagList(tags),
      });
    }, MISSING),
};

const resourcePolicy: ResourceType = {
  attributes: ["Id"],
  properties: { BlockPublicPolicy: "update", ResourcePolicy: "update", SecretId: "replace" },
  required: ["ResourcePolicy", "SecretId"],
  async create(context, { properties }) {
    const { ARN = "" } = await putPolicy(context, properties);
    return { id: ARN, attributes: { Id: ARN } };
  },
  async update(context, { properties }, made) {
    await putPolicy(context, properties);
    return made;
  },
  delete: (context, { id }) =>
    gone(
      context.call("secretsmanager", "DeleteResourcePolicy", { SecretId: id }),
      MISSING,
      "InvalidRequestException",
    ),
};

const rotationSchedule: ResourceType = {
  attributes: ["Id"],
  properties: {
    RotateImmediatelyOnUpdate: "update",
    RotationLambdaARN: "update",
    RotationRules: "update",
    SecretId: "replace",
  },
  required: ["SecretId"],
  async create(context, resource) {
    const { ARN = "" } = await rotate(context, resource);
    return { id: ARN, attributes: { Id: ARN } };
  },
  async update(context, resource, made) {
    await rotate(context, resource);
    return made;
  },
  delete: (context, { id }) =>
    gone(
      context.call("secretsmanager", "CancelRotateSecret", { SecretId: id }),
      MISSING,
      "InvalidRequestException",
    ),
};

/**
 * Without what is for databases, of which there are none here: SecretTargetAttachment, and the
 * HostedRotationLambda of schedules.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_SecretsManager.html
 */
export const resources: ResourceTypes = {
  "AWS::SecretsManager::ResourcePolicy": resourcePolicy,
  "AWS::SecretsManager::RotationSchedule": rotationSchedule,
  "AWS::SecretsManager::Secret": secret,
};

/** `{logical id}-{12 characters}`. */
const nameOf = (resource: ResourceInput) => resource.name(512).slice(resource.stackName.length + 1);

/** After a restart there may be one already, with a password that was made for it. */
async function madeBefore(context: Context, SecretId: string, token: string) {
  const found = await unlessGone(
    () => context.call("secretsmanager", "DescribeSecret", { SecretId }),
    MISSING,
  );
  const isOurs = members(found?.VersionIdsToStages)[token] !== undefined;
  return isOurs ? { ARN: text(found?.ARN) } : undefined;
}

const listTags = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** The value that a template gives, or has made. */
async function makeValue(context: Context, properties: Properties): Promise<string | undefined> {
  const { SecretString, GenerateSecretString } = properties;
  if (SecretString !== undefined && GenerateSecretString !== undefined) {
    throw wrong("You can specify either GenerateSecretString or SecretString, but not both.");
  }
  if (SecretString !== undefined) return text(SecretString);
  const asked = members(GenerateSecretString);
  const { RandomPassword = "" } = await context.call("secretsmanager", "GetRandomPassword", {
    ExcludeCharacters: text(asked.ExcludeCharacters),
    ExcludeLowercase: flag(asked.ExcludeLowercase),
    ExcludeNumbers: flag(asked.ExcludeNumbers),
    ExcludePunctuation: flag(asked.ExcludePunctuation),
    ExcludeUppercase: flag(asked.ExcludeUppercase),
    IncludeSpace: flag(asked.IncludeSpace),
    PasswordLength: number(asked.PasswordLength),
    RequireEachIncludedType: flag(asked.RequireEachIncludedType),
  });
  const key = text(asked.GenerateStringKey);
  const template = text(asked.SecretStringTemplate);
  if (key === undefined && template === undefined) return RandomPassword;
  if (key === undefined || template === undefined) {
    throw wrong("GenerateStringKey and SecretStringTemplate must be specified together.");
  }
  return JSON.stringify({ ...readTemplate(template), [key]: RandomPassword });
}

function readTemplate(template: string): object {
  try {
    const value: unknown = JSON.parse(template);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // It says so below.
  }
  throw wrong("SecretStringTemplate must be a valid JSON object.");
}

const regionsOf = (value: Property | undefined) =>
  list(value).map((one) => ({
    Region: text(members(one).Region),
    KmsKeyId: text(members(one).KmsKeyId),
  }));

async function setReplicas(
  context: Context,
  SecretId: string,
  after: Property | undefined,
  before: Property | undefined,
): Promise<void> {
  const [wanted, had] = [regionsOf(after), regionsOf(before)];
  const lost = had.filter(({ Region }) => !wanted.some((one) => one.Region === Region));
  const added = wanted.filter(({ Region }) => !had.some((one) => one.Region === Region));
  if (lost.length > 0) {
    await context.call("secretsmanager", "RemoveRegionsFromReplication", {
      SecretId,
      RemoveReplicaRegions: lost.map(({ Region = "" }) => Region),
    });
  }
  if (added.length === 0) return;
  const { ReplicationStatus = [] } = await context.call("secretsmanager", "ReplicateSecretToRegions", {
    SecretId,
    AddReplicaRegions: added,
  });
  const failed = ReplicationStatus.find(({ Status }) => Status === "Failed");
  if (failed) throw wrong(failed.StatusMessage ?? `Replication to ${failed.Region} failed.`);
}

const putPolicy = (context: Context, properties: Properties) =>
  context.call("secretsmanager", "PutResourcePolicy", {
    SecretId: text(properties.SecretId),
    ResourcePolicy: text(properties.ResourcePolicy),
    BlockPublicPolicy: flag(properties.BlockPublicPolicy),
  });

async function rotate(context: Context, { properties, token }: ResourceInput) {
  const rules = members(properties.RotationRules);
  return context.call("secretsmanager", "RotateSecret", {
    SecretId: text(properties.SecretId),
    ClientRequestToken: token,
    RotationLambdaARN: text(properties.RotationLambdaARN),
    RotateImmediately: flag(properties.RotateImmediatelyOnUpdate),
    RotationRules: given({
      AutomaticallyAfterDays: number(rules.AutomaticallyAfterDays),
      Duration: text(rules.Duration),
      ScheduleExpression: text(rules.ScheduleExpression),
    }),
  });
}
