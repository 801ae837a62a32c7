import { Dict, isDict, isEqual, isList, truthy, type Value } from "../dict.ts";
import { getAtt, ref, referredId } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { KNOWN_TYPES, type KnownType } from "./attributes.ts";

/** One end of a connector: a resource of the template, or what is said of one that is elsewhere. */
export interface End {
  readonly logicalId: string | undefined;
  readonly type: string;
  readonly arn: Value | undefined;
  readonly role: Value | undefined;
  readonly url: Value | undefined;
  readonly resourceId: Value | undefined;
  readonly name: Value | undefined;
  readonly qualifier: Value | undefined;
}

/** What the SAM resources have become by the time when connectors are made. */
const BECOME: Readonly<Record<string, string>> = {
  "AWS::Serverless::Function": "AWS::Lambda::Function",
  "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
  "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
  "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
  "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
};

export function connectorEnd(connector: string, given: Dict, other: Dict, resources: Dict): End {
  const others = given.keys().some((name) => name !== "Id" && name !== "Qualifier");
  if (given.has("Id") === others) {
    throw badResource(
      connector,
      "Must provide 'Id' (with optional 'Qualifier') or a supported combination of other properties.",
    );
  }
  const id = given.get("Id");
  return truthy(id) ? inTemplate(connector, given, other, resources) : elsewhere(connector, given);
}

function typeOf(connector: string, type: Value | undefined): string {
  if (typeof type === "string" && type !== "") return type;
  throw badResource(connector, "'Type' is missing or not a string.");
}

function elsewhere(connector: string, given: Dict): End {
  const type = typeOf(connector, given.get("Type"));
  return {
    logicalId: undefined,
    type: BECOME[type] ?? type,
    arn: given.get("Arn"),
    role: given.get("RoleName"),
    url: given.get("QueueUrl"),
    resourceId: given.get("ResourceId"),
    name: given.get("Name"),
    qualifier: given.get("Qualifier"),
  };
}

function inTemplate(connector: string, given: Dict, other: Dict, resources: Dict): End {
  const id = given.get("Id");
  if (typeof id !== "string") throw badResource(connector, "'Id' is missing or not a string.");
  const resource = resources.dict(id);
  if (!resource || resource.size === 0)
    throw badResource(connector, `Unable to find resource with logical ID '${id}'.`);
  const type = typeOf(connector, resource.get("Type"));
  const known = KNOWN_TYPES[type] ?? {};
  const output = (name: keyof KnownType) => {
    const attribute = known[name];
    if (attribute === undefined) return undefined;
    return attribute === "Ref" ? ref(id) : getAtt(id, attribute);
  };
  const roleId = referredId(roleOf(known, resource.dict("Properties") ?? new Dict(), other));
  return {
    logicalId: id,
    type,
    arn: output("arn"),
    role: roleId === undefined ? undefined : ref(roleId),
    url: output("url"),
    resourceId: output("id"),
    name: output("name"),
    qualifier: given.has("Qualifier") ? given.get("Qualifier") : known.qualifier,
  };
}

/** The role of a resource; a rule has one for each target. */
function roleOf(known: KnownType, properties: Dict, other: Dict): Value | undefined {
  if (known.role === undefined) return undefined;
  if (known.role !== "Targets") return properties.get(known.role);
  const targets = properties.get("Targets");
  for (const target of isList(targets) ? targets : []) {
    const arn = isDict(target) ? target.get("Arn") : undefined;
    const id = referredId(arn);
    const isOther = id !== undefined && id === other.get("Id");
    if (isDict(target) && (isOther || (truthy(other.get("Arn")) && isEqual(arn, other.get("Arn")))))
      return target.get("RoleArn");
  }
  return undefined;
}
