import { type Dict, dictOf, isDict, isList, truthy, type Value } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { isIntrinsic, sub } from "../intrinsics.ts";
import { badEvent } from "../problems.ts";
import type { Macro } from "../schema.ts";
import type { EventContext } from "./kind.ts";
import { MAY_USE_NETWORK, mayDecrypt, pullEvent } from "./pull.ts";

const AUTHENTICATIONS = [
  "SASL_SCRAM_256_AUTH",
  "SASL_SCRAM_512_AUTH",
  "BASIC_AUTH",
  "CLIENT_CERTIFICATE_TLS_AUTH",
];

const mayRead = (secret: Value | undefined) =>
  dictOf({ Action: ["secretsmanager:GetSecretValue"], Effect: "Allow", Resource: secret });

export const managedKafka = pullEvent({
  schema: { Stream: "!any", StartingPosition: "!any" },
  source: "Stream",
  policy: "AWSLambdaMSKExecutionRole",
  documents(event, context) {
    const list = event.properties.get("SourceAccessConfigurations");
    const certificates = (isList(list) ? list : []).flatMap((access) =>
      isDict(access) && access.get("Type") === "CLIENT_CERTIFICATE_TLS_AUTH" && truthy(access.get("URI"))
        ? [mayRead(access.get("URI"))]
        : [],
    );
    const statements = [...registryStatements(event, context), ...certificates];
    if (statements.length === 0) return [];
    return [dictOf({ PolicyName: "MSKExecutionRolePolicy", PolicyDocument: { Statement: statements } })];
  },
});

export const selfManagedKafka = pullEvent({
  schema: {},
  documents(event, context) {
    const { name, properties } = event;
    const topics = properties.get("Topics");
    if (!truthy(properties.get("KafkaBootstrapServers")))
      throw badEvent(name, "No KafkaBootstrapServers provided for self managed kafka as an event source");
    if (!truthy(topics)) throw badEvent(name, "No Topics provided for self managed kafka as an event source");
    const count = isList(topics) ? topics.length : isDict(topics) ? topics.size : 0;
    if (count !== 1)
      throw badEvent(name, "Topics for self managed kafka only supports single configuration entry.");
    if (!truthy(properties.get("SourceAccessConfigurations"))) {
      throw badEvent(name, "No SourceAccessConfigurations for self managed kafka event provided.");
    }
    const access = accessOf(event);
    const statements = [
      ...(access.secret === undefined ? [] : [mayRead(access.secret)]),
      ...(access.certificate === undefined ? [] : [mayRead(access.secret ?? null)]),
      ...(access.network ? [dictOf(MAY_USE_NETWORK)] : []),
      ...mayDecrypt(event, ["kms:Decrypt"]),
      ...registryStatements(event, context),
    ];
    return [
      dictOf({
        PolicyDocument: { Statement: statements, Version: "2012-10-17" },
        PolicyName: "SelfManagedKafkaExecutionRolePolicy",
      }),
    ];
  },
});

interface Access {
  secret: Value | undefined;
  certificate: Value | undefined;
  network: boolean;
}

/** How the cluster is reached. */
function accessOf({ name, properties }: Macro): Access {
  const list = properties.get("SourceAccessConfigurations");
  if (!isList(list)) {
    throw badEvent(name, "SourceAccessConfigurations for self managed kafka event should be a list.");
  }
  const access: Access = { secret: undefined, certificate: undefined, network: false };
  const network = new Set<Value>();
  for (const item of list) {
    const config = expectMap(item, { resource: name }, "SourceAccessConfigurations");
    const type = config.get("Type") ?? null;
    const uri = config.get("URI");
    if (type === "VPC_SUBNET" || type === "VPC_SECURITY_GROUP") {
      checkUri(name, uri, type);
      network.add(type);
    } else if (typeof type === "string" && AUTHENTICATIONS.includes(type)) {
      if (truthy(access.secret)) {
        throw badEvent(
          name,
          "Multiple auth mechanism properties specified in SourceAccessConfigurations for self managed " +
            "kafka event.",
        );
      }
      checkUri(name, uri, "auth mechanism");
      access.secret = uri;
    } else if (type === "SERVER_ROOT_CA_CERTIFICATE") {
      checkUri(name, uri, type);
      access.certificate = uri;
    } else {
      throw badEvent(name, "Invalid SourceAccessConfigurations Type provided for self managed kafka event.");
    }
  }
  if (network.size === 1) {
    throw badEvent(
      name,
      "VPC_SUBNET and VPC_SECURITY_GROUP in SourceAccessConfigurations for SelfManagedKafka must be both " +
        "provided.",
    );
  }
  return { ...access, network: network.size === 2 };
}

function checkUri(name: string, uri: Value | undefined, what: string): void {
  const where = "URI property specified in SourceAccessConfigurations for self managed kafka event.";
  if (!truthy(uri)) throw badEvent(name, `No ${what} ${where}`);
  if (typeof uri !== "string" && !isIntrinsic(uri)) throw badEvent(name, `Wrong Type for ${what} ${where}`);
}

/** What the role may do with the registry of the records' schemas. */
function registryStatements(event: Macro, { translation }: EventContext): Dict[] {
  const config = event.properties.get("SchemaRegistryConfig");
  if (!truthy(config)) return [];
  const registry = checkRegistry(event, config);
  const access = registry.get("AccessConfigs");
  const statements = (isList(access) ? access : []).flatMap((one) =>
    isDict(one) && one.has("URI") ? [mayRead(one.get("URI"))] : [],
  );
  const uri = registry.get("SchemaRegistryURI");
  const resolved = isDict(uri) ? translation.parameters.resolve(uri.shallowCopy()) : uri;
  const arn = isDict(resolved) ? resolved.get("Fn::Sub") : resolved;
  const name = typeof arn === "string" ? registryName(arn) : undefined;
  if (name === undefined) return statements;
  const schemas = sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:schema/${name}/*`);
  return [
    ...statements,
    dictOf({ Action: ["glue:GetRegistry"], Effect: "Allow", Resource: uri }),
    dictOf({ Action: ["glue:GetSchemaVersion"], Effect: "Allow", Resource: [schemas] }),
  ];
}

function registryName(arn: string): string | undefined {
  const resource = arn.startsWith("arn") ? arn.split(":")[5] : undefined;
  return resource?.startsWith("registry/") ? resource.slice("registry/".length) : undefined;
}

function checkRegistry({ name }: Macro, config: Value | undefined): Dict {
  const registry = expectMap(config, { event: name }, "SchemaRegistryConfig");
  for (const field of ["SchemaRegistryURI", "EventRecordFormat", "SchemaValidationConfigs"])
    if (!registry.has(field)) throw badEvent(name, `Missing required field ${field} in SchemaRegistryConfig`);
  const format = registry.get("EventRecordFormat");
  if (format !== "JSON" && format !== "SOURCE")
    throw badEvent(name, "EventRecordFormat in SchemaRegistryConfig must be either 'JSON' or 'SOURCE'");
  if (!isList(registry.get("SchemaValidationConfigs")))
    throw badEvent(name, "SchemaValidationConfigs must be a list");
  const access = registry.get("AccessConfigs");
  if (!truthy(access)) return registry;
  if (!isList(access)) throw badEvent(name, "AccessConfigs in SchemaRegistryConfig must be a list");
  for (const one of access)
    if (!isDict(one) || !one.has("Type") || !one.has("URI"))
      throw badEvent(name, "Each AccessConfig must be a dict with 'Type' and 'URI' fields");
  return registry;
}
