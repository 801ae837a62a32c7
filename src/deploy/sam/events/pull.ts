// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { type Dict, dictOf, isDict, isList, truthy, type Value } from "../dict.ts";
import { expectMap, expectString } from "../expect.ts";
import { isIntrinsic, sub } from "../intrinsics.ts";
import { badEvent } from "../problems.ts";
import { withoutUnicode } from "../python-text.ts";
import { managedPolicyArn } from "../region.ts";
import { Resource } from "../resource.ts";
import { publishPolicy, putObjectPolicy, sendMessagePolicy } from "../roles/policies.ts";
import { addToRole } from "../roles/role.ts";
import type { Macro, Schema } from "../schema.ts";
import type { EventContext, EventKind } from "./kind.ts";

const PULL: Schema = {
  BatchSize: "integer",
  StartingPosition: "any",
  StartingPositionTimestamp: "any",
  Enabled: "boolean",
  MaximumBatchingWindowInSeconds: "integer",
  MaximumRetryAttempts: "integer",
  BisectBatchOnFunctionError: "boolean",
  MaximumRecordAgeInSeconds: "integer",
  DestinationConfig: "map",
  ParallelizationFactor: "integer",
  Topics: "list",
  Queues: "list",
  SourceAccessConfigurations: "list",
  SecretsManagerKmsKeyId: "string",
  TumblingWindowInSeconds: "integer",
  FunctionResponseTypes: "list",
  KafkaBootstrapServers: "list",
  FilterCriteria: "map",
  KmsKeyArn: "any",
  ConsumerGroupId: "string",
  ScalingConfig: "map",
  ProvisionedPollerConfig: "map",
  SchemaRegistryConfig: "map",
  MetricsConfig: "map",
  LoggingConfig: "map",
};

/** Properties of the mapping by the same name. */
const SAME = [
  "StartingPosition",
  "StartingPositionTimestamp",
  "BatchSize",
  "Enabled",
  "MaximumBatchingWindowInSeconds",
  "MaximumRetryAttempts",
  "BisectBatchOnFunctionError",
  "MaximumRecordAgeInSeconds",
  "ParallelizationFactor",
  "Topics",
  "Queues",
  "SourceAccessConfigurations",
  "TumblingWindowInSeconds",
  "FunctionResponseTypes",
  "FilterCriteria",
  "KmsKeyArn",
  "ScalingConfig",
  "ProvisionedPollerConfig",
  "MetricsConfig",
  "LoggingConfig",
];

interface PullOptions {
  readonly schema: Schema;
  /** The property that names the source. */
  readonly source?: string;
  /** AWS's policy that the role gets. */
  readonly policy?: string;
  /** More that the role may do. */
  documents?(event: Macro, context: EventContext): readonly Dict[];
  extra?(event: Macro): Record<string, Value>;
}

/** An event that Lambda polls for: a mapping, and what the role may do. */
export function pullEvent(options: PullOptions): EventKind {
  return {
    schema: { ...PULL, ...options.schema },
    make(event, context) {
      const { properties } = event;
      const { target } = context;
      const made = new Resource("AWS::Lambda::EventSourceMapping", event.id, { attributes: target.handedOn });
      made.set({
        FunctionName: target.ref,
        EventSourceArn: options.source === undefined ? undefined : properties.get(options.source),
        ...Object.fromEntries(SAME.map((name) => [name, properties.get(name)])),
      });
      checkFilters(event);
      made.set(kafkaConfig(event));
      const policy = destinationPolicy(event);
      made.set({
        DestinationConfig: truthy(properties.get("DestinationConfig"))
          ? properties.get("DestinationConfig")
          : undefined,
        ...options.extra?.(event),
      });
      const documents = options.documents?.(event, context) ?? [];
      const { place } = context.translation;
      const arn = options.policy && managedPolicyArn(place, `service-role/${options.policy}`);
      if (context.role) addToRole(context.role, arn, [...documents, ...(policy ? [policy] : [])]);
      return [made];
    },
  };
}

/** The mapping of a queue that stands behind a topic. */
export function sourceMapping(id: string, context: EventContext, queue: Value, size: Value): Resource[] {
  const made = new Resource("AWS::Lambda::EventSourceMapping", id, { attributes: context.target.handedOn });
  made.set({ FunctionName: context.target.ref, EventSourceArn: queue, BatchSize: size, Enabled: true });
  const arn = managedPolicyArn(context.translation.place, "service-role/AWSLambdaSQSQueueExecutionRole");
  if (context.role) addToRole(context.role, arn, []);
  return [made];
}

function checkFilters({ name, properties }: Macro): void {
  const criteria = properties.get("FilterCriteria");
  if (!isDict(criteria) || criteria.size === 0 || isIntrinsic(criteria)) return;
  if (criteria.size !== 1 || !criteria.has("Filters"))
    throw badEvent(name, "FilterCriteria field has a wrong format");
}

function kafkaConfig({ id, type, properties }: Macro): Record<string, Value | undefined> {
  const servers = properties.get("KafkaBootstrapServers");
  const group = properties.get("ConsumerGroupId");
  const registry = properties.get("SchemaRegistryConfig");
  const isKafka = type === "MSK" || type === "SelfManagedKafka";
  if (truthy(group) && !isKafka)
    throw badEvent(id, `Property ConsumerGroupId not defined for resource of type ${type}.`);
  const config = dictOf({
    ConsumerGroupId: truthy(group) ? group : undefined,
    SchemaRegistryConfig: truthy(registry) ? registry : undefined,
  });
  const name = type === "MSK" ? "AmazonManagedKafkaEventSourceConfig" : "SelfManagedKafkaEventSourceConfig";
  return {
    SelfManagedEventSource: truthy(servers)
      ? dictOf({ Endpoints: { KafkaBootstrapServers: servers } })
      : undefined,
    [name]: isKafka && config.size > 0 ? config : undefined,
  };
}

/** What the role may do for records that failed. The kind of destination is SAM's own word. */
function destinationPolicy({ id, properties }: Macro): Dict | undefined {
  const config = properties.get("DestinationConfig");
  if (!truthy(config) || !isDict(config)) return undefined;
  const failure = expectMap(config.get("OnFailure"), { event: id }, "DestinationConfig.OnFailure");
  const type = failure.get("Type");
  if (!truthy(type)) return undefined;
  failure.delete("Type");
  const target = failure.get("Destination") ?? null;
  if (type === "SQS") return sendMessagePolicy(target, id);
  if (type === "SNS") return publishPolicy(target, id);
  if (type === "S3") return putObjectPolicy(target, id);
  if (type === "Kafka") return undefined;
  throw badEvent(id, "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'");
}

const mayRead = (secret: Value | undefined) =>
  dictOf({ Action: ["secretsmanager:GetSecretValue"], Effect: "Allow", Resource: secret });

export const MAY_USE_NETWORK = {
  Action: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
  ],
  Effect: "Allow",
  Resource: "*",
};

/** The statement for the key that a secret is encrypted with; its action is a list or not. */
export function mayDecrypt({ name, properties }: Macro, action: Value): Dict[] {
  const given = properties.get("SecretsManagerKmsKeyId");
  if (!truthy(given)) return [];
  const key = expectString(given, { event: name }, "SecretsManagerKmsKeyId");
  const arn = `arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/${key}`;
  return [dictOf({ Action: action, Effect: "Allow", Resource: sub(arn) })];
}

/** The secret with a broker's or a database's password. */
function basicAuth({ name, type, properties }: Macro, supported: readonly string[]): Value {
  const list = properties.get("SourceAccessConfigurations");
  if (!truthy(list)) throw badEvent(name, `No SourceAccessConfigurations for Amazon ${type} event provided.`);
  if (!isList(list))
    throw badEvent(name, "Provided SourceAccessConfigurations cannot be parsed into a list.");
  let found: Value | undefined;
  for (const [index, item] of list.entries()) {
    const path = `SourceAccessConfigurations[${index}]`;
    const access = expectMap(item, { event: name }, path);
    const kind = expectString(access.get("Type"), { event: name }, `${path}.Type`);
    if (!supported.includes(kind)) {
      throw badEvent(
        name,
        "Invalid property Type specified in SourceAccessConfigurations. The supported values are: " +
          `${withoutUnicode([...supported])}.`,
      );
    }
    if (kind !== "BASIC_AUTH") continue;
    if (found)
      throw badEvent(name, "Multiple BASIC_AUTH properties specified in SourceAccessConfigurations.");
    found = access.get("URI");
    if (!truthy(found))
      throw badEvent(name, "No BASIC_AUTH URI property specified in SourceAccessConfigurations.");
  }
  if (found === undefined || found === null)
    throw badEvent(name, "No BASIC_AUTH property specified in SourceAccessConfigurations.");
  return found;
}

const STREAM: Schema = { Stream: "!any", StartingPosition: "!any" };

export const kinesis = pullEvent({
  schema: STREAM,
  source: "Stream",
  policy: "AWSLambdaKinesisExecutionRole",
});

export const dynamoDb = pullEvent({
  schema: STREAM,
  source: "Stream",
  policy: "AWSLambdaDynamoDBExecutionRole",
});

export const queue = pullEvent({
  schema: { Queue: "!any" },
  source: "Queue",
  policy: "AWSLambdaSQSQueueExecutionRole",
});

export const broker = pullEvent({
  schema: { Broker: "!any", DynamicPolicyName: "boolean~" },
  source: "Broker",
  documents(event) {
    const secret = basicAuth(event, ["BASIC_AUTH", "VIRTUAL_HOST"]);
    const isDynamic = truthy(event.properties.get("DynamicPolicyName"));
    const mq = { Action: ["mq:DescribeBroker"], Effect: "Allow", Resource: event.properties.get("Broker") };
    return [
      dictOf({
        PolicyName: isDynamic ? `${event.id}AMQPolicy` : "SamAutoGeneratedAMQPolicy",
        PolicyDocument: { Statement: [mayRead(secret), mq, ...mayDecrypt(event, "kms:Decrypt")] },
      }),
    ];
  },
});

export const documentDb = pullEvent({
  schema: { Cluster: "!any", DatabaseName: "!any", CollectionName: "any", FullDocument: "any" },
  source: "Cluster",
  extra({ properties }) {
    const when = (name: string) => (truthy(properties.get(name)) ? properties.get(name) : undefined);
    return {
      DocumentDBEventSourceConfig: dictOf({
        DatabaseName: properties.get("DatabaseName"),
        CollectionName: when("CollectionName"),
        FullDocument: when("FullDocument"),
      }),
    };
  },
  documents(event) {
    const rds = "arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:";
    const may = (action: string, resource: Value | undefined) =>
      dictOf({ Action: [action], Effect: "Allow", Resource: resource });
    return [
      dictOf({
        PolicyName: "SamAutoGeneratedDocumentDBPolicy",
        PolicyDocument: {
          Statement: [
            mayRead(basicAuth(event, ["BASIC_AUTH"])),
            may("rds:DescribeDBClusterParameters", sub(`${rds}cluster-pg:*`)),
            may("rds:DescribeDBSubnetGroups", sub(`${rds}subgrp:*`)),
            may("rds:DescribeDBClusters", event.properties.get("Cluster")),
            MAY_USE_NETWORK,
            ...mayDecrypt(event, ["kms:Decrypt"]),
          ],
        },
      }),
    ];
  },
});
