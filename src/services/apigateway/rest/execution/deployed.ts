import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Background } from "../../../define.ts";
import type { ApiEntry } from "../../api-index.ts";
import { perPlatform } from "../../execution/per-platform.ts";
import { type DeploymentRecord, deploymentKey, read, type StageRecord, stageKey } from "../records.ts";
import type { Deployed } from "./call.ts";
import { createRouter, type Router } from "./router.ts";

/** A stage with what it answers: its deployment, and its canary's where it has one. */
interface Served {
  readonly main: OneServed;
  readonly canary: OneServed | undefined;
  readonly percentCanary: number;
}

interface OneServed {
  readonly deployed: Deployed;
  readonly route: Router;
}

const MOST_KEPT = 200;
const servedBy = perPlatform(() => new Map<string, Served | undefined>());

/** The stage of an API as it answers now; of a canary's share of the requests, what the canary answers. */
export async function findDeployed(
  world: Background,
  entry: ApiEntry,
  stageName: string,
): Promise<OneServed | undefined> {
  const kept = servedBy(world.store);
  // Whatever is changed gives the API another revision.
  const key = `${entry.apiId} ${entry.revision} ${stageName}`;
  let served = kept.get(key);
  if (!served && !kept.has(key)) {
    served = await load(world, entry, stageName);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, served);
  }
  if (!served) return undefined;
  const { main, canary, percentCanary } = served;
  return canary && world.ids.fraction() * 100 < percentCanary ? canary : main;
}

function load({ store }: Background, entry: ApiEntry, stageName: string): Promise<Served | undefined> {
  const { account, region, apiId } = entry;
  return store.transact(async (tx) => {
    const record = await read<StageRecord>(tx, stageKey(apiId, stageName));
    if (!record) return undefined;
    const { stage, cacheRevision = "", authorizersRevision = "" } = record;
    const make = async (
      deploymentId: string | undefined,
      variables: Record<string, string>,
      isCanary: boolean,
    ) => {
      const deployment = await read<DeploymentRecord>(tx, deploymentKey(apiId, deploymentId ?? ""));
      if (!deployment) return undefined;
      const { definition } = deployment;
      const deployed: Deployed = {
        ...{ account, region, apiId, stage, stageName, isCanary, variables, definition },
        ...{ cacheRevision, authorizersRevision, deploymentId: deployment.id },
      };
      return { deployed, route: createRouter(definition) };
    };
    const main = await make(stage.deploymentId, stage.variables ?? {}, false);
    if (!main) return undefined;
    const { deploymentId, percentTraffic = 0, stageVariableOverrides } = stage.canarySettings ?? {};
    const variables = { ...stage.variables, ...stageVariableOverrides };
    const canary = deploymentId === undefined ? undefined : await make(deploymentId, variables, true);
    return { main, canary, percentCanary: percentTraffic };
  });
}

const NONE: sdk.MethodSetting = {};

/**
 * What a stage sets for a method: its own settings over those of all methods.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
 */
export function settingsOf(
  { stage }: Deployed,
  resource: sdk.Resource,
  method: sdk.Method,
): sdk.MethodSetting {
  const { methodSettings } = stage;
  if (!methodSettings) return NONE;
  const escaped = (resource.path ?? "").replaceAll("~", "~0").replaceAll("/", "~1");
  return methodSettings[`${escaped}/${method.httpMethod}`] ?? methodSettings["*/*"] ?? NONE;
}
