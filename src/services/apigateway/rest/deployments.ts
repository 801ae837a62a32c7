import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import { defined } from "./apis.ts";
import { announce, look, requireApi, requireDeployment } from "./change.ts";
import { badRequest } from "./faults.ts";
import { positioned } from "./pages.ts";
import { type PatchRule, patched, textRule } from "./patch.ts";
import {
  type DeploymentRecord,
  deploymentKey,
  type RestApiRecord,
  type RestDefinition,
  read,
  readAll,
  type StageRecord,
  stageKey,
  write,
} from "./records.ts";
import { checkStage } from "./stages.ts";

export const deployments = {
  async CreateDeployment(input, context) {
    return context.store.transact(async (tx) => {
      const record = await requireApi(tx, context, input.restApiId);
      const deployment = await deploy(tx, context, record, input.description);
      if (input.stageName) await pointStage(tx, context, record, deployment.id, input);
      announce(tx, context, record);
      return describe(deployment, ["apisummary"]);
    });
  },

  async GetDeployment(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) =>
      describe(await requireDeployment(tx, apiId, input.deploymentId), input.embed),
    );
  },

  async GetDeployments(input, context) {
    const all = await look(context, input.restApiId, ({ apiId }, tx) =>
      readAll<DeploymentRecord>(tx, deploymentKey(apiId, "").slice(0, -1)),
    );
    const items = all.sort((one, other) => other.createdMs - one.createdMs).map((each) => describe(each, []));
    return positioned(items, input, ({ id = "" }) => id);
  },

  async UpdateDeployment(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      const deployment = await requireDeployment(tx, apiId, input.deploymentId);
      const { description } = patched<{ description?: string }>(
        defined({ description: deployment.description }) as { description?: string },
        input.patchOperations,
        RULES,
      );
      const changed = { ...deployment, description };
      write(tx, deploymentKey(apiId, deployment.id), changed);
      return describe(changed, []);
    });
  },

  async DeleteDeployment(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      const { id } = await requireDeployment(tx, apiId, input.deploymentId);
      const stages = await readAll<StageRecord>(tx, stageKey(apiId, "").slice(0, -1));
      if (
        stages.some(({ stage }) => stage.deploymentId === id || stage.canarySettings?.deploymentId === id)
      ) {
        throw badRequest("Active stages pointing to this deployment must be moved or deleted");
      }
      tx.delete(deploymentKey(apiId, id));
      return {};
    });
  },
} satisfies Handlers<typeof sdk>;

const RULES: readonly PatchRule<{ description?: string }>[] = [textRule("/description", "description")];

/** Takes a copy of the API as it is. */
async function deploy(
  tx: Transaction,
  { clock, ids }: Pick<Context, "clock" | "ids">,
  record: RestApiRecord,
  description: string | undefined,
): Promise<DeploymentRecord> {
  const methods = Object.values(record.resources).flatMap(({ resourceMethods = {} }) =>
    Object.values(resourceMethods),
  );
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (methods.some(({ methodIntegration }) => !methodIntegration)) {
    throw badRequest("No integration defined for method");
  }
  const { api, resources, models, validators, authorizers, gatewayResponses } = record;
  const definition: RestDefinition = { api, resources, models, validators, authorizers, gatewayResponses };
  const deployment: DeploymentRecord = {
    v: 1,
    apiId: record.apiId,
    id: newResourceId(ids),
    description,
    createdMs: Math.floor(clock.now()),
    definition,
  };
  write(tx, deploymentKey(record.apiId, deployment.id), deployment);
  return deployment;
}

/** The stage that a deployment is made for: a new one, an old one, or an old one's canary. */
async function pointStage(
  tx: Transaction,
  { scope, clock }: Context,
  { apiId }: RestApiRecord,
  deploymentId: string,
  input: sdk.CreateDeploymentRequest,
): Promise<void> {
  const {
    stageName = "",
    stageDescription,
    cacheClusterEnabled,
    cacheClusterSize,
    variables,
    tracingEnabled,
  } = input;
  const nowMs = Math.floor(clock.now());
  const old = await read<StageRecord>(tx, stageKey(apiId, stageName));
  const { canarySettings } = input;
  const given: sdk.Stage = defined({
    description: stageDescription,
    cacheClusterEnabled,
    cacheClusterSize,
    variables,
    tracingEnabled,
  });
  const stage: sdk.Stage = canarySettings
    ? { ...old?.stage, ...given, stageName, canarySettings: { ...canarySettings, deploymentId } }
    : {
        cacheClusterEnabled: false,
        tracingEnabled: false,
        methodSettings: {},
        ...old?.stage,
        ...given,
        stageName,
        deploymentId,
      };
  if (canarySettings && !old) throw badRequest("Deployment stage must exist to create a canary deployment");
  checkStage(stage);
  const record: StageRecord = {
    v: 1,
    ...scope,
    apiId,
    name: stageName,
    stage,
    createdMs: old?.createdMs ?? nowMs,
    updatedMs: nowMs,
  };
  write(tx, stageKey(apiId, stageName), record);
}

function describe(deployment: DeploymentRecord, embed: readonly string[] | undefined) {
  const { id, description, createdMs, definition } = deployment;
  return {
    id,
    description,
    createdDate: new Date(createdMs),
    ...(embed?.includes("apisummary") ? { apiSummary: summaryOf(definition) } : {}),
  };
}

function summaryOf({ resources }: RestDefinition): Record<string, Record<string, sdk.MethodSnapshot>> {
  const summary: Record<string, Record<string, sdk.MethodSnapshot>> = {};
  for (const { path = "", resourceMethods = {} } of Object.values(resources)) {
    const methods = Object.entries(resourceMethods).map(([name, { authorizationType, apiKeyRequired }]) => [
      name,
      { authorizationType, apiKeyRequired },
    ]);
    if (methods.length > 0) summary[path] = Object.fromEntries(methods);
  }
  return summary;
}
