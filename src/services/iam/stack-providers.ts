import type { ResourceTypes } from "../define.ts";
import { droppedTags, given, text } from "../resource-types.ts";
import { absent, namesIn, without } from "./stack-holders.ts";
import { tagsIn } from "./stack-identities.ts";

/** Who vouches for others, and the roles that belong to services. */
export const providers: ResourceTypes = {
  "AWS::IAM::OIDCProvider": {
    properties: { ClientIdList: "update", Tags: "update", ThumbprintList: "update", Url: "replace" },
    async create(context, resource) {
      const { properties } = resource;
      const { OpenIDConnectProviderArn: Arn = "" } = await context.call(
        "iam",
        "CreateOpenIDConnectProvider",
        {
          Url: text(properties.Url),
          ClientIDList: namesIn(properties, "ClientIdList"),
          ThumbprintList: namesIn(properties, "ThumbprintList"),
          Tags: tagsIn(resource),
        },
      );
      return { id: Arn, attributes: { Arn } };
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const OpenIDConnectProviderArn = made.id;
      const [after, old] = [namesIn(properties, "ClientIdList"), namesIn(before, "ClientIdList")];
      for (const ClientID of without(old, after)) {
        await context.call("iam", "RemoveClientIDFromOpenIDConnectProvider", {
          OpenIDConnectProviderArn,
          ClientID,
        });
      }
      for (const ClientID of without(after, old)) {
        await context.call("iam", "AddClientIDToOpenIDConnectProvider", {
          OpenIDConnectProviderArn,
          ClientID,
        });
      }
      await context.call("iam", "UpdateOpenIDConnectProviderThumbprint", {
        OpenIDConnectProviderArn,
        ThumbprintList: namesIn(properties, "ThumbprintList"),
      });
      const TagKeys = droppedTags(resource, before);
      await context.call("iam", "UntagOpenIDConnectProvider", { OpenIDConnectProviderArn, TagKeys });
      const Tags = tagsIn(resource);
      await context.call("iam", "TagOpenIDConnectProvider", { OpenIDConnectProviderArn, Tags });
      return made;
    },
    delete: (context, { id }) =>
      absent(context.call("iam", "DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn: id })),
  },
  "AWS::IAM::SAMLProvider": {
    properties: {
      AddPrivateKey: "update",
      AssertionEncryptionMode: "update",
      Name: "replace",
      RemovePrivateKey: "update",
      SamlMetadataDocument: "update",
      Tags: "update",
    },
    async create(context, resource) {
      const { properties } = resource;
      const { SAMLProviderArn = "" } = await context.call("iam", "CreateSAMLProvider", {
        Name: text(properties.Name) ?? resource.name(128),
        SAMLMetadataDocument: text(properties.SamlMetadataDocument),
        Tags: tagsIn(resource),
        ...given({
          AssertionEncryptionMode: text(properties.AssertionEncryptionMode) as "Required" | undefined,
          AddPrivateKey: text(properties.AddPrivateKey),
        }),
      });
      const { SAMLProviderUUID = "" } = await context.call("iam", "GetSAMLProvider", { SAMLProviderArn });
      return {
        id: SAMLProviderArn,
        attributes: { Arn: SAMLProviderArn, SamlProviderUUID: SAMLProviderUUID },
      };
    },
    async update(context, resource, made, before) {
      const { properties } = resource;
      const SAMLProviderArn = made.id;
      await context.call("iam", "UpdateSAMLProvider", {
        SAMLProviderArn,
        ...given({
          SAMLMetadataDocument: text(properties.SamlMetadataDocument),
          AssertionEncryptionMode: text(properties.AssertionEncryptionMode) as "Required" | undefined,
          AddPrivateKey:
            properties.AddPrivateKey === before.AddPrivateKey ? undefined : text(properties.AddPrivateKey),
          RemovePrivateKey: text(properties.RemovePrivateKey),
        }),
      });
      await context.call("iam", "UntagSAMLProvider", {
        SAMLProviderArn,
        TagKeys: droppedTags(resource, before),
      });
      await context.call("iam", "TagSAMLProvider", { SAMLProviderArn, Tags: tagsIn(resource) });
      return made;
    },
    delete: (context, { id }) => absent(context.call("iam", "DeleteSAMLProvider", { SAMLProviderArn: id })),
  },
  "AWS::IAM::ServiceLinkedRole": {
    properties: { AWSServiceName: "replace", CustomSuffix: "replace", Description: "update" },
    async create(context, { properties }) {
      const { Role } = await context.call("iam", "CreateServiceLinkedRole", {
        AWSServiceName: text(properties.AWSServiceName),
        ...given({
          CustomSuffix: text(properties.CustomSuffix),
          Description: text(properties.Description),
        }),
      });
      const RoleName = Role?.RoleName ?? "";
      return { id: RoleName, attributes: { RoleName } };
    },
    async update(context, { properties }, made) {
      const Description = text(properties.Description) ?? "";
      await context.call("iam", "UpdateRoleDescription", { RoleName: made.id, Description });
      return made;
    },
    delete: (context, { id }) => absent(context.call("iam", "DeleteServiceLinkedRole", { RoleName: id })),
  },
};
