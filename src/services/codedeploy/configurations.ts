import type * as sdk from "@aws-sdk/client-codedeploy";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { pageOf } from "./paging.ts";
import {
  type ConfigurationRecord,
  configurationKey,
  type GroupRecord,
  groupKey,
  read,
  readAll,
  write,
} from "./records.ts";

type Routing = sdk.TrafficRoutingConfig;

const canary = (percentage: number, minutes: number): Routing => ({
  type: "TimeBasedCanary",
  timeBasedCanary: { canaryPercentage: percentage, canaryInterval: minutes },
});
const linear = (percentage: number, minutes: number): Routing => ({
  type: "TimeBasedLinear",
  timeBasedLinear: { linearPercentage: percentage, linearInterval: minutes },
});
const ALL_AT_ONCE: Routing = { type: "AllAtOnce" };

const PREFIX = "CodeDeployDefault.";

/** https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html */
const PREDEFINED: Readonly<
  Record<string, Pick<ConfigurationRecord, "platform" | "routing" | "minimumHealthyHosts">>
> = {
  AllAtOnce: { platform: "Server", minimumHealthyHosts: { type: "HOST_COUNT", value: 0 } },
  HalfAtATime: { platform: "Server", minimumHealthyHosts: { type: "FLEET_PERCENT", value: 50 } },
  OneAtATime: { platform: "Server", minimumHealthyHosts: { type: "HOST_COUNT", value: -1 } },
  LambdaAllAtOnce: { platform: "Lambda", routing: ALL_AT_ONCE },
  LambdaCanary10Percent5Minutes: { platform: "Lambda", routing: canary(10, 5) },
  LambdaCanary10Percent10Minutes: { platform: "Lambda", routing: canary(10, 10) },
  LambdaCanary10Percent15Minutes: { platform: "Lambda", routing: canary(10, 15) },
  LambdaCanary10Percent30Minutes: { platform: "Lambda", routing: canary(10, 30) },
  LambdaLinear10PercentEvery1Minute: { platform: "Lambda", routing: linear(10, 1) },
  LambdaLinear10PercentEvery2Minutes: { platform: "Lambda", routing: linear(10, 2) },
  LambdaLinear10PercentEvery3Minutes: { platform: "Lambda", routing: linear(10, 3) },
  LambdaLinear10PercentEvery10Minutes: { platform: "Lambda", routing: linear(10, 10) },
  ECSAllAtOnce: { platform: "ECS", routing: ALL_AT_ONCE },
  ECSCanary10Percent5Minutes: { platform: "ECS", routing: canary(10, 5) },
  ECSCanary10Percent15Minutes: { platform: "ECS", routing: canary(10, 15) },
  ECSLinear10PercentEvery1Minutes: { platform: "ECS", routing: linear(10, 1) },
  ECSLinear10PercentEvery3Minutes: { platform: "ECS", routing: linear(10, 3) },
};

/** How deployments go: the share of traffic that the new version has at which time. */
export const configurations = {
  async CreateDeploymentConfig(input, context) {
    const name = checkName(input.deploymentConfigName);
    const platform = input.computePlatform ?? "Server";
    if (name.startsWith(PREFIX)) {
      throw fault(
        "InvalidDeploymentConfigNameException",
        "Deployment configuration names may not start with CodeDeployDefault.",
      );
    }
    if (platform === "Server") checkHosts(input.minimumHealthyHosts);
    else checkRouting(input.trafficRoutingConfig);
    const record: ConfigurationRecord = {
      v: 1,
      id: context.ids.uuid(),
      name,
      platform,
      createdMs: context.clock.now(),
      routing: input.trafficRoutingConfig,
      minimumHealthyHosts: input.minimumHealthyHosts,
      zonal: input.zonalConfig,
    };
    await context.store.transact(async (tx) => {
      const key = configurationKey(context.scope, name);
      if (await tx.get(key)) {
        throw fault(
          "DeploymentConfigAlreadyExistsException",
          `Deployment Configuration with name ${name} already exists`,
        );
      }
      write(tx, key, record);
    });
    return { deploymentConfigId: record.id };
  },

  async GetDeploymentConfig(input, context) {
    const name = checkName(input.deploymentConfigName);
    const found = await context.store.transact((tx) => requireConfiguration(tx, context.scope, name));
    return { deploymentConfigInfo: describe(found) };
  },

  async ListDeploymentConfigs(input, context) {
    const own = await context.store.transact(async (tx) => {
      const names: string[] = [];
      for await (const { name } of readAll<ConfigurationRecord>(tx, configurationKey(context.scope)))
        names.push(name);
      return names;
    });
    const names = [...Object.keys(PREDEFINED).map((name) => PREFIX + name), ...own];
    const { items, next } = pageOf(names, input.nextToken);
    return { deploymentConfigsList: items, ...next };
  },

  async DeleteDeploymentConfig(input, context) {
    const name = checkName(input.deploymentConfigName);
    if (name.startsWith(PREFIX)) {
      throw fault("InvalidOperationException", "Cannot delete a predefined deployment configuration.");
    }
    await context.store.transact(async (tx) => {
      for await (const group of readAll<GroupRecord>(tx, groupKey(context.scope))) {
        if (group.configuration !== name) continue;
        throw fault(
          "DeploymentConfigInUseException",
          `The deployment configuration ${name} is in use by the deployment group ${group.name}`,
        );
      }
      tx.delete(configurationKey(context.scope, name));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export async function requireConfiguration(
  tx: Transaction,
  scope: Scope,
  name: string,
): Promise<ConfigurationRecord> {
  const predefined = name.startsWith(PREFIX) ? PREDEFINED[name.slice(PREFIX.length)] : undefined;
  const record: ConfigurationRecord | undefined = predefined
    ? {
        v: 1,
        id: `00000000-0000-0000-0000-${name.length.toString(16).padStart(12, "0")}`,
        name,
        createdMs: 0,
        ...predefined,
      }
    : await read<ConfigurationRecord>(tx, configurationKey(scope, name));
  if (record) return record;
  throw fault("DeploymentConfigDoesNotExistException", `No Deployment Configuration found for name: ${name}`);
}

function describe({
  id,
  name,
  platform,
  createdMs,
  routing,
  minimumHealthyHosts,
  zonal,
}: ConfigurationRecord) {
  return {
    deploymentConfigId: id,
    deploymentConfigName: name,
    computePlatform: platform,
    createTime: new Date(createdMs),
    ...(routing ? { trafficRoutingConfig: routing } : {}),
    ...(minimumHealthyHosts ? { minimumHealthyHosts } : {}),
    ...(zonal ? { zonalConfig: zonal } : {}),
  };
}

function checkName(name: string | undefined): string {
  if (!name) throw fault("DeploymentConfigNameRequiredException", "Deployment config name must be specified");
  if (name.length <= 100) return name;
  throw fault(
    "InvalidDeploymentConfigNameException",
    "The deployment configuration name is in an invalid format",
  );
}

function checkHosts(hosts: sdk.MinimumHealthyHosts | undefined): void {
  const { type, value = -1 } = hosts ?? {};
  const isGood = type === "HOST_COUNT" ? value >= 0 : type === "FLEET_PERCENT" && value >= 0 && value < 100;
  if (isGood) return;
  throw fault(
    "InvalidMinimumHealthyHostValueException",
    "The minimum healthy hosts value is in an invalid format",
  );
}

function checkRouting(routing: Routing | undefined): void {
  const { timeBasedCanary, timeBasedLinear } = routing ?? {};
  const share = timeBasedCanary?.canaryPercentage ?? timeBasedLinear?.linearPercentage;
  const minutes = timeBasedCanary?.canaryInterval ?? timeBasedLinear?.linearInterval;
  if (routing?.type === "AllAtOnce") return;
  const isNamed = routing?.type === (timeBasedCanary ? "TimeBasedCanary" : "TimeBasedLinear");
  const isShare = share !== undefined && share >= 1 && share <= 99;
  const isTime = minutes !== undefined && minutes >= 1 && minutes <= 2880;
  if (isNamed && isShare && isTime) return;
  throw fault(
    "InvalidTrafficRoutingConfigurationException",
    "The traffic routing configuration is not valid: a percentage of 1 to 99 and an interval of 1 to 2880 " +
      "minutes are needed.",
  );
}
