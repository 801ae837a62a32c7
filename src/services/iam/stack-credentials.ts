import type { ResourceTypes } from "../define.ts";
import { droppedTags, given, text } from "../resource-types.ts";
import { absent, namesIn, orUndo, without } from "./stack-holders.ts";
import { tagsIn } from "./stack-identities.ts";

/** What is handed to those who act. */
export const credentials: ResourceTypes = {
  "AWS::IAM::AccessKey": {
    properties: { Serial: "replace", Status: "update", UserName: "replace" },
    required: ["UserName"],
    async create(context, { properties }) {
      const UserName = text(properties.UserName);
      const { AccessKey } = await context.call("iam", "CreateAccessKey", { UserName });
      const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
      if (properties.Status === "Inactive") {
        await context.call("iam", "UpdateAccessKey", { UserName, AccessKeyId, Status: "Inactive" });
      }
      return { id: AccessKeyId, attributes: { Id: AccessKeyId, SecretAccessKey } };
    },
    async update(context, { properties }, made) {
      await context.call("iam", "UpdateAccessKey", {
        UserName: text(properties.UserName),
        AccessKeyId: made.id,
        Status: properties.Status === "Inactive" ? "Inactive" : "Active",
      });
      return made;
    },
    delete: (context, { id }, { UserName }) =>
      absent(context.call("iam", "DeleteAccessKey", { UserName: text(UserName), AccessKeyId: id })),
  },
  "AWS::IAM::InstanceProfile": {
    properties: { InstanceProfileName: "replace", Path: "replace", Roles: "update" },
    required: ["Roles"],
    async create(context, resource) {
      const { properties } = resource;
      const InstanceProfileName = text(properties.InstanceProfileName) ?? resource.name(128);
      const { InstanceProfile } = await context.call("iam", "CreateInstanceProfile", {
        InstanceProfileName,
        ...given({ Path: text(properties.Path) }),
      });
      for (const RoleName of namesIn(properties, "Roles")) {
        await orUndo(context.call("iam", "AddRoleToInstanceProfile", { InstanceProfileName, RoleName }), () =>
          context.call("iam", "DeleteInstanceProfile", { InstanceProfileName }),
        );
      }
      return { id: InstanceProfileName, attributes: { Arn: InstanceProfile?.Arn ?? "" } };
    },
    async update(context, { properties }, made, before) {
      const InstanceProfileName = made.id;
      const [after, old] = [namesIn(properties, "Roles"), namesIn(before, "Roles")];
      for (const RoleName of without(old, after)) {
        await absent(context.call("iam", "RemoveRoleFromInstanceProfile", { InstanceProfileName, RoleName }));
      }
      for (const RoleName of without(after, old)) {
        await context.call("iam", "AddRoleToInstanceProfile", { InstanceProfileName, RoleName });
      }
      return made;
    },
    async delete(context, { id: InstanceProfileName }, properties) {
      for (const RoleName of namesIn(properties, "Roles")) {
        await absent(context.call("iam", "RemoveRoleFromInstanceProfile", { InstanceProfileName, RoleName }));
      }
      await absent(context.call("iam", "DeleteInstanceProfile", { InstanceProfileName }));
    },
  },
  "AWS::IAM::ServerCertificate": {
    properties: {
      CertificateBody: "replace",
      CertificateChain: "replace",
      Path: "update",
      PrivateKey: "replace",
      ServerCertificateName: "replace",
      Tags: "update",
    },
    async create(context, resource) {
      const { properties } = resource;
      const ServerCertificateName = text(properties.ServerCertificateName) ?? resource.name(128);
      const { ServerCertificateMetadata } = await context.call("iam", "UploadServerCertificate", {
        ServerCertificateName,
        CertificateBody: text(properties.CertificateBody),
        PrivateKey: text(properties.PrivateKey),
        Tags: tagsIn(resource),
        ...given({ CertificateChain: text(properties.CertificateChain), Path: text(properties.Path) }),
      });
      return { id: ServerCertificateName, attributes: { Arn: ServerCertificateMetadata?.Arn ?? "" } };
    },
    async update(context, resource, { id: ServerCertificateName }, before) {
      const NewPath = text(resource.properties.Path) ?? "/";
      await context.call("iam", "UpdateServerCertificate", { ServerCertificateName, NewPath });
      const TagKeys = droppedTags(resource, before);
      await context.call("iam", "UntagServerCertificate", { ServerCertificateName, TagKeys });
      await context.call("iam", "TagServerCertificate", { ServerCertificateName, Tags: tagsIn(resource) });
      const { ServerCertificate } = await context.call("iam", "GetServerCertificate", {
        ServerCertificateName,
      });
      const Arn = ServerCertificate?.ServerCertificateMetadata?.Arn ?? "";
      return { id: ServerCertificateName, attributes: { Arn } };
    },
    delete: (context, { id }) =>
      absent(context.call("iam", "DeleteServerCertificate", { ServerCertificateName: id })),
  },
  "AWS::IAM::VirtualMFADevice": {
    properties: {
      Path: "replace",
      Tags: "update",
      // A device is enabled with the codes that it shows.
      Users: "accepted",
      VirtualMfaDeviceName: "replace",
    },
    required: ["Users"],
    async create(context, resource) {
      const { properties } = resource;
      const { VirtualMFADevice } = await context.call("iam", "CreateVirtualMFADevice", {
        VirtualMFADeviceName: text(properties.VirtualMfaDeviceName) ?? resource.name(128),
        Tags: tagsIn(resource),
        ...given({ Path: text(properties.Path) }),
      });
      const SerialNumber = VirtualMFADevice?.SerialNumber ?? "";
      return { id: SerialNumber, attributes: { SerialNumber } };
    },
    async update(context, resource, made, before) {
      const SerialNumber = made.id;
      await context.call("iam", "UntagMFADevice", { SerialNumber, TagKeys: droppedTags(resource, before) });
      await context.call("iam", "TagMFADevice", { SerialNumber, Tags: tagsIn(resource) });
      return made;
    },
    delete: (context, { id }) => absent(context.call("iam", "DeleteVirtualMFADevice", { SerialNumber: id })),
  },
};
