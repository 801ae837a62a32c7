// What belongs to an account and is used by its APIs.
import type { Context, ResourceTypes } from "../../../define.ts";
import { gone, list, type Properties, tagsOf, text } from "../../../resource-types.ts";
import { MISSING, patchesOf, replaceAll, retag, updateAll } from "./properties.ts";

/** There is one account, whose settings are left as they are when the resource goes. */
async function putAccount(context: Context, { CloudWatchRoleArn }: Properties): Promise<void> {
  const value = text(CloudWatchRoleArn) ?? "";
  const patchOperations = [{ op: "replace" as const, path: "/cloudwatchRoleArn", value }];
  await context.call("apigateway", "UpdateAccount", { patchOperations });
}

export const account: ResourceTypes = {
  "AWS::ApiGateway::Account": {
    properties: updateAll("CloudWatchRoleArn"),
    async create(context, resource) {
      await putAccount(context, resource.properties);
      const id = resource.name(128);
      return { id, attributes: { Id: id } };
    },
    async update(context, { properties }, made) {
      await putAccount(context, properties);
      return made;
    },
    async delete() {},
  },
  "AWS::ApiGateway::ClientCertificate": {
    properties: updateAll("Description", "Tags"),
    async create(context, resource) {
      const description = text(resource.properties.Description);
      const { clientCertificateId: id = "" } = await context.call("apigateway", "GenerateClientCertificate", {
        ...(description === undefined ? {} : { description }),
        tags: tagsOf(resource),
      });
      return { id, attributes: { ClientCertificateId: id } };
    },
    async update(context, resource, made, before) {
      const patchOperations = patchesOf({ Description: "/description" }, resource.properties, before);
      await context.call("apigateway", "UpdateClientCertificate", {
        clientCertificateId: made.id,
        patchOperations,
      });
      await retag(context, `clientcertificates/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("apigateway", "DeleteClientCertificate", { clientCertificateId: id }), MISSING),
  },
  "AWS::ApiGateway::VpcLink": {
    properties: { ...updateAll("Description", "Name", "Tags"), ...replaceAll("TargetArns") },
    required: ["Name", "TargetArns"],
    async create(context, resource) {
      const { Description, Name, TargetArns } = resource.properties;
      const description = text(Description);
      const { id = "" } = await context.call("apigateway", "CreateVpcLink", {
        name: text(Name),
        targetArns: list(TargetArns).map((each) => text(each) ?? ""),
        ...(description === undefined ? {} : { description }),
        tags: tagsOf(resource),
      });
      return { id, attributes: { VpcLinkId: id } };
    },
    async update(context, resource, made, before) {
      const paths = { Description: "/description", Name: "/name" };
      const patchOperations = patchesOf(paths, resource.properties, before);
      await context.call("apigateway", "UpdateVpcLink", { vpcLinkId: made.id, patchOperations });
      await retag(context, `vpclinks/${made.id}`, tagsOf(resource));
      return made;
    },
    delete: (context, { id }) =>
      gone(context.call("apigateway", "DeleteVpcLink", { vpcLinkId: id }), MISSING),
  },
};
