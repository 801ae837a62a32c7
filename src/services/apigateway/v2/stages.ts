import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { isMapped } from "../domains/records.ts";
import { badRequest, conflict, notFound } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { checkTags } from "../tags.ts";
import { change, deploy, given, look, merged, requirePart } from "./changes.ts";
import { checkStageName, checkText, checkVariables } from "./checks.ts";
import {
  deletePart,
  deleteSnapshot,
  listParts,
  partsOf,
  readPart,
  type StageRecord,
  writePart,
} from "./records.ts";
import { shownDeployment, shownStage } from "./shown.ts";

const SETTINGS = [
  "AccessLogSettings",
  "AutoDeploy",
  "ClientCertificateId",
  "DefaultRouteSettings",
  "DeploymentId",
  "Description",
] as const;

type Settings = Partial<Omit<sdk.UpdateStageRequest, "ApiId" | "StageName">>;

export const stages = {
  async CreateStage(input, context) {
    const stage = await change(context, input.ApiId, async ({ tx, api, nowMs }) => {
      const name = input.StageName ?? "";
      checkStageName(api, name);
      if (await readPart(tx, api.ApiId, "stage", name)) throw conflict("Stage already exists");
      const made: StageRecord = {
        v: 1,
        StageName: name,
        DefaultRouteSettings: { DetailedMetricsEnabled: false },
        ...given(input, SETTINGS),
        RouteSettings: input.RouteSettings ?? {},
        StageVariables: input.StageVariables ?? {},
        createdMs: nowMs,
        updatedMs: nowMs,
        Tags: checkTags(input.Tags),
      };
      await checkStage(tx, api.ApiId, made, input);
      writePart(tx, api.ApiId, "stage", [name], made);
      return made;
    });
    return shownStage(stage);
  },

  async GetStage(input, context) {
    const stage = await look(context, input.ApiId, (tx, { ApiId }) =>
      requirePart(tx, ApiId, "stage", input.StageName),
    );
    return shownStage(stage);
  },

  async GetStages(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const { items, token } = await page(partsOf(tx, ApiId, "stage"), ({ StageName }) => StageName, input);
      return { Items: items.map(shownStage), ...token };
    });
  },

  async UpdateStage(input, context) {
    const stage = await change(context, input.ApiId, async ({ tx, api, nowMs }) => {
      const before = await requirePart(tx, api.ApiId, "stage", input.StageName);
      const next: StageRecord = {
        ...before,
        ...given(input, SETTINGS),
        DefaultRouteSettings: { ...before.DefaultRouteSettings, ...input.DefaultRouteSettings },
        RouteSettings: merged(before.RouteSettings, input.RouteSettings) ?? {},
        StageVariables: merged(before.StageVariables, input.StageVariables) ?? {},
        updatedMs: nowMs,
      };
      await checkStage(tx, api.ApiId, next, input);
      writePart(tx, api.ApiId, "stage", [before.StageName], next);
      return next;
    });
    return shownStage(stage);
  },

  async DeleteStage(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { StageName } = await requirePart(tx, api.ApiId, "stage", input.StageName);
      if (await isMapped(tx, api.ApiId, StageName)) {
        throw badRequest(
          "Deleting this stage will invalidate existing API mappings. " +
            "Please remove them before deleting the stage.",
        );
      }
      deletePart(tx, api.ApiId, "stage", StageName);
    });
    return {};
  },

  async DeleteAccessLogSettings(input, context) {
    await change(context, input.ApiId, async ({ tx, api, nowMs }) => {
      const stage = await requirePart(tx, api.ApiId, "stage", input.StageName);
      const { AccessLogSettings: _, ...rest } = stage;
      writePart(tx, api.ApiId, "stage", [stage.StageName], { ...rest, updatedMs: nowMs });
    });
    return {};
  },

  async DeleteRouteSettings(input, context) {
    await change(context, input.ApiId, async ({ tx, api, nowMs }) => {
      const stage = await requirePart(tx, api.ApiId, "stage", input.StageName);
      const { [input.RouteKey ?? ""]: gone, ...RouteSettings } = stage.RouteSettings ?? {};
      if (!gone) throw notFound(`No route settings found for route key ${input.RouteKey}`);
      writePart(tx, api.ApiId, "stage", [stage.StageName], { ...stage, RouteSettings, updatedMs: nowMs });
    });
    return {};
  },

  async CreateDeployment(input, context) {
    const deploymentId = newResourceId(context.ids);
    const deployment = await change(context, input.ApiId, async ({ tx, api, nowMs }) => {
      const { StageName, Description: description } = input;
      checkText("Description", description, 0, 1024);
      const stage =
        StageName === undefined ? undefined : await requirePart(tx, api.ApiId, "stage", StageName);
      const refusal = await deploy(tx, api, { nowMs, deploymentId, automatic: false, description });
      if (refusal !== undefined) throw badRequest(refusal);
      if (stage) {
        writePart(tx, api.ApiId, "stage", [stage.StageName], {
          ...stage,
          DeploymentId: deploymentId,
          updatedMs: nowMs,
        });
      }
      return requirePart(tx, api.ApiId, "deployment", deploymentId);
    });
    return shownDeployment(deployment);
  },

  async GetDeployment(input, context) {
    const deployment = await look(context, input.ApiId, (tx, { ApiId }) =>
      requirePart(tx, ApiId, "deployment", input.DeploymentId),
    );
    return shownDeployment(deployment);
  },

  async GetDeployments(input, context) {
    return look(context, input.ApiId, async (tx, { ApiId }) => {
      const all = partsOf(tx, ApiId, "deployment");
      const { items, token } = await page(all, ({ DeploymentId }) => DeploymentId, input);
      return { Items: items.map(shownDeployment), ...token };
    });
  },

  async UpdateDeployment(input, context) {
    const deployment = await change(context, input.ApiId, async ({ tx, api }) => {
      const before = await requirePart(tx, api.ApiId, "deployment", input.DeploymentId);
      const next = { ...before, ...given(input, ["Description"]) };
      writePart(tx, api.ApiId, "deployment", [before.DeploymentId], next);
      return next;
    });
    return shownDeployment(deployment);
  },

  async DeleteDeployment(input, context) {
    await change(context, input.ApiId, async ({ tx, api }) => {
      const { DeploymentId: id } = await requirePart(tx, api.ApiId, "deployment", input.DeploymentId);
      const stages = await listParts(tx, api.ApiId, "stage");
      if (stages.some(({ DeploymentId }) => DeploymentId === id)) {
        throw badRequest("Active stages pointing to this deployment must be moved or deleted");
      }
      deletePart(tx, api.ApiId, "deployment", id);
      deleteSnapshot(tx, api.ApiId, id);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function checkStage(
  tx: Transaction,
  apiId: string,
  stage: StageRecord,
  input: Settings,
): Promise<void> {
  checkText("Description", stage.Description, 0, 1024);
  checkVariables(input.StageVariables);
  if (input.DeploymentId !== undefined) {
    if (stage.AutoDeploy) throw badRequest("DeploymentId cannot be set for stages with AutoDeploy enabled");
    await requirePart(tx, apiId, "deployment", input.DeploymentId);
  }
  checkAccessLogs(stage.AccessLogSettings);
  const keys = new Set((await listParts(tx, apiId, "route")).map(({ RouteKey }) => RouteKey));
  for (const [key, settings] of Object.entries(input.RouteSettings ?? {})) {
    if (!keys.has(key) && Object.keys(settings).length > 0)
      throw notFound(`Unable to find Route by key ${key} within the provided RouteSettings`);
  }
  for (const settings of [stage.DefaultRouteSettings, ...Object.values(stage.RouteSettings ?? {})]) {
    const { ThrottlingBurstLimit: burst = 0, ThrottlingRateLimit: rate = 0 } = settings ?? {};
    if (burst < 0 || rate < 0) throw badRequest("Throttling limits must be greater than or equal to 0");
  }
}

const LOG_GROUP =
  /^arn:[^:]+:(?:logs:[^:]+:\d{12}:log-group:[^:]+(?::\*)?|firehose:[^:]+:\d{12}:deliverystream\/.+)$/;

function checkAccessLogs(settings: sdk.AccessLogSettings | undefined): void {
  const { DestinationArn, Format } = settings ?? {};
  if (DestinationArn !== undefined && !LOG_GROUP.test(DestinationArn)) {
    throw badRequest(
      "Invalid ARN specified in the request. ARNs must start with 'arn:aws:logs' or 'arn:aws:firehose'",
    );
  }
  if (DestinationArn === undefined || Format === undefined) return;
  if (!/\$context\.(?:requestId|extendedRequestId)\b/.test(Format)) {
    throw badRequest("AccessLogSettings format must contain $context.requestId");
  }
}
