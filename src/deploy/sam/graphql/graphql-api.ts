// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { CONNECTOR, transformConnector } from "../connectors/connector.ts";
import { Dict, dictOf, isDict, type Literal, truthy, type Value } from "../dict.ts";
import { getAtt, ref, sub } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { Resource, tagList } from "../resource.ts";
import { assumeRolePolicy } from "../roles/policies.ts";
import { type Macro, readMacro } from "../schema.ts";
import type { Translation } from "../translation.ts";
import { authentication } from "./authentication.ts";
import { functionsAndResolvers } from "./functions.ts";
import type { Make } from "./make.ts";
import { firstInvalid } from "./model.ts";
import { GRAPHQL_MEMBERS } from "./schema.ts";

export { GRAPHQL_API } from "./schema.ts";

/** An AppSync API with its schema, its keys, its sources of data, its functions and resolvers. */
export function transformGraphqlApi(macro: Macro, translation: Translation): Resource[] {
  const { id, properties } = macro;
  const invalid = firstInvalid(properties, GRAPHQL_MEMBERS);
  if (invalid !== undefined) throw badResource(id, `Property '${invalid}' is invalid.`);
  const make = maker(macro);
  const apiId = getAtt(id, "ApiId");
  const { api, logRole, authorizers } = graphqlApi(macro, make);
  const schema = schemaOf(macro, make, apiId);
  const connectors = authorizers.flatMap((arn, index) =>
    connect(translation, `${id}ToLambdaAuthConnector${index + 1}`, {
      Source: { Type: "AWS::AppSync::GraphQLApi", Arn: ref(id), ResourceId: apiId },
      Destination: { Type: "AWS::Lambda::Function", Arn: arn },
      Permissions: ["Write"],
    }),
  );
  const sources = dataSources(macro, make, translation);
  const domains = domainName(macro, make);
  const rest = functionsAndResolvers(macro, make, sources.names);
  return [
    api,
    schema,
    ...connectors,
    ...(logRole ? [logRole] : []),
    ...apiKeys(macro, make),
    ...cache(macro, make),
    ...sources.resources,
    ...domains,
    ...rest,
  ];
}

function maker({ id, attributes, dependsOn }: Macro): Make {
  return (type, suffix) => new Resource(type, id + suffix, { attributes, dependsOn });
}

function graphqlApi({ id, properties }: Macro, make: Make) {
  const api = make("AWS::AppSync::GraphQLApi", "");
  const when = (name: string) => (truthy(properties.get(name)) ? properties.get(name) : undefined);
  const { authorizers, ...auth } = authentication(id, properties.dict("Auth") ?? new Dict());
  const tags = properties.dict("Tags")?.shallowCopy() ?? new Dict();
  api.set({
    Name: when("Name") ?? id,
    XrayEnabled: properties.get("XrayEnabled"),
    ...Object.fromEntries(
      ["Visibility", "OwnerContact", "IntrospectionConfig", "QueryDepthLimit", "ResolverCountLimit"].map(
        (name) => [name, when(name)],
      ),
    ),
    ...auth.properties,
    Tags: tagList(tags.set("graphqlapi:createdBy", "SAM")),
  });
  const given = properties.get("Logging");
  if (given === false) return { api, logRole: undefined, authorizers };
  const logging = isDict(given) ? given : new Dict();
  const level = logging.get("FieldLogLevel");
  const verbose = logging.get("ExcludeVerboseContent");
  const own = logging.get("CloudWatchLogsRoleArn");
  const logRole = truthy(own)
    ? undefined
    : make("AWS::IAM::Role", "CloudWatchRole").set({
        AssumeRolePolicyDocument: assumeRolePolicy("appsync.amazonaws.com"),
        ManagedPolicyArns: [
          sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs"),
        ],
      });
  api.set({
    LogConfig: {
      ExcludeVerboseContent: truthy(verbose) ? verbose : undefined,
      FieldLogLevel: truthy(level) ? level : "ALL",
      CloudWatchLogsRoleArn: logRole?.arn ?? own,
    },
  });
  return { api, logRole, authorizers };
}

function schemaOf({ id, properties }: Macro, make: Make, apiId: Dict): Resource {
  const inline = properties.get("SchemaInline");
  const uri = properties.get("SchemaUri");
  if (!truthy(inline) && !truthy(uri))
    throw badResource(id, "One of 'SchemaInline' or 'SchemaUri' must be set.");
  if (truthy(inline) && truthy(uri))
    throw badResource(id, "Both 'SchemaInline' and 'SchemaUri' cannot be defined at the same time.");
  return make("AWS::AppSync::GraphQLSchema", "Schema").set({
    ApiId: apiId,
    Definition: inline,
    DefinitionS3Location: uri,
  });
}

/** What a connector would make. */
function connect(translation: Translation, id: string, properties: { [name: string]: Literal }): Resource[] {
  const type = "AWS::Serverless::Connector";
  const resource = dictOf({ Type: type, Properties: properties });
  return transformConnector(readMacro(CONNECTOR, type, id, resource), translation);
}

function apiKeys({ id, properties }: Macro, make: Make): Resource[] {
  return (properties.dict("ApiKeys")?.entries() ?? []).flatMap(([name, key]) =>
    isDict(key)
      ? make("AWS::AppSync::ApiKey", name).set({
          ApiId: getAtt(id, "ApiId"),
          ApiKeyId: key.get("ApiKeyId"),
          Description: key.get("Description"),
          Expires: key.get("ExpiresOn"),
        })
      : [],
  );
}

function cache({ id, properties }: Macro, make: Make): Resource[] {
  const given = properties.dict("Cache");
  if (!given) return [];
  const made = make("AWS::AppSync::ApiCache", "ApiCache").set({ ApiId: getAtt(id, "ApiId") });
  for (const [name, value] of given.entries()) made.set({ [name]: value });
  return [made];
}

function domainName({ id, properties }: Macro, make: Make): Resource[] {
  const given = properties.dict("DomainName");
  if (!given) return [];
  const domain = make("AWS::AppSync::DomainName", "DomainName");
  for (const [name, value] of given.entries()) domain.set({ [name]: value });
  const association = make("AWS::AppSync::DomainNameApiAssociation", "DomainNameApiAssociation");
  return [domain, association.set({ ApiId: getAtt(id, "ApiId"), DomainName: domain.ref })];
}

interface Sources {
  readonly resources: Resource[];
  /** Names by which functions know them. */
  readonly names: Map<string, Value>;
}

function dataSources(macro: Macro, make: Make, translation: Translation): Sources {
  const all = macro.properties.dict("DataSources");
  const sources: Sources = { resources: [], names: new Map() };
  for (const [kind, type] of [
    ["DynamoDb", "AMAZON_DYNAMODB"],
    ["Lambda", "AWS_LAMBDA"],
  ] as const) {
    for (const [name, given] of all?.dict(kind)?.entries() ?? []) {
      if (!isDict(given)) continue;
      const suffix = `${name}${kind === "Lambda" ? "Lambda" : "DynamoDB"}DataSource`;
      const source = make("AWS::AppSync::DataSource", suffix);
      const own = given.get("Name");
      source.set({
        ApiId: getAtt(macro.id, "ApiId"),
        Name: truthy(own) ? own : name,
        Type: type,
        Description: given.get("Description"),
        ...(kind === "Lambda"
          ? { LambdaConfig: { LambdaFunctionArn: given.get("FunctionArn") } }
          : { DynamoDBConfig: tableConfig(given) }),
      });
      sources.names.set(name, getAtt(source.id, "Name"));
      sources.resources.push(source, ...sourceRole(source, given, make, translation, suffix));
    }
  }
  return sources;
}

function tableConfig(given: Dict) {
  const when = (name: string) => (truthy(given.get(name)) ? given.get(name) : undefined);
  return {
    AwsRegion: when("Region") ?? ref("AWS::Region"),
    TableName: given.get("TableName"),
    UseCallerCredentials: when("UseCallerCredentials"),
    Versioned: when("Versioned"),
    DeltaSyncConfig: when("DeltaSync"),
  };
}

/** The role in which AppSync uses a source, unless it is given. */
function sourceRole(
  source: Resource,
  given: Dict,
  make: Make,
  translation: Translation,
  suffix: string,
): Resource[] {
  const own = given.get("ServiceRoleArn");
  if (truthy(own)) {
    source.set({ ServiceRoleArn: own });
    return [];
  }
  const role = make("AWS::IAM::Role", `${suffix}Role`).set({
    AssumeRolePolicyDocument: assumeRolePolicy("appsync.amazonaws.com"),
  });
  source.set({ ServiceRoleArn: role.arn });
  const isFunction = source.get("Type") === "AWS_LAMBDA";
  const permissions = given.get("Permissions");
  const connectors = connect(translation, `${source.id}To${isFunction ? "Lambda" : "Table"}Connector`, {
    Source: {
      Type: "AWS::AppSync::DataSource",
      Arn: getAtt(source.id, "DataSourceArn"),
      RoleName: role.ref,
    },
    Destination: isFunction
      ? { Type: "AWS::Lambda::Function", Arn: given.get("FunctionArn") }
      : { Type: "AWS::DynamoDB::Table", Arn: tableArn(given) },
    Permissions: isFunction ? ["Write"] : truthy(permissions) ? permissions : ["Read", "Write"],
  });
  return [role, ...connectors];
}

function tableArn(given: Dict): Value {
  const arn = given.get("TableArn");
  if (truthy(arn)) return arn ?? null;
  const region = given.get("Region");
  return sub("arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}", {
    __TableName__: given.get("TableName"),
    __Region__: truthy(region) ? region : ref("AWS::Region"),
  });
}
