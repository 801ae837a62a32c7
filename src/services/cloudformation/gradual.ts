// The update policy of aliases: CodeDeploy has the traffic go from one version to the other.
import { isMap } from "../../deploy/parse.ts";
import type { Context } from "../define.ts";
import { type ResourceInput, text } from "../resource-types.ts";
import { unstable } from "./faults.ts";
import type { Physical } from "./records.ts";

declare module "../define.ts" {
  interface Sdks {
    codedeploy: typeof import("@aws-sdk/client-codedeploy");
  }
}

/** Where the records of deployments begin in the store: they change when one goes on. */
const DEPLOYMENTS = ["codedeployDeployment"];

/** Moves an alias to its new version, where its update policy says how. Resolves when it is there. */
export async function shiftTraffic(
  context: Context,
  { type, properties, updatePolicy }: ResourceInput,
  before: Physical,
): Promise<void> {
  const policy = updatePolicy.CodeDeployLambdaAliasUpdate;
  if (type !== "AWS::Lambda::Alias" || !isMap(policy)) return;
  const versions = [before.properties.FunctionVersion, properties.FunctionVersion].map(text);
  if (versions[0] === versions[1]) return;
  const hook = (name: string) => (policy[name] ? [{ [name.replace(/Hook$/, "")]: policy[name] }] : []);
  const content = JSON.stringify({
    version: 0.0,
    Resources: [
      {
        [String(properties.Name)]: {
          Type: "AWS::Lambda::Function",
          Properties: {
            Name: text(properties.FunctionName)?.split(":").at(-1),
            Alias: text(properties.Name),
            CurrentVersion: versions[0],
            TargetVersion: versions[1],
          },
        },
      },
    ],
    Hooks: [...hook("BeforeAllowTrafficHook"), ...hook("AfterAllowTrafficHook")],
  });
  const { deploymentId = "" } = await context.call("codedeploy", "CreateDeployment", {
    applicationName: String(policy.ApplicationName),
    deploymentGroupName: String(policy.DeploymentGroupName),
    revision: { revisionType: "AppSpecContent", appSpecContent: { content } },
  });
  await ended(context, deploymentId);
}

async function ended(context: Context, deploymentId: string): Promise<void> {
  for (;;) {
    const stop = new AbortController();
    const news = context.store.watch(DEPLOYMENTS, AbortSignal.any([stop.signal, context.signal]));
    news.catch(() => undefined);
    const { deploymentInfo } = await context.call("codedeploy", "GetDeployment", { deploymentId });
    const { status = "", errorInformation } = deploymentInfo ?? {};
    if (["Succeeded", "Failed", "Stopped"].includes(status)) stop.abort("over");
    if (status === "Succeeded") return;
    if (status === "Failed" || status === "Stopped") {
      throw unstable(
        `CodeDeploy deployment ${deploymentId} ended as ${status}: ${errorInformation?.message ?? ""}`,
      );
    }
    const goOn = context.rest();
    await news;
    goOn();
  }
}
