import type { Transaction } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { writeApiEntry } from "../api-index.ts";
import { noApi, noPart } from "./faults.ts";
import type { StageRecord } from "./records.ts";
import {
  apiKey,
  type DeploymentRecord,
  deploymentKey,
  type RestApiRecord,
  read,
  stageKey,
  write,
} from "./records.ts";

type World = Pick<Context, "scope" | "store" | "ids">;

export async function requireApi(
  tx: Transaction,
  { scope }: Pick<Context, "scope">,
  apiId = "",
): Promise<RestApiRecord> {
  const api = await read<RestApiRecord>(tx, apiKey(scope, apiId));
  if (!api) throw noApi(scope.account, apiId);
  return api;
}

/** Looks at an API. */
export function look<Found>(
  world: World,
  apiId: string | undefined,
  find: (api: RestApiRecord, tx: Transaction) => Found | Promise<Found>,
): Promise<Found> {
  return world.store.transact(async (tx) => find(await requireApi(tx, world, apiId), tx));
}

/** Changes what an API is; what it answers is changed by a deployment only. */
export function change<Result>(
  world: World,
  apiId: string | undefined,
  edit: (
    api: RestApiRecord,
    tx: Transaction,
  ) => readonly [RestApiRecord, Result] | Promise<readonly [RestApiRecord, Result]>,
): Promise<Result> {
  return world.store.transact(async (tx) => {
    const [changed, result] = await edit(await requireApi(tx, world, apiId), tx);
    write(tx, apiKey(changed, changed.apiId), changed);
    return result;
  });
}

/** Whoever serves the API makes anew what it has made of it. */
export function announce(tx: Transaction, { ids }: Pick<Context, "ids">, api: RestApiRecord): void {
  const { account, region, apiId } = api;
  writeApiEntry(tx, { v: 1, account, region, apiId, kind: "REST", revision: ids.uuid() });
}

export async function requireStage(tx: Transaction, apiId: string, name = ""): Promise<StageRecord> {
  const stage = await read<StageRecord>(tx, stageKey(apiId, name));
  if (!stage) throw noPart("stage");
  return stage;
}

export async function requireDeployment(tx: Transaction, apiId: string, id = ""): Promise<DeploymentRecord> {
  const deployment = await read<DeploymentRecord>(tx, deploymentKey(apiId, id));
  if (!deployment) throw noPart("Deployment");
  return deployment;
}

/** A member of one of an API's maps, by its id. */
export function requireMember<Member>(
  members: Readonly<Record<string, Member>>,
  id: string | undefined,
  kind: string,
): Member {
  const found = id !== undefined && Object.hasOwn(members, id) ? members[id] : undefined;
  if (!found) throw noPart(kind);
  return found;
}

/** A map without one of its members. */
export function without<Member>(
  members: Readonly<Record<string, Member>>,
  id: string,
): Record<string, Member> {
  const { [id]: _gone, ...rest } = members;
  return rest;
}
