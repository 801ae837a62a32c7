// Connections and API destinations of stacks.
import type { ResourceTypes } from "../define.ts";
import { callWithProperties } from "../property-input.ts";
import { gone, text } from "../resource-types.ts";

const MISSING = "ResourceNotFoundException";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-connection.html */
export const connectionResources: ResourceTypes = {
  "AWS::Events::Connection": {
    attributes: ["Arn", "ArnForPolicy", "SecretArn"],
    properties: {
      AuthParameters: "update",
      AuthorizationType: "update",
      Description: "update",
      InvocationConnectivityParameters: "accepted",
      KmsKeyIdentifier: "accepted",
      Name: "replace",
    },
    required: ["AuthorizationType", "AuthParameters"],
    async create(context, resource) {
      const Name = text(resource.properties.Name) ?? resource.name(64);
      const input = { ...resource.properties, Name };
      const { ConnectionArn = "" } = await callWithProperties(context, "events", "CreateConnection", input);
      const { SecretArn = "" } = await context.call("events", "DescribeConnection", { Name });
      return { id: Name, attributes: { ...arnsOf(ConnectionArn), SecretArn } };
    },
    async update(context, { properties }, made) {
      const input = { Description: "", ...properties, Name: made.id };
      await callWithProperties(context, "events", "UpdateConnection", input);
      return made;
    },
    delete: (context, { id: Name }) => gone(context.call("events", "DeleteConnection", { Name }), MISSING),
  },
  "AWS::Events::ApiDestination": {
    attributes: ["Arn", "ArnForPolicy"],
    properties: {
      ConnectionArn: "update",
      Description: "update",
      HttpMethod: "update",
      InvocationEndpoint: "update",
      InvocationRateLimitPerSecond: "update",
      Name: "replace",
    },
    required: ["ConnectionArn", "HttpMethod", "InvocationEndpoint"],
    async create(context, resource) {
      const Name = text(resource.properties.Name) ?? resource.name(64);
      const input = { ...resource.properties, Name };
      const made = await callWithProperties(context, "events", "CreateApiDestination", input);
      return { id: Name, attributes: arnsOf(made.ApiDestinationArn ?? "") };
    },
    async update(context, { properties }, made) {
      const usual = { Description: "", InvocationRateLimitPerSecond: USUAL_RATE };
      const input = { ...usual, ...properties, Name: made.id };
      await callWithProperties(context, "events", "UpdateApiDestination", input);
      return made;
    },
    delete: (context, { id: Name }) =>
      gone(context.call("events", "DeleteApiDestination", { Name }), MISSING),
  },
};

const USUAL_RATE = 300;

/** Policies name them without the id that their ARN ends with. */
const arnsOf = (Arn: string) => ({ Arn, ArnForPolicy: Arn.replace(/\/[^/]*$/, "") });
