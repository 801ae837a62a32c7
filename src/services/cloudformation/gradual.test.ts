// Applications of SAM whose new versions get their traffic bit by bit.
import type { Capability } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { GetAliasCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

const APPLICATION = (body: string, hook = "Succeeded") => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: work
      Runtime: nodejs20.x
      Handler: index.handler
      AutoPublishAlias: live
      InlineCode: "exports.handler = async () => { ${body} };"
      DeploymentPreference:
        Type: Canary10Percent5Minutes
        Alarms: [!Ref Bad]
        Hooks: { PreTraffic: !Ref Before }
  Before:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: CodeDeployHook_before
      Runtime: nodejs20.x
      Handler: index.handler
      DeploymentPreference: { Enabled: false }
      InlineCode: |
        const { CodeDeploy } = require("@aws-sdk/client-codedeploy");
        exports.handler = async ({ DeploymentId: deploymentId, LifecycleEventHookExecutionId }) => {
          await new CodeDeploy({}).putLifecycleEventHookExecutionStatus({
            deploymentId,
            lifecycleEventHookExecutionId: LifecycleEventHookExecutionId,
            status: "${hook}",
          });
        };
  Bad:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: bad
      Namespace: own
      MetricName: bad
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      Statistic: Sum
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: ignore
`;

let on: Stacks;
let lambda: LambdaClient;
beforeAll(async () => {
  on = await startStacks({ seed: 1 });
  lambda = on.nuage.client(LambdaClient);
});
afterAll(() => on?.nuage.stop());
beforeEach(async () => {
  await on.remove("app");
  expect((await on.create("app", APPLICATION("return 'one'"))).status).toBe("CREATE_COMPLETE");
});

async function live() {
  const { FunctionVersion: version, RoutingConfig } = await lambda.send(
    new GetAliasCommand({ FunctionName: "work", Name: "live" }),
  );
  return { version, weights: RoutingConfig?.AdditionalVersionWeights ?? {} };
}

/** How often each answer came. */
async function answers(calls: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let call = 0; call < calls; call++) {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "work", Qualifier: "live" }));
    const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString());
    const name = typeof answer === "string" ? answer : "error";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("a canary gets a tenth of the traffic, and after five minutes all of it", async () => {
  await on.update("app", APPLICATION("return 'two'"));
  expect((await on.see("app")).status).toBe("UPDATE_IN_PROGRESS");
  expect(await live()).toEqual({ version: "1", weights: { "2": 0.1 } });
  const { one = 0, two = 0 } = await answers(60);
  expect(one + two).toBe(60);
  expect(two).toBeGreaterThan(0);
  expect(two).toBeLessThan(20);
  await on.nuage.advance("5 minutes");
  expect((await on.see("app")).status).toBe("UPDATE_COMPLETE");
  expect(await live()).toEqual({ version: "2", weights: {} });
  expect(await answers(3)).toEqual({ two: 3 });
});

test("an alarm takes the traffic and the stack back", async () => {
  await on.update("app", APPLICATION("return 'two'"));
  const alarm = { AlarmName: "bad", StateValue: "ALARM", StateReason: "test" } as const;
  await on.nuage.client(CloudWatchClient).send(new SetAlarmStateCommand(alarm));
  await on.nuage.advance("1 minute");
  expect((await on.see("app")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(await live()).toEqual({ version: "1", weights: {} });
  expect(await answers(5)).toEqual({ one: 5 });
  expect((await on.reasons("app", "WorkAliaslive")).join()).toContain("bad");
});

test("so do twice as many errors as the old version has", { timeout: 120_000 }, async () => {
  await on.update("app", APPLICATION("throw new Error('no')"));
  expect((await answers(200)).error).toBeGreaterThan(2);
  await on.nuage.advance("1 minute");
  expect((await on.see("app")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(await answers(5)).toEqual({ one: 5 });
  expect((await on.reasons("app", "WorkAliaslive")).join()).toMatch(/Version 2 of work fails in .* of its/);
});

test("so does a hook that says no before there is any traffic", async () => {
  await on.update("app", APPLICATION("return 'two'", "Failed"));
  await on.nuage.advance("1 minute");
  expect((await on.see("app")).status).toBe("UPDATE_ROLLBACK_COMPLETE");
  expect(await answers(20)).toEqual({ one: 20 });
});

test("whoever works on it has all of the traffic at once", async () => {
  const Capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "NUAGE_ALL_AT_ONCE"] as Capability[];
  await on.update("app", APPLICATION("return 'two'"), { Capabilities });
  expect((await on.see("app")).status).toBe("UPDATE_COMPLETE");
  expect(await live()).toEqual({ version: "2", weights: {} });
});
