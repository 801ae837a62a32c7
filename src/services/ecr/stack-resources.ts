import type { ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  gone,
  members,
  type ResourceInput,
  tagsOf,
  text,
} from "../resource-types.ts";

const policyOf = ({ properties }: ResourceInput) => text(properties.RepositoryPolicyText);
const tagListOf = (resource: ResourceInput) =>
  Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));
const lifecycleOf = ({ properties }: ResourceInput) =>
  text(members(properties.LifecyclePolicy).LifecyclePolicyText);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ECR.html */
export const resources: ResourceTypes = {
  "AWS::ECR::Repository": {
    properties: {
      EmptyOnDelete: "update",
      EncryptionConfiguration: "replace",
      ImageScanningConfiguration: "update",
      ImageTagMutability: "update",
      ImageTagMutabilityExclusionFilters: "update",
      LifecyclePolicy: "update",
      RepositoryName: "replace",
      RepositoryPolicyText: "update",
      Tags: "update",
    },
    async create(context, resource) {
      const { properties } = resource;
      const repositoryName = text(properties.RepositoryName) ?? resource.name(256).toLowerCase();
      const { EncryptionType: type, KmsKey: kmsKey } = members(properties.EncryptionConfiguration);
      const { repository } = await context.call(
        "ecr",
        "CreateRepository",
        given({
          repositoryName,
          imageTagMutability: text(properties.ImageTagMutability) as "MUTABLE",
          imageScanningConfiguration: {
            scanOnPush: flag(members(properties.ImageScanningConfiguration).ScanOnPush) ?? false,
          },
          encryptionConfiguration: type
            ? given({ encryptionType: text(type) as "AES256", kmsKey: text(kmsKey) })
            : undefined,
          tags: tagListOf(resource),
        }),
      );
      const policyText = policyOf(resource);
      if (policyText) await context.call("ecr", "SetRepositoryPolicy", { repositoryName, policyText });
      const lifecyclePolicyText = lifecycleOf(resource);
      if (lifecyclePolicyText)
        await context.call("ecr", "PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
      const { repositoryArn: Arn = "", repositoryUri: RepositoryUri = "" } = repository ?? {};
      return { id: repositoryName, attributes: { Arn, RepositoryUri } };
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const repositoryName = made.id;
      await context.call("ecr", "PutImageTagMutability", {
        repositoryName,
        imageTagMutability: (text(properties.ImageTagMutability) ?? "MUTABLE") as "MUTABLE",
      });
      await context.call("ecr", "PutImageScanningConfiguration", {
        repositoryName,
        imageScanningConfiguration: {
          scanOnPush: flag(members(properties.ImageScanningConfiguration).ScanOnPush) ?? false,
        },
      });
      const policyText = policyOf(resource);
      if (policyText) await context.call("ecr", "SetRepositoryPolicy", { repositoryName, policyText });
      else
        await gone(
          context.call("ecr", "DeleteRepositoryPolicy", { repositoryName }),
          "RepositoryPolicyNotFoundException",
        );
      const lifecyclePolicyText = lifecycleOf(resource);
      if (lifecyclePolicyText)
        await context.call("ecr", "PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
      else
        await gone(
          context.call("ecr", "DeleteLifecyclePolicy", { repositoryName }),
          "LifecyclePolicyNotFoundException",
        );
      const resourceArn = text(made.attributes.Arn);
      const tagKeys = droppedTags(resource, before);
      if (tagKeys.length > 0) await context.call("ecr", "UntagResource", { resourceArn, tagKeys });
      await context.call("ecr", "TagResource", { resourceArn, tags: tagListOf(resource) });
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("ecr", "DeleteRepository", {
          repositoryName: id,
          force: flag(properties.EmptyOnDelete) ?? false,
        }),
        "RepositoryNotFoundException",
      ),
  },
};
