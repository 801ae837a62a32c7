import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Store, Transaction } from "../../../../store/store.ts";
import { passes } from "../../execution/throttle.ts";
import {
  allOf,
  type KeyRecord,
  keyKey,
  keyValueKey,
  type PlanRecord,
  planKey,
  planKeyKey,
  type UsageRecord,
  usageKey,
} from "../account-records.ts";
import { read, readAll, write } from "../records.ts";
import { dayOf } from "../usage.ts";
import { type Call, headerOf } from "./call.ts";
import { Failure } from "./failures.ts";
import { hidden } from "./headers.ts";

const A_DAY_MS = 86_400_000;

/**
 * Checks the key that a method asks for, and counts the request against its usage plan.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
export async function checkKey(call: Call): Promise<void> {
  const { method, deployed, parameters, world, log, request, resource } = call;
  const fromAuthorizer = deployed.definition.api.apiKeySource === "AUTHORIZER";
  const value = fromAuthorizer ? call.authorizerKey : headerOf(parameters, "x-api-key");
  if (value !== undefined) call.identity.apiKey = value;
  const shown = log.isOn ? hidden(value ?? "") : "";
  const stage = `${deployed.apiId}/${deployed.stageName}`;
  log.info(`Verifying Usage Plan for request: ${request.requestId}. API Key: ${shown} API Stage: ${stage}`);
  if (!method.apiKeyRequired) {
    const why = `method '${method.httpMethod} ${resource.path}' does not require API Key`;
    log.info(
      `API Key ${shown} authorized because ${why}. Request will not contribute to throttle or quota limits`,
    );
    return;
  }
  if (!value) throw new Failure("INVALID_API_KEY");
  const found = await world.store.transact((tx) => findPlan(tx, call, value));
  if (!found) throw new Failure("INVALID_API_KEY");
  const { key, plan } = found;
  call.identity.apiKeyId = key.id;
  if (!isWithin(call, plan.plan, key.id)) throw new Failure("THROTTLED");
  const { quota } = plan.plan;
  const limit = quota?.limit ?? 0;
  if (quota && !(await count(world.store, call, plan, key.id, limit))) throw new Failure("QUOTA_EXCEEDED");
  log.info(`Usage Plan check succeeded for API Key ${shown} and API Stage ${stage}`);
}

/** The key, and the plan that gives it this stage. */
async function findPlan(
  tx: Transaction,
  { deployed }: Call,
  value: string,
): Promise<{ key: KeyRecord; plan: PlanRecord } | undefined> {
  const named = await read<{ readonly id: string }>(tx, keyValueKey(deployed, value));
  const key = named && (await read<KeyRecord>(tx, keyKey(deployed, named.id)));
  if (!key?.key.enabled) return undefined;
  for (const plan of await readAll<PlanRecord>(tx, allOf(planKey, deployed))) {
    if (stageIn(plan.plan, deployed) && (await read(tx, planKeyKey(plan.id, key.id)))) return { key, plan };
  }
  return undefined;
}

function stageIn({ apiStages = [] }: sdk.UsagePlan, { apiId, stageName }: Call["deployed"]) {
  return apiStages.find((each) => each.apiId === apiId && each.stage === stageName);
}

/** The plan's rate for each key, and its rate for this method. */
function isWithin({ world, deployed, resource, method }: Call, plan: sdk.UsagePlan, keyId: string): boolean {
  const rates: [string, { perSecond: number; burst: number }][] = [];
  const add = (name: string, settings: sdk.ThrottleSettings | undefined) => {
    const { rateLimit, burstLimit = rateLimit } = settings ?? {};
    if (rateLimit !== undefined && burstLimit !== undefined) {
      rates.push([`plan ${plan.id} ${keyId} ${name}`, { perSecond: rateLimit, burst: burstLimit }]);
    }
  };
  const place = `${resource.path}/${method.httpMethod}`;
  add(place, stageIn(plan, deployed)?.throttle?.[place]);
  add("", plan.throttle);
  return passes(world, rates);
}

/** Counts one request; false when nothing was left of the quota. */
function count(
  store: Store,
  call: Call,
  { id, plan }: PlanRecord,
  keyId: string,
  limit: number,
): Promise<boolean> {
  const nowMs = call.request.receivedMs;
  const today = dayOf(nowMs);
  return store.transact(async (tx) => {
    const key = usageKey(id, keyId, today);
    const record = await read<UsageRecord>(tx, key);
    const remaining = record?.remaining ?? (await remainingBefore(tx, id, keyId, plan, nowMs, limit));
    if (remaining <= 0) return false;
    write(tx, key, { v: 1, used: (record?.used ?? 0) + 1, remaining: remaining - 1 });
    return true;
  });
}

/** What the days before today have left of the period, or all of it where it begins. */
async function remainingBefore(
  tx: Transaction,
  planId: string,
  keyId: string,
  { quota }: sdk.UsagePlan,
  nowMs: number,
  limit: number,
): Promise<number> {
  const offset = quota?.offset ?? 0;
  const startMs = periodStart(quota?.period ?? "DAY", nowMs);
  for (let day = nowMs - A_DAY_MS; day >= startMs; day -= A_DAY_MS) {
    const record = await read<UsageRecord>(tx, usageKey(planId, keyId, dayOf(day)));
    if (record) return record.remaining;
  }
  return limit - offset;
}

/** Weeks begin on Sunday, months on the first, by UTC. */
function periodStart(period: string, nowMs: number): number {
  const now = new Date(nowMs);
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  if (period === "WEEK") return midnight - now.getUTCDay() * A_DAY_MS;
  return period === "MONTH" ? Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1) : midnight;
}
