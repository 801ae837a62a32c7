import type { Transaction } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { writeApiEntry } from "../api-index.ts";
import { badRequest, noApi, noPart } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import {
  type ApiRecord,
  deletePart,
  deleteSnapshot,
  listParts,
  type PartKind,
  type Parts,
  readApi,
  readPart,
  type StageRecord,
  takeSnapshot,
  writePart,
  writeSnapshot,
} from "./records.ts";

const NO_ROUTES = "Unable to deploy API because no routes exist in this API";
const NO_VALID_ROUTES = "Unable to deploy API because no valid routes exist in this API";
const AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration";

/** What an edit of an API works with. */
export interface Edit {
  readonly tx: Transaction;
  readonly api: ApiRecord;
  readonly nowMs: number;
}

export async function requireApi(
  tx: Transaction,
  { scope }: Pick<Context, "scope">,
  apiId: string | undefined,
): Promise<ApiRecord> {
  const api = await readApi(tx, scope, apiId ?? "");
  if (!api) throw noApi(scope.account, apiId ?? "");
  return api;
}

const WORDS: Readonly<Record<PartKind, string>> = {
  route: "Route",
  integration: "Integration",
  authorizer: "Authorizer",
  model: "Model",
  integrationResponse: "IntegrationResponse",
  routeResponse: "RouteResponse",
  stage: "stage",
  deployment: "Deployment",
};

export async function requirePart<Kind extends PartKind>(
  tx: Transaction,
  apiId: string,
  kind: Kind,
  ...id: readonly (string | undefined)[]
): Promise<Parts[Kind]> {
  const part = await readPart(tx, apiId, kind, ...id.map((one) => one ?? ""));
  if (!part) throw noPart(WORDS[kind]);
  return part;
}

/** Reads one part of an API, or whatever else `read` makes of it. */
export function look<Found>(
  context: Context,
  apiId: string | undefined,
  read: (tx: Transaction, api: ApiRecord) => Promise<Found>,
): Promise<Found> {
  return context.store.transact(async (tx) => read(tx, await requireApi(tx, context, apiId)));
}

/**
 * Changes an API. Whoever serves it hears of it by its revision; stages that deploy automatically get a
 * deployment of what it is now.
 */
export async function change<Changed>(
  context: Context,
  apiId: string | undefined,
  edit: (edit: Edit) => Promise<Changed>,
): Promise<Changed> {
  const nowMs = Math.floor(context.clock.now());
  const revision = context.ids.hex(16);
  const deploymentId = newResourceId(context.ids);
  return context.store.transact(async (tx) => {
    const api = await requireApi(tx, context, apiId);
    const changed = await edit({ tx, api, nowMs });
    const now = await readApi(tx, context.scope, api.ApiId);
    if (now) await settle(tx, now, { nowMs, revision, deploymentId });
    return changed;
  });
}

interface Settling {
  readonly nowMs: number;
  readonly revision: string;
  readonly deploymentId: string;
}

/** What every change of an API ends with. */
export async function settle(tx: Transaction, api: ApiRecord, settling: Settling): Promise<void> {
  const { account, region, ApiId: apiId } = api;
  const kind = api.ProtocolType ?? "HTTP";
  writeApiEntry(tx, { v: 1, account, region, apiId, kind, revision: settling.revision });
  const stages = (await listParts(tx, apiId, "stage")).filter(({ AutoDeploy }) => AutoDeploy);
  if (stages.length === 0) return;
  const refusal = await deploy(tx, api, { ...settling, automatic: true });
  for (const stage of stages) await redeploy(tx, apiId, stage, settling, refusal);
}

/** Keeps the API as it is under a deployment's id; gives why it cannot be deployed. */
export async function deploy(
  tx: Transaction,
  api: ApiRecord,
  given: {
    readonly nowMs: number;
    readonly deploymentId: string;
    readonly automatic: boolean;
    readonly description?: string | undefined;
  },
): Promise<string | undefined> {
  const snapshot = await takeSnapshot(tx, api);
  if (snapshot.routes.length === 0) return NO_ROUTES;
  if (!snapshot.routes.some(({ Target }) => Target !== undefined)) return NO_VALID_ROUTES;
  const { nowMs, deploymentId, automatic } = given;
  const description = automatic ? AUTOMATIC : given.description;
  writeSnapshot(tx, deploymentId, snapshot);
  writePart(tx, api.ApiId, "deployment", [deploymentId], {
    v: 1,
    DeploymentId: deploymentId,
    createdMs: nowMs,
    AutoDeployed: automatic,
    DeploymentStatus: "DEPLOYED",
    ...(description === undefined ? {} : { Description: description }),
  });
  return undefined;
}

async function redeploy(
  tx: Transaction,
  apiId: string,
  stage: StageRecord,
  { nowMs, deploymentId }: Settling,
  refusal: string | undefined,
): Promise<void> {
  const before = stage.DeploymentId;
  writePart(tx, apiId, "stage", [stage.StageName], {
    ...stage,
    updatedMs: nowMs,
    ...(refusal === undefined ? { DeploymentId: deploymentId } : {}),
    LastDeploymentStatusMessage:
      refusal === undefined
        ? `Successfully deployed stage with deployment ID '${deploymentId}'`
        : `Deployment attempt failed: ${refusal}`,
  });
  if (refusal === undefined && before !== undefined) await forgetAutomatic(tx, apiId, before);
}

/** Automatic deployments that no stage shows any more would pile up with every change. */
async function forgetAutomatic(tx: Transaction, apiId: string, deploymentId: string): Promise<void> {
  const deployment = await readPart(tx, apiId, "deployment", deploymentId);
  if (!deployment?.AutoDeployed) return;
  const stages = await listParts(tx, apiId, "stage");
  if (stages.some((stage) => stage.DeploymentId === deploymentId)) return;
  deletePart(tx, apiId, "deployment", deploymentId);
  deleteSnapshot(tx, apiId, deploymentId);
}

/** The members that are given, of those named. */
export function given<Shape extends object, Name extends keyof Shape>(
  input: Shape,
  names: readonly Name[],
): { [Each in Name]?: NonNullable<Shape[Each]> } {
  const found: { [Each in Name]?: NonNullable<Shape[Each]> } = {};
  for (const name of names) {
    const value = input[name];
    if (value !== undefined && value !== null) found[name] = value as NonNullable<Shape[Name]>;
  }
  return found;
}

/** A map with what is given added: an empty value takes a name out, as tools rely on. */
export function merged<Value>(
  before: Readonly<Record<string, Value>> | undefined,
  added: Readonly<Record<string, Value>> | undefined,
): Record<string, Value> | undefined {
  if (added === undefined) return before && { ...before };
  const all = Object.entries({ ...before, ...added }).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(all);
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === "" || value === undefined;
}

/** An API of the kind that has what is asked for. */
export function checkKind(api: ApiRecord, kind: "HTTP" | "WEBSOCKET", what: string): void {
  if (api.ProtocolType !== kind) {
    throw badRequest(`${what} is not supported for protocol type ${api.ProtocolType}`);
  }
}
