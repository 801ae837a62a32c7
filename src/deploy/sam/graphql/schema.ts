import type { Schema } from "../schema.ts";
import type { Members, Shape } from "./model.ts";

export const GRAPHQL_API: Schema = {
  Name: "any",
  Tags: "map~",
  XrayEnabled: "any",
  Auth: "!map~",
  SchemaInline: "string~",
  SchemaUri: "string~",
  Logging: "map|boolean~",
  DataSources: "map~",
  Functions: "map~",
  Resolvers: "map~",
  ApiKeys: "map~",
  DomainName: "map~",
  Cache: "map~",
  Visibility: "any",
  OwnerContact: "any",
  IntrospectionConfig: "any",
  QueryDepthLimit: "any",
  ResolverCountLimit: "any",
};

const AUTHORIZER: Members = {
  "Type!": {
    words: ["AWS_IAM", "API_KEY", "AWS_LAMBDA", "OPENID_CONNECT", "AMAZON_COGNITO_USER_POOLS"],
  },
  LambdaAuthorizer: {
    members: {
      AuthorizerResultTtlInSeconds: "any",
      "AuthorizerUri!": "any",
      IdentityValidationExpression: "any",
    },
  },
  OpenIDConnect: { members: { AuthTTL: "any", ClientId: "any", IatTTL: "any", Issuer: "any" } },
  UserPool: {
    members: { AppIdClientRegex: "any", AwsRegion: "any", DefaultAction: "any", "UserPoolId!": "any" },
  },
};

const RUNTIME: Shape = { members: { "Name!": "any", "Version!": "any" } };

const SYNC: Shape = {
  members: {
    "ConflictDetection!": "any",
    ConflictHandler: "any",
    LambdaConflictHandlerConfig: { members: { "LambdaConflictHandlerArn!": "any" } },
  },
};

const TABLE: Members = {
  "TableName!": "any",
  ServiceRoleArn: "any",
  TableArn: "any",
  Permissions: { list: { words: ["Read", "Write"] } },
  Name: "any",
  Description: "any",
  Region: "any",
  DeltaSync: {
    members: { "BaseTableTTL!": "any", "DeltaSyncTableName!": "any", "DeltaSyncTableTTL!": "any" },
  },
  UseCallerCredentials: "any",
  Versioned: "any",
};

const FUNCTION: Members = {
  DataSource: "string or map",
  Runtime: RUNTIME,
  InlineCode: "any",
  CodeUri: "any",
  Description: "any",
  MaxBatchSize: "any",
  Name: "string",
  Id: "any",
  Sync: SYNC,
};

const RESOLVER: Members = {
  FieldName: "string",
  Caching: { members: { "Ttl!": "any", CachingKeys: { list: "any" } } },
  InlineCode: "any",
  CodeUri: "any",
  MaxBatchSize: "any",
  Pipeline: { list: "string" },
  Runtime: RUNTIME,
  Sync: SYNC,
};

/** A GraphQL API's properties, all the way down. */
export const GRAPHQL_MEMBERS: Members = {
  "Auth!": { members: { ...AUTHORIZER, Additional: { list: { members: AUTHORIZER } } } },
  Tags: "map",
  Name: "any",
  XrayEnabled: "boolean",
  SchemaInline: "any",
  SchemaUri: "any",
  Logging: {
    orBoolean: { CloudWatchLogsRoleArn: "any", ExcludeVerboseContent: "any", FieldLogLevel: "any" },
  },
  DataSources: {
    members: {
      DynamoDb: { map: { members: TABLE } },
      Lambda: {
        map: { members: { "FunctionArn!": "any", ServiceRoleArn: "any", Name: "any", Description: "any" } },
      },
    },
  },
  Functions: { map: { members: FUNCTION } },
  Resolvers: { map: { map: { members: RESOLVER } } },
  ApiKeys: { map: { members: { ApiKeyId: "any", Description: "any", ExpiresOn: "any" } } },
  DomainName: { members: { "CertificateArn!": "any", "DomainName!": "any", Description: "any" } },
  Cache: {
    members: {
      "ApiCachingBehavior!": "any",
      "Ttl!": "any",
      "Type!": "any",
      AtRestEncryptionEnabled: "any",
      TransitEncryptionEnabled: "any",
    },
  },
  Visibility: "any",
  OwnerContact: "any",
  IntrospectionConfig: "any",
  QueryDepthLimit: "any",
  ResolverCountLimit: "any",
};
