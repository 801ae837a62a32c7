import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import {
  CodeDeployClient,
  ContinueDeploymentCommand,
  CreateApplicationCommand,
  CreateDeploymentCommand,
  type CreateDeploymentCommandInput,
  CreateDeploymentConfigCommand,
  CreateDeploymentGroupCommand,
  type CreateDeploymentGroupCommandInput,
  GetDeploymentCommand,
  GetDeploymentGroupCommand,
  GetDeploymentTargetCommand,
  ListApplicationRevisionsCommand,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  StopDeploymentCommand,
} from "@aws-sdk/client-codedeploy";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

const ROLE = "arn:aws:iam::000000000000:role/deploys";
const zip = (code: string) => zipSync({ "index.mjs": strToU8(code) });

let nuage: Nuage;
let deploy: CodeDeployClient;
let lambda: LambdaClient;

beforeAll(async () => {
  nuage = await startNuage();
  deploy = nuage.client(CodeDeployClient);
  lambda = nuage.client(LambdaClient);
  await deploy.send(new CreateApplicationCommand({ applicationName: "app", computePlatform: "Lambda" }));
});
afterAll(() => nuage.stop());

const FINE = "export const handler = async () => 'fine';";

async function makeFunction(name: string, code: string) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Role: ROLE,
      Code: { ZipFile: zip(code) },
    }),
  );
}

/** A function with two versions, whose alias `live` is at the first, and a deployment group of its name. */
async function prepare(
  name: string,
  configuration: string,
  group: Partial<CreateDeploymentGroupCommandInput> = {},
  second = FINE,
) {
  await makeFunction(name, FINE);
  await lambda.send(new PublishVersionCommand({ FunctionName: name }));
  await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
  const ZipFile = zip(`${second} // changed`);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile, Publish: true }));
  await deploy.send(
    new CreateDeploymentGroupCommand({
      applicationName: "app",
      deploymentGroupName: name,
      deploymentConfigName: configuration,
      serviceRoleArn: ROLE,
      ...group,
    }),
  );
}

const spec = (name: string, hooks: Record<string, string> = {}) => ({
  revisionType: "AppSpecContent" as const,
  appSpecContent: {
    content: JSON.stringify({
      version: 0.0,
      Resources: [
        {
          [name]: {
            Type: "AWS::Lambda::Function",
            Properties: { Name: name, Alias: "live", CurrentVersion: "1", TargetVersion: "2" },
          },
        },
      ],
      Hooks: Object.entries(hooks).map(([event, hook]) => ({ [event]: hook })),
    }),
  },
});

const start = async (name: string, more: Partial<CreateDeploymentCommandInput> = {}) =>
  (
    await deploy.send(
      new CreateDeploymentCommand({
        applicationName: "app",
        deploymentGroupName: name,
        revision: spec(name),
        ...more,
      }),
    )
  ).deploymentId ?? "";
const infoOf = async (deploymentId: string) =>
  (await deploy.send(new GetDeploymentCommand({ deploymentId }))).deploymentInfo;
const alias = async (FunctionName: string) => {
  const { FunctionVersion, RoutingConfig } = await lambda.send(
    new GetAliasCommand({ FunctionName, Name: "live" }),
  );
  return { version: FunctionVersion, weights: RoutingConfig?.AdditionalVersionWeights ?? {} };
};

test("all at once", async () => {
  await prepare("once", "CodeDeployDefault.LambdaAllAtOnce");
  const deploymentId = await start("once");
  await nuage.idle();
  expect(await infoOf(deploymentId)).toMatchObject({
    status: "Succeeded",
    creator: "user",
    computePlatform: "Lambda",
    deploymentOverview: { Succeeded: 1, Failed: 0 },
  });
  expect(await alias("once")).toEqual({ version: "2", weights: {} });
  const { targetIds } = await deploy.send(new ListDeploymentTargetsCommand({ deploymentId }));
  expect(targetIds).toEqual(["once:live"]);
  const { deploymentTarget } = await deploy.send(
    new GetDeploymentTargetCommand({ deploymentId, targetId: "once:live" }),
  );
  expect(deploymentTarget?.lambdaTarget).toMatchObject({
    status: "Succeeded",
    lambdaFunctionInfo: { currentVersion: "1", targetVersion: "2", targetVersionWeight: 1 },
    lifecycleEvents: [
      { lifecycleEventName: "BeforeAllowTraffic", status: "Succeeded" },
      { lifecycleEventName: "AllowTraffic", status: "Succeeded" },
      { lifecycleEventName: "AfterAllowTraffic", status: "Succeeded" },
    ],
  });
  const group = await deploy.send(
    new GetDeploymentGroupCommand({ applicationName: "app", deploymentGroupName: "once" }),
  );
  expect(group.deploymentGroupInfo?.lastSuccessfulDeployment).toMatchObject({ deploymentId });
  const known = await deploy.send(new ListApplicationRevisionsCommand({ applicationName: "app" }));
  expect(known.revisions).toContainEqual(spec("once"));
});

test("a canary has its share for a while, then everything", async () => {
  await prepare("canary", "CodeDeployDefault.LambdaCanary10Percent5Minutes");
  const id = await start("canary");
  await nuage.idle();
  expect(await alias("canary")).toEqual({ version: "1", weights: { "2": 0.1 } });
  const second = start("canary");
  await expect(second).rejects.toMatchObject({
    name: "DeploymentLimitExceededException",
    message: `The Deployment Group 'canary' already has an active Deployment '${id}'`,
  });
  await nuage.advance("4 minutes");
  expect((await infoOf(id))?.status).toBe("InProgress");
  await nuage.advance("1 minute");
  expect(await alias("canary")).toEqual({ version: "2", weights: {} });
  expect((await infoOf(id))?.status).toBe("Succeeded");
});

test("linear shifting goes step by step", async () => {
  await deploy.send(
    new CreateDeploymentConfigCommand({
      deploymentConfigName: "thirds",
      computePlatform: "Lambda",
      trafficRoutingConfig: {
        type: "TimeBasedLinear",
        timeBasedLinear: { linearPercentage: 33, linearInterval: 2 },
      },
    }),
  );
  await prepare("linear", "thirds");
  await start("linear");
  await nuage.idle();
  const seen: unknown[] = [];
  for (let step = 0; step < 4; step++) {
    seen.push((await alias("linear")).weights);
    await nuage.advance("2 minutes");
  }
  expect(seen).toEqual([{ "2": 0.33 }, { "2": 0.66 }, { "2": 0.99 }, {}]);
  expect((await alias("linear")).version).toBe("2");
});

test("hooks decide before and after the traffic is allowed", async () => {
  const hook = (status: string) => `
    import {
      CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand,
    } from "@aws-sdk/client-codedeploy";
    export const handler = async ({ DeploymentId, LifecycleEventHookExecutionId }) => {
      await new CodeDeployClient().send(new PutLifecycleEventHookExecutionStatusCommand({
        deploymentId: DeploymentId,
        lifecycleEventHookExecutionId: LifecycleEventHookExecutionId,
        status: "${status}",
      }));
    };`;
  await makeFunction("agrees", hook("Succeeded"));
  await makeFunction("objects", hook("Failed"));
  await prepare("hooked", "CodeDeployDefault.LambdaAllAtOnce", {
    autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_FAILURE"] },
  });
  const refused = await start("hooked", { revision: spec("hooked", { BeforeAllowTraffic: "objects" }) });
  await nuage.advance("1 minute");
  expect(await infoOf(refused)).toMatchObject({
    status: "Failed",
    errorInformation: { code: "HOOK_EXECUTION_FAILURE" },
    rollbackInfo: { rollbackDeploymentId: expect.stringMatching(/^d-/) },
  });
  expect((await alias("hooked")).version).toBe("1");
  const late = { BeforeAllowTraffic: "agrees", AfterAllowTraffic: "objects" };
  const undone = await start("hooked", { revision: spec("hooked", late) });
  await nuage.advance("1 minute");
  const info = await infoOf(undone);
  expect(info?.status).toBe("Failed");
  const back = await infoOf(info?.rollbackInfo?.rollbackDeploymentId ?? "");
  expect(back).toMatchObject({
    status: "Succeeded",
    creator: "codeDeployRollback",
    rollbackInfo: { rollbackTriggeringDeploymentId: undone },
  });
  expect(await alias("hooked")).toEqual({ version: "1", weights: {} });
  const both = { BeforeAllowTraffic: "agrees", AfterAllowTraffic: "agrees" };
  const good = await start("hooked", { revision: spec("hooked", both) });
  await nuage.advance("1 minute");
  expect((await infoOf(good))?.status).toBe("Succeeded");
  expect((await alias("hooked")).version).toBe("2");
});

test("a hook that tells nothing fails after an hour", async () => {
  await makeFunction("silent", "export const handler = async () => {};");
  await prepare("unheard", "CodeDeployDefault.LambdaAllAtOnce");
  const id = await start("unheard", { revision: spec("unheard", { BeforeAllowTraffic: "silent" }) });
  await nuage.advance("59 minutes");
  expect((await infoOf(id))?.status).toBe("InProgress");
  await nuage.advance("1 minute");
  expect(await infoOf(id)).toMatchObject({ status: "Failed", errorInformation: { code: "TIMEOUT" } });
  const strange = new PutLifecycleEventHookExecutionStatusCommand({
    deploymentId: id,
    lifecycleEventHookExecutionId: "none",
    status: "Succeeded",
  });
  await expect(deploy.send(strange)).rejects.toMatchObject({
    name: "InvalidLifecycleEventHookExecutionIdException",
  });
});

test("an alarm stops it, takes the traffic back, and triggers tell", async () => {
  const sqs = nuage.client(SQSClient);
  const sns = nuage.client(SNSClient);
  const cloudwatch = nuage.client(CloudWatchClient);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "deployments" }));
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "heard" }));
  const Endpoint = "arn:aws:sqs:us-east-1:000000000000:heard";
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "too many",
      Namespace: "own",
      MetricName: "bad",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      Statistic: "Sum",
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "ignore",
    }),
  );
  await prepare("alarmed", "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes", {
    alarmConfiguration: { enabled: true, alarms: [{ name: "too many" }] },
    autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_STOP_ON_ALARM"] },
    triggerConfigurations: [
      { triggerName: "t", triggerTargetArn: TopicArn, triggerEvents: ["DeploymentStart", "DeploymentStop"] },
    ],
  });
  const id = await start("alarmed");
  await nuage.idle();
  expect((await alias("alarmed")).weights).toEqual({ "2": 0.1 });
  await cloudwatch.send(
    new SetAlarmStateCommand({ AlarmName: "too many", StateValue: "ALARM", StateReason: "test" }),
  );
  await nuage.advance("10 seconds");
  expect(await infoOf(id)).toMatchObject({ status: "Stopped", errorInformation: { code: "ALARM_ACTIVE" } });
  expect(await alias("alarmed")).toEqual({ version: "1", weights: {} });
  const heard: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) break;
    for (const { Body = "" } of Messages) heard.push(JSON.parse(JSON.parse(Body).Message));
  }
  expect(heard).toContainEqual(expect.objectContaining({ deploymentId: id, status: "STOPPED" }));
});

test("a new version that fails more than the old one gives the traffic back", async () => {
  const fails = "export const handler = async () => { throw new Error('no'); };";
  await prepare(
    "sick",
    "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes",
    { autoRollbackConfiguration: { enabled: true, events: ["DEPLOYMENT_FAILURE"] } },
    fails,
  );
  const id = await start("sick");
  await nuage.idle();
  for (let call = 0; call < 200; call++)
    await lambda.send(new InvokeCommand({ FunctionName: "sick", Qualifier: "live" }));
  await nuage.advance("1 minute");
  expect(await infoOf(id)).toMatchObject({
    status: "Failed",
    errorInformation: {
      code: "HEALTH_CONSTRAINTS",
      message: "Version 2 of sick fails in 100.0 % of its invocations, version 1 in 0.0 %.",
    },
  });
  expect(await alias("sick")).toEqual({ version: "1", weights: {} });
});

test("is stopped by hand, with or without the way back", async () => {
  await prepare("byhand", "CodeDeployDefault.LambdaCanary10Percent5Minutes");
  const first = await start("byhand");
  await nuage.idle();
  await deploy.send(new StopDeploymentCommand({ deploymentId: first }));
  await nuage.idle();
  expect(await infoOf(first)).toMatchObject({ status: "Stopped", errorInformation: { code: "MANUAL_STOP" } });
  expect((await alias("byhand")).weights).toEqual({ "2": 0.1 });
  const again = new StopDeploymentCommand({ deploymentId: first });
  await expect(deploy.send(again)).rejects.toMatchObject({ name: "DeploymentAlreadyCompletedException" });
  const second = await start("byhand");
  await nuage.idle();
  await deploy.send(new StopDeploymentCommand({ deploymentId: second, autoRollbackEnabled: true }));
  await nuage.idle();
  expect((await alias("byhand")).weights).toEqual({});
  const stopped = await deploy.send(
    new ListDeploymentsCommand({
      applicationName: "app",
      deploymentGroupName: "byhand",
      includeOnlyStatuses: ["Stopped"],
    }),
  );
  expect(new Set(stopped.deployments)).toEqual(new Set([first, second]));
});

test("refuses what cannot be deployed", async () => {
  const refused = async (more: Partial<CreateDeploymentCommandInput>) => {
    const answer = await start("once", more).then(
      () => ({ name: "none" }),
      (error: Error) => ({ name: error.name }),
    );
    return answer.name;
  };
  expect(await refused({ applicationName: "none" })).toBe("ApplicationDoesNotExistException");
  expect(await refused({ deploymentGroupName: "none" })).toBe("DeploymentGroupDoesNotExistException");
  expect(await refused({ deploymentConfigName: "none" })).toBe("DeploymentConfigDoesNotExistException");
  expect(await refused({ deploymentConfigName: "CodeDeployDefault.OneAtATime" })).toBe(
    "InvalidDeploymentConfigNameException",
  );
  for (const content of ["{", "{}", "Resources: [{ a: { Type: x } }]", "version: 0.0\nResources: []"]) {
    const revision = { revisionType: "AppSpecContent" as const, appSpecContent: { content } };
    expect(await refused({ revision })).toBe("InvalidRevisionException");
  }
  const unknown = new GetDeploymentCommand({ deploymentId: "d-000000000" });
  await expect(deploy.send(unknown)).rejects.toMatchObject({ name: "DeploymentDoesNotExistException" });
  const odd = new GetDeploymentCommand({ deploymentId: "x" });
  await expect(deploy.send(odd)).rejects.toMatchObject({ name: "InvalidDeploymentIdException" });
  const go = new ContinueDeploymentCommand({ deploymentId: "d-000000000" });
  await expect(deploy.send(go)).rejects.toMatchObject({ name: "DeploymentDoesNotExistException" });
});
