// What is written about an API.
import type { ResourceTypes } from "../../../define.ts";
import { given, gone, text } from "../../../resource-types.ts";
import { apiIn, lowered, MISSING, patchesOf, replaceAll, updateAll } from "./properties.ts";

export const documentation: ResourceTypes = {
  "AWS::ApiGateway::DocumentationPart": {
    properties: { ...replaceAll("Location", "RestApiId"), ...updateAll("Properties") },
    required: ["Location", "Properties", "RestApiId"],
    async create(context, { properties }) {
      const { id = "" } = await context.call("apigateway", "CreateDocumentationPart", {
        ...apiIn(properties),
        location: lowered(properties.Location) as never,
        properties: text(properties.Properties),
      });
      return { id, attributes: { DocumentationPartId: id } };
    },
    async update(context, { properties }, made, before) {
      await context.call("apigateway", "UpdateDocumentationPart", {
        ...apiIn(properties),
        documentationPartId: made.id,
        patchOperations: patchesOf({ Properties: "/properties" }, properties, before),
      });
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigateway", "DeleteDocumentationPart", {
          ...apiIn(properties),
          documentationPartId: id,
        }),
        MISSING,
      ),
  },
  "AWS::ApiGateway::DocumentationVersion": {
    properties: { ...replaceAll("DocumentationVersion", "RestApiId"), ...updateAll("Description") },
    required: ["DocumentationVersion", "RestApiId"],
    async create(context, { properties }) {
      const documentationVersion = text(properties.DocumentationVersion) ?? "";
      await context.call("apigateway", "CreateDocumentationVersion", {
        ...apiIn(properties),
        documentationVersion,
        ...given({ description: text(properties.Description) }),
      });
      return { id: documentationVersion, attributes: {} };
    },
    async update(context, { properties }, made, before) {
      await context.call("apigateway", "UpdateDocumentationVersion", {
        ...apiIn(properties),
        documentationVersion: made.id,
        patchOperations: patchesOf({ Description: "/description" }, properties, before),
      });
      return made;
    },
    delete: (context, { id }, properties) =>
      gone(
        context.call("apigateway", "DeleteDocumentationVersion", {
          ...apiIn(properties),
          documentationVersion: id,
        }),
        MISSING,
      ),
  },
};
