// What is changed of an API that was made quickly, with a target and little else.
import type { Context, ResourceTypes } from "../../../define.ts";
import { members, type Properties, text } from "../../../resource-types.ts";
import { change } from "../changes.ts";
import { updateIntegration } from "../integrations.ts";
import { listParts } from "../records.ts";
import { apiIn, inputOf } from "./properties.ts";

/** The one integration, route and stage that the API has by itself. */
async function override(context: Context, properties: Properties): Promise<void> {
  const api = apiIn(properties);
  const { Integration, Route, Stage } = properties;
  if (Integration !== undefined) {
    await change(context, api.ApiId, async ({ tx, api: record }) => {
      const all = await listParts(tx, record.ApiId, "integration");
      const managed = all.find(({ ApiGatewayManaged }) => ApiGatewayManaged);
      if (managed) updateIntegration(tx, record, managed, inputOf(members(Integration)));
    });
  }
  if (Route !== undefined) {
    const { Items = [] } = await context.call("apigatewayv2", "GetRoutes", api);
    const RouteId = Items.find(({ ApiGatewayManaged }) => ApiGatewayManaged)?.RouteId;
    const input = { ...api, RouteId, ...inputOf(members(Route)) };
    await context.call("apigatewayv2", "UpdateRoute", input as never);
  }
  if (Stage !== undefined) {
    const input = { ...api, StageName: "$default", ...inputOf(members(Stage)) };
    await context.call("apigatewayv2", "UpdateStage", input as never);
  }
}

export const overrides: ResourceTypes = {
  "AWS::ApiGatewayV2::ApiGatewayManagedOverrides": {
    properties: { ApiId: "replace", Integration: "update", Route: "update", Stage: "update" },
    required: ["ApiId"],
    async create(context, resource) {
      await override(context, resource.properties);
      return { id: `${text(resource.properties.ApiId)}`, attributes: {} };
    },
    async update(context, { properties }, made) {
      await override(context, properties);
      return made;
    },
    // What was changed stays as it is: there is nothing that says what it was.
    async delete() {},
  },
};
