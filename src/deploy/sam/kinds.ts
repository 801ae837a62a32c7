import { transformHttpApi } from "./apis/http-api.ts";
import { transformRestApi } from "./apis/rest-api.ts";
import { HTTP_API, REST_API, WEBSOCKET_API } from "./apis/schema.ts";
import { transformWebSocketApi } from "./apis/websocket-api.ts";
import { CONNECTOR, transformConnector } from "./connectors/connector.ts";
import { type Dict, isDict } from "./dict.ts";
import { transformFunction } from "./functions/function.ts";
import { FUNCTION } from "./functions/schema.ts";
import { GRAPHQL_API, transformGraphqlApi } from "./graphql/graphql-api.ts";
import { APPLICATION, nestedApplication } from "./others/application.ts";
import { CAPACITY_PROVIDER, transformCapacityProvider } from "./others/capacity-provider.ts";
import { LAYER, layerVersion } from "./others/layer.ts";
import { SIMPLE_TABLE, simpleTable } from "./others/simple-table.ts";
import type { Resource } from "./resource.ts";
import type { Macro, Schema } from "./schema.ts";
import { STATE_MACHINE, transformStateMachine } from "./state-machines/state-machine.ts";
import type { Translation } from "./translation.ts";

/** A type of the Serverless Application Model. */
export interface ResourceKind {
  readonly type: string;
  readonly schema: Schema;
  /** Types that may have the resource's own id. */
  readonly becomes: readonly string[];
  /** `!Ref Function.Alias` and the like: the type that is meant. */
  readonly references?: Readonly<Record<string, string>>;
  /** Its first resource has an id of its own, for which others must look. */
  readonly renames?: boolean;
  readonly hasPolicies?: boolean;
  transform(macro: Macro, translation: Translation): Resource[];
}

const V2_REFERENCES = { Stage: "AWS::ApiGatewayV2::Stage", DomainName: "AWS::ApiGatewayV2::DomainName" };

/** In the order in which they are transformed: what others add to comes after them. */
const ALL: readonly ResourceKind[] = [
  {
    type: "AWS::Serverless::Function",
    schema: FUNCTION,
    becomes: ["AWS::Lambda::Function"],
    hasPolicies: true,
    references: {
      Alias: "AWS::Lambda::Alias",
      Version: "AWS::Lambda::Version",
      DestinationTopic: "AWS::SNS::Topic",
      DestinationQueue: "AWS::SQS::Queue",
    },
    transform: transformFunction,
  },
  {
    type: "AWS::Serverless::StateMachine",
    schema: STATE_MACHINE,
    becomes: ["AWS::StepFunctions::StateMachine"],
    hasPolicies: true,
    transform: transformStateMachine,
  },
  {
    type: "AWS::Serverless::Api",
    schema: REST_API,
    becomes: ["AWS::ApiGateway::RestApi"],
    references: Object.fromEntries(
      ["Stage", "Deployment", "DomainName", "DomainNameV2", "UsagePlan", "UsagePlanKey", "ApiKey"].map(
        (name) => [name, `AWS::ApiGateway::${name}`],
      ),
    ),
    transform: transformRestApi,
  },
  {
    type: "AWS::Serverless::HttpApi",
    schema: HTTP_API,
    becomes: ["AWS::ApiGatewayV2::Api"],
    references: V2_REFERENCES,
    transform: transformHttpApi,
  },
  {
    type: "AWS::Serverless::WebSocketApi",
    schema: WEBSOCKET_API,
    becomes: ["AWS::ApiGatewayV2::Api"],
    references: V2_REFERENCES,
    transform: transformWebSocketApi,
  },
  {
    type: "AWS::Serverless::SimpleTable",
    schema: SIMPLE_TABLE,
    becomes: ["AWS::DynamoDB::Table"],
    transform: simpleTable,
  },
  {
    type: "AWS::Serverless::LayerVersion",
    schema: LAYER,
    becomes: ["AWS::Lambda::LayerVersion"],
    renames: true,
    transform: layerVersion,
  },
  {
    type: "AWS::Serverless::Application",
    schema: APPLICATION,
    becomes: ["AWS::CloudFormation::Stack"],
    transform: nestedApplication,
  },
  {
    type: "AWS::Serverless::CapacityProvider",
    schema: CAPACITY_PROVIDER,
    becomes: ["AWS::Lambda::CapacityProvider"],
    transform: transformCapacityProvider,
  },
  {
    type: "AWS::Serverless::GraphQLApi",
    schema: GRAPHQL_API,
    becomes: ["AWS::AppSync::GraphQLApi"],
    transform: transformGraphqlApi,
  },
  {
    type: "AWS::Serverless::Connector",
    schema: CONNECTOR,
    becomes: [],
    transform: transformConnector,
  },
];

export const KINDS: Readonly<Record<string, ResourceKind>> = Object.fromEntries(
  ALL.map((kind) => [kind.type, kind]),
);

/** Functions, state machines, APIs, the others, connectors. */
const ROUNDS: readonly (readonly string[])[] = [
  ["Function"],
  ["StateMachine"],
  ["Api", "HttpApi", "WebSocketApi"],
  ["SimpleTable", "LayerVersion", "Application", "CapacityProvider", "GraphQLApi"],
  ["Connector"],
];

export function kindsInOrder(resources: Dict): [string, Dict, ResourceKind][] {
  return ROUNDS.flatMap((names) =>
    resources.entries().flatMap(([id, resource]): [string, Dict, ResourceKind][] => {
      const type = isDict(resource) ? resource.get("Type") : undefined;
      const kind = typeof type === "string" && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
      if (!isDict(resource) || !kind || !names.includes(kind.type.slice("AWS::Serverless::".length)))
        return [];
      return [[id, resource, kind]];
    }),
  );
}
