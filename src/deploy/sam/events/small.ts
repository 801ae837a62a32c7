// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { Dict, dictOf, isDict, isList, truthy } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { getAtt, ref, sub } from "../intrinsics.ts";
import { badEvent } from "../problems.ts";
import { shown } from "../python-text.ts";
import { stackArn } from "../region.ts";
import { Resource } from "../resource.ts";
import { type Macro, readMacro, type Schema } from "../schema.ts";
import { sourceResources } from "../translation.ts";
import type { EventContext, EventKind } from "./kind.ts";
import { permission } from "./permission.ts";

export const alexaSkill: EventKind = {
  schema: { SkillId: "string" },
  make: (event, { target }) => [
    permission(event.id, target, {
      principal: "alexa-appkit.amazon.com",
      eventSourceToken: event.properties.get("SkillId"),
    }),
  ],
};

export const iotRule: EventKind = {
  schema: { Sql: "!string", AwsIotSqlVersion: "string" },
  make(event, { target, translation }) {
    const version = event.properties.get("AwsIotSqlVersion");
    const arn = stackArn(translation.place.partition, "iot", "rule/${RuleName}");
    return [
      permission(event.id, target, {
        principal: "iot.amazonaws.com",
        sourceArn: sub(arn, { RuleName: ref(event.id) }),
        sourceAccount: sub("${AWS::AccountId}"),
      }),
      new Resource("AWS::IoT::TopicRule", event.id, { attributes: target.handedOn }).set({
        TopicRulePayload: {
          Sql: event.properties.get("Sql"),
          RuleDisabled: false,
          Actions: [{ Lambda: { FunctionArn: target.arn } }],
          AwsIotSqlVersion: truthy(version) ? version : undefined,
        },
      }),
    ];
  },
};

export const logEvent: EventKind = {
  schema: { LogGroupName: "!string", FilterPattern: "!string" },
  make(event, { target, translation }) {
    const group = event.properties.get("LogGroupName");
    const arn = stackArn(translation.place.partition, "logs", "log-group:${__LogGroupName__}:*");
    const allowed = permission(event.id, target, {
      principal: "logs.amazonaws.com",
      sourceArn: sub(arn, { __LogGroupName__: group }),
    });
    const filter = new Resource("AWS::Logs::SubscriptionFilter", event.id, {
      attributes: target.handedOn,
      dependsOn: [allowed.id],
    });
    filter.set({
      LogGroupName: group,
      FilterPattern: event.properties.get("FilterPattern"),
      DestinationArn: target.arn,
    });
    return [allowed, filter];
  },
};

/** All that a user pool may have; the event writes its trigger into it. */
const USER_POOL: Schema = Object.fromEntries(
  (
    "AccountRecoverySetting AdminCreateUserConfig AliasAttributes AutoVerifiedAttributes " +
    "DeletionProtection DeviceConfiguration EmailAuthenticationMessage EmailAuthenticationSubject " +
    "EmailConfiguration EmailVerificationMessage EmailVerificationSubject EnabledMfas LambdaConfig " +
    "MfaConfiguration Policies Schema SmsAuthenticationMessage SmsConfiguration SmsVerificationMessage " +
    "UserAttributeUpdateSettings UsernameAttributes UsernameConfiguration UserPoolAddOns UserPoolName " +
    "UserPoolTags UserPoolTier VerificationMessageTemplate WebAuthnRelyingPartyID WebAuthnUserVerification"
  )
    .split(" ")
    .map((name) => [name, "any"]),
);

export const userPoolEvent: EventKind = {
  schema: { UserPool: "!string", Trigger: "!string|list<string>~" },
  link(event, translation) {
    const pool = event.properties.get("UserPool");
    if (isDict(pool) && pool.has("Ref")) {
      const id = pool.get("Ref");
      if (typeof id !== "string") throw badEvent(event.id, "Ref in Userpool is not a string.");
      const target = sourceResources(translation).dict(id);
      if (target) return { id, target };
    }
    throw badEvent(event.name, "Cognito events must reference a Cognito UserPool in the same template.");
  },
  make(event, context) {
    const { id = "", target: pool = new Dict() } = context.link;
    const allowed = permission(`${context.target.id}Cognito`, context.target, {
      principal: "cognito-idp.amazonaws.com",
      sourceArn: getAtt(id, "Arn"),
    });
    addTriggers(event, context, pool, id);
    const { properties, attributes, dependsOn } = readMacro(USER_POOL, "AWS::Cognito::UserPool", id, pool);
    const made = new Resource("AWS::Cognito::UserPool", id, { attributes, dependsOn });
    for (const [name, value] of properties.entries()) made.set({ [name]: value });
    return [allowed, made];
  },
};

function addTriggers(event: Macro, { target }: EventContext, pool: Dict, id: string): void {
  const properties = pool.dict("Properties") ?? dictOf();
  pool.set("Properties", properties);
  const config = expectMap(properties.get("LambdaConfig") ?? dictOf(), { resource: id }, "LambdaConfig");
  properties.set("LambdaConfig", config);
  const given = event.properties.get("Trigger") ?? [];
  for (const trigger of isList(given) ? given : [given]) {
    if (config.has(String(trigger)))
      throw badEvent(event.name, `Cognito trigger "${shown(given)}" defined multiple times.`);
    config.set(String(trigger), target.arn);
  }
}
