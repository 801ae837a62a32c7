import { type Dict, dictOf, isDict, isNothing, truthy, type Value } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { IF_NEEDS_THREE, ifArguments, ifElse, isIf, isNoValue, not } from "../intrinsics.ts";
import { logicalId } from "../logical-id.ts";
import { badResource } from "../problems.ts";
import { shown } from "../python-text.ts";
import { handedOn, Resource } from "../resource.ts";
import {
  invokePolicy,
  publishPolicy,
  putEventsPolicy,
  putObjectPolicy,
  sendMessagePolicy,
} from "../roles/policies.ts";
import type { Macro } from "../schema.ts";
import { conditionsOf, type Translation } from "../translation.ts";

const TYPES = "['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket']";

const POLICIES: Readonly<Record<string, (target: Value, id: string) => Dict>> = {
  SQS: sendMessagePolicy,
  SNS: publishPolicy,
  EventBridge: putEventsPolicy,
  Lambda: invokePolicy,
  S3Bucket: putObjectPolicy,
};

interface Destination {
  /** A queue or a topic that is made for it. */
  readonly resource: Resource | undefined;
  readonly arn: Value;
  readonly policy: Dict;
}

/** What becomes of asynchronous invocations: retries, and where their results go. */
export function invokeConfig(
  macro: Macro,
  translation: Translation,
  aliasName: string,
  alias: Resource | undefined,
): { readonly resources: Resource[]; readonly policies: Dict[] } {
  const { id, attributes, properties } = macro;
  const given = properties.get("EventInvokeConfig");
  if (!isDict(given) || given.size === 0) return { resources: [], policies: [] };
  const configId = `${id}EventInvokeConfig`;
  const resolved = translation.parameters.resolve(given) as Dict;
  const resources: Resource[] = [];
  const policies: Dict[] = [];
  const destinations = dictOf();
  const config = resolved.get("DestinationConfig");
  if (truthy(config)) {
    const map = expectMap(config, { resource: id }, "EventInvokeConfig.DestinationConfig");
    for (const name of ["OnSuccess", "OnFailure"]) {
      const member = map.get(name);
      if (isNothing(member)) continue;
      const owner = { resource: id };
      const one = expectMap(member, owner, `EventInvokeConfig.DestinationConfig.${name}`);
      const destination = destinationOf(macro, translation, one, configId + name);
      destinations.set(name, { Destination: destination.arn });
      one.set("Destination", destination.arn);
      if (destination.resource) resources.push(destination.resource);
      policies.push(destination.policy);
    }
  }
  const made = new Resource("AWS::Lambda::EventInvokeConfig", configId, {
    attributes,
    ...(alias ? { dependsOn: [alias.id] } : {}),
  }).set({
    FunctionName: { Ref: id },
    Qualifier: aliasName || "$LATEST",
    DestinationConfig: destinations,
    MaximumEventAgeInSeconds: resolved.get("MaximumEventAgeInSeconds"),
    MaximumRetryAttempts: resolved.get("MaximumRetryAttempts"),
  });
  return { resources: [...resources, made], policies };
}

function destinationOf(macro: Macro, translation: Translation, config: Dict, id: string): Destination {
  const type = config.get("Type");
  const policyOf = typeof type === "string" ? POLICIES[type] : undefined;
  if (!policyOf) throw badResource(macro.id, `'Type: ${shown(type)}' must be one of ${TYPES}`);
  const given = config.get("Destination");
  const choice = choiceOf(translation, given, `${macro.id}EventInvokeConfig`);
  if (!isNothing(given) && !choice) return { resource: undefined, arn: given, policy: policyOf(given, id) };
  if (type !== "SQS" && type !== "SNS")
    throw badResource(macro.id, "Destination is required if Type is not ['SQS', 'SNS']");
  const handed = handedOn(macro.attributes);
  const resource =
    type === "SQS"
      ? new Resource("AWS::SQS::Queue", `${id}Queue`, { attributes: handed })
      : new Resource("AWS::SNS::Topic", `${id}Topic`, { attributes: handed });
  const condition = bothConditions(macro, translation, handed.get("Condition"), choice?.condition);
  if (condition) resource.attributes.set("Condition", condition);
  const arn = choice ? ifElse(choice.condition, resource.arn, choice.arn) : resource.arn;
  return { resource, arn, policy: policyOf(arn, id) };
}

/** When a destination must be made: where an `Fn::If` has no value for one case. */
function choiceOf(translation: Translation, destination: Value | undefined, id: string) {
  if (!isIf(destination)) return undefined;
  const choice = ifArguments(destination);
  if (!choice) throw badResource(id, `Malformed 'Destination' property: ${IF_NEEDS_THREE}.`);
  const [condition, whenTrue, whenFalse] = choice;
  if (isNoValue(whenTrue)) return isNoValue(whenFalse) ? undefined : { condition, arn: whenFalse };
  if (!isNoValue(whenFalse)) return undefined;
  const negated = logicalId(`NOT${String(condition)}`, id);
  conditionsOf(translation).set(negated, not(String(condition)));
  return { condition: negated, arn: whenTrue };
}

function bothConditions(
  macro: Macro,
  translation: Translation,
  own: Value | undefined,
  other: Value | undefined,
): Value | undefined {
  if (isNothing(own)) return other;
  if (isNothing(other)) return own;
  const name = logicalId(`${String(own)}AND${String(other)}`, macro.id);
  // Conditions within conditions are named twice over; CloudFormation sees what it would see in AWS.
  const named = [own, other].map((condition) => ({ Condition: { Condition: condition } }));
  conditionsOf(translation).set(name, { "Fn::And": named });
  return name;
}
