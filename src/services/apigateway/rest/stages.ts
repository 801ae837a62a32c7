import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Context, Handlers } from "../../define.ts";
import { defined } from "./apis.ts";
import { announce, look, requireApi, requireDeployment, requireStage } from "./change.ts";
import { badRequest, conflict } from "./faults.ts";
import { patched } from "./patch.ts";
import { read, readAll, type StageRecord, stageKey, write } from "./records.ts";
import { STAGE_RULES } from "./stage-patches.ts";

/** In GB. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html */
const CACHE_SIZES = ["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"];
const VARIABLE_NAME = /^[A-Za-z0-9_]+$/;
const VARIABLE_VALUE = /^[A-Za-z0-9\-._~:/?#&=,]+$/;

export const stages = {
  async CreateStage(input, context) {
    const { restApiId, ...given } = input;
    const nowMs = Math.floor(context.clock.now());
    return context.store.transact(async (tx) => {
      const record = await requireApi(tx, context, restApiId);
      const { apiId } = record;
      const name = given.stageName ?? "";
      if (await read(tx, stageKey(apiId, name))) throw conflict("Stage already exists");
      const stage: sdk.Stage = {
        cacheClusterEnabled: false,
        tracingEnabled: false,
        methodSettings: {},
        ...defined(given),
      };
      checkStage(stage);
      await requireDeployment(tx, apiId, stage.deploymentId).catch(() => {
        throw badRequest("Deployment id does not exist");
      });
      const made: StageRecord = {
        v: 1,
        ...context.scope,
        apiId,
        name,
        stage,
        createdMs: nowMs,
        updatedMs: nowMs,
      };
      write(tx, stageKey(apiId, name), made);
      announce(tx, context, record);
      return describe(made);
    });
  },

  async GetStage(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) =>
      describe(await requireStage(tx, apiId, input.stageName)),
    );
  },

  async GetStages(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      const all = await readAll<StageRecord>(tx, stageKey(apiId, "").slice(0, -1));
      const { deploymentId } = input;
      const wanted = all.filter(
        ({ stage }) => deploymentId === undefined || stage.deploymentId === deploymentId,
      );
      return { item: wanted.map(describe) };
    });
  },

  async UpdateStage(input, context) {
    const nowMs = Math.floor(context.clock.now());
    return context.store.transact(async (tx) => {
      const record = await requireApi(tx, context, input.restApiId);
      const old = await requireStage(tx, record.apiId, input.stageName);
      const stage = patched(old.stage, input.patchOperations, STAGE_RULES);
      checkStage(stage);
      for (const id of [stage.deploymentId, stage.canarySettings?.deploymentId]) {
        if (id !== undefined) await requireDeployment(tx, record.apiId, id);
      }
      const changed = { ...old, stage, updatedMs: nowMs };
      write(tx, stageKey(record.apiId, old.name), changed);
      announce(tx, context, record);
      return describe(changed);
    });
  },

  async DeleteStage(input, context) {
    return context.store.transact(async (tx) => {
      const record = await requireApi(tx, context, input.restApiId);
      const { name } = await requireStage(tx, record.apiId, input.stageName);
      tx.delete(stageKey(record.apiId, name));
      announce(tx, context, record);
      return {};
    });
  },

  async FlushStageCache(input, context) {
    return forget(context, input, "cacheRevision");
  },

  async FlushStageAuthorizersCache(input, context) {
    return forget(context, input, "authorizersRevision");
  },
} satisfies Handlers<typeof sdk>;

function forget(
  context: Context,
  { restApiId, stageName }: { restApiId: string | undefined; stageName: string | undefined },
  what: "cacheRevision" | "authorizersRevision",
) {
  return context.store.transact(async (tx) => {
    const record = await requireApi(tx, context, restApiId);
    const stage = await requireStage(tx, record.apiId, stageName);
    write(tx, stageKey(record.apiId, stage.name), { ...stage, [what]: context.ids.uuid() });
    announce(tx, context, record);
    return {};
  });
}

function describe({ stage, createdMs, updatedMs }: StageRecord) {
  return {
    ...stage,
    cacheClusterStatus: stage.cacheClusterEnabled ? ("AVAILABLE" as const) : ("NOT_AVAILABLE" as const),
    createdDate: new Date(createdMs),
    lastUpdatedDate: new Date(updatedMs),
  };
}

export function checkStage({
  stageName = "",
  variables = {},
  cacheClusterSize,
  canarySettings,
}: sdk.Stage): void {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(stageName)) {
    throw badRequest("Stage name only allows a-zA-Z0-9_-");
  }
  if (cacheClusterSize !== undefined && !CACHE_SIZES.includes(cacheClusterSize)) {
    throw badRequest(`Invalid cache cluster size specified. Valid options are ${CACHE_SIZES.join(", ")}`);
  }
  for (const [name, value] of Object.entries(variables)) {
    if (!VARIABLE_NAME.test(name))
      throw badRequest(
        `Invalid stage variable name: ${name}. Please use alphanumeric characters and underscores only.`,
      );
    if (!VARIABLE_VALUE.test(value)) {
      throw badRequest(
        `Invalid stage variable value: ${value}. Please use values with alphanumeric characters and the ` +
          "symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.",
      );
    }
  }
  const { percentTraffic = 0 } = canarySettings ?? {};
  if (!(percentTraffic >= 0 && percentTraffic <= 100)) {
    throw badRequest("Canary percentTraffic must be between 0 and 100");
  }
}
