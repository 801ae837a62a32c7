// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { copyOf, Dict, dictOf, includes, isDict, isList, isNothing, truthy, type Value } from "../dict.ts";
import {
  combined,
  IF_NEEDS_THREE,
  ifArguments,
  isIf,
  isIntrinsic,
  isNoValue,
  ref,
  sub,
} from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { managedPolicyArn, type Place } from "../region.ts";
import { Resource, tagList } from "../resource.ts";
import { assumeRolePolicy } from "../roles/policies.ts";

const APPLICATION = "ServerlessDeploymentApplication";
const SERVICE_ROLE = "CodeDeployServiceRole";
const CONDITION = "ServerlessCodeDeployCondition";

/** CodeDeploy's own ways to shift traffic, named without their prefix. */
const CONFIGURATIONS = [
  "Canary10Percent5Minutes",
  "Canary10Percent10Minutes",
  "Canary10Percent15Minutes",
  "Canary10Percent30Minutes",
  "Linear10PercentEvery1Minute",
  "Linear10PercentEvery2Minutes",
  "Linear10PercentEvery3Minutes",
  "Linear10PercentEvery10Minutes",
  "AllAtOnce",
];

interface Preference {
  readonly enabled: boolean;
  readonly preference: Dict;
  readonly hooks: Dict;
  readonly condition: string | undefined;
  readonly tags: Dict | undefined;
}

/** How the functions of a template shift traffic to what is new: one CodeDeploy application for all. */
export class Deployments {
  readonly #preferences = new Map<string, Preference>();
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  add(id: string, preference: Dict, condition: Value | undefined, tags: Dict | undefined): void {
    const enabled = preference.get("Enabled") ?? !preference.has("Enabled");
    if (!truthy(enabled) || enabled === "false" || enabled === "False") {
      const nothing = { preference: new Dict(), hooks: new Dict(), condition: undefined, tags: undefined };
      this.#preferences.set(id, { enabled: false, ...nothing });
      return;
    }
    if (!preference.has("Type"))
      throw badResource(id, "'DeploymentPreference' is missing required Property 'Type'");
    const hooks = preference.has("Hooks") ? preference.get("Hooks") : new Dict();
    if (!isDict(hooks))
      throw badResource(id, "'Hooks' property of 'DeploymentPreference' must be a dictionary");
    const passed = truthy(preference.get("PassthroughCondition")) && typeof condition === "string";
    this.#preferences.set(id, {
      enabled: true,
      preference,
      hooks,
      condition: passed ? condition : undefined,
      tags: truthy(tags) ? tags : undefined,
    });
  }

  isEnabled(id: string): boolean {
    return this.#preferences.get(id)?.enabled ?? false;
  }

  get enabledIds(): string[] {
    return [...this.#preferences.keys()].filter((id) => this.isEnabled(id));
  }

  get needsCondition(): boolean {
    const all = [...this.#preferences.values()];
    return all.length > 0 && !all.some(({ enabled, condition }) => enabled && !condition);
  }

  get #conditions(): string[] {
    const all = [...this.#preferences.values()].flatMap(({ condition }) => condition ?? []);
    return [...new Set(all)];
  }

  /** One condition for all where every function has one. */
  get newConditions(): Dict {
    return this.needsCondition ? combined(this.#conditions, CONDITION) : new Dict();
  }

  get needsRole(): boolean {
    return [...this.#preferences.values()].some(
      ({ enabled, preference }) => enabled && !truthy(preference.get("Role")),
    );
  }

  application(): Resource {
    const application = new Resource("AWS::CodeDeploy::Application", APPLICATION);
    return this.#shared(application.set({ ComputePlatform: "Lambda" }));
  }

  role(): Resource {
    const isIsolated = ["aws-iso", "aws-iso-b"].includes(this.#place.partition);
    const policy = `service-role/AWSCodeDeployRoleForLambda${isIsolated ? "Limited" : ""}`;
    const role = new Resource("AWS::IAM::Role", SERVICE_ROLE).set({
      AssumeRolePolicyDocument: assumeRolePolicy("codedeploy.amazonaws.com"),
      ManagedPolicyArns: [managedPolicyArn(this.#place, policy)],
    });
    return this.#shared(role);
  }

  #shared(resource: Resource): Resource {
    if (this.needsCondition) {
      const conditions = this.#conditions;
      resource.attributes.set("Condition", conditions.length <= 1 ? conditions[0] : CONDITION);
    }
    const tags = new Dict();
    for (const preference of this.#preferences.values())
      if (preference.enabled && preference.tags) tags.update(preference.tags);
    return tags.size > 0 ? resource.set({ Tags: tagList(tags) }) : resource;
  }

  group(id: string): Resource {
    const { preference = new Dict(), condition, tags } = this.#preferences.get(id) ?? {};
    const role = preference.get("Role");
    const triggers = preference.get("TriggerConfigurations");
    const group = new Resource("AWS::CodeDeploy::DeploymentGroup", `${id}DeploymentGroup`).set({
      AlarmConfiguration: alarms(id, preference.get("Alarms")),
      ApplicationName: ref(APPLICATION),
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
      },
      DeploymentConfigName: configuration(copyOf(preference.get("Type") ?? null)),
      DeploymentStyle: { DeploymentType: "BLUE_GREEN", DeploymentOption: "WITH_TRAFFIC_CONTROL" },
      ServiceRoleArn: truthy(role) ? role : dictOf({ "Fn::GetAtt": [SERVICE_ROLE, "Arn"] }),
      TriggerConfigurations: truthy(triggers) ? triggers : undefined,
      Tags: tags ? tagList(tags) : undefined,
    });
    if (condition) group.attributes.set("Condition", condition);
    return group;
  }

  updatePolicy(id: string): Dict {
    const hooks = this.#preferences.get(id)?.hooks ?? new Dict();
    return dictOf({
      CodeDeployLambdaAliasUpdate: {
        ApplicationName: ref(APPLICATION),
        DeploymentGroupName: ref(`${id}DeploymentGroup`),
        BeforeAllowTrafficHook: hooks.get("PreTraffic") ?? undefined,
        AfterAllowTrafficHook: hooks.get("PostTraffic") ?? undefined,
      },
    });
  }
}

function alarms(id: string, given: Value | undefined): Value | undefined {
  if (!truthy(given) || isNoValue(given)) return undefined;
  if (!isIf(given)) return alarmConfiguration(id, given);
  const copy = copyOf(given ?? null);
  const choice = ifArguments(copy);
  if (!choice) throw badResource(id, IF_NEEDS_THREE);
  choice[1] = alarmConfiguration(id, choice[1]);
  choice[2] = alarmConfiguration(id, choice[2]);
  return copy;
}

function alarmConfiguration(id: string, given: Value | undefined): Dict {
  if (!isList(given)) throw badResource(id, "Alarms must be a list");
  if (given.length === 0 || isNoValue(given[0])) return new Dict();
  return dictOf({ Enabled: true, Alarms: given.map((alarm) => ({ Name: alarm })) });
}

/** A way to shift traffic, or a function that comes to one, by CodeDeploy's own name. */
function configuration(value: Value, functionName?: string): Value {
  if (isList(value)) return value.map((item) => configuration(item));
  if (isDict(value) && isIntrinsic(value)) {
    for (const [name, argument] of value.entries()) value.set(name, configuration(argument, name));
    return value;
  }
  if (isNothing(value) || !includes(CONFIGURATIONS, value)) return value;
  const named = sub("CodeDeployDefault.Lambda${ConfigName}", { ConfigName: value });
  return functionName === "Fn::Sub" ? (named.get("Fn::Sub") ?? value) : named;
}
