import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import {
  allOf,
  type KeyRecord,
  keyKey,
  type PlanRecord,
  planKey,
  planKeyKey,
  usageKey,
} from "./account-records.ts";
import { defined } from "./apis.ts";
import { requireApi } from "./change.ts";
import { badRequest, conflict, noPart, notFound } from "./faults.ts";
import { requireKey } from "./keys.ts";
import { positioned } from "./pages.ts";
import { patched } from "./patch.ts";
import { PLAN_RULES } from "./plan-patches.ts";
import { clear, read, readAll, stageKey, write } from "./records.ts";

const PERIODS = ["DAY", "WEEK", "MONTH"];

export const usagePlans = {
  async CreateUsagePlan(input, context) {
    return context.store.transact(async (tx) => {
      const id = newResourceId(context.ids);
      const plan: sdk.UsagePlan = { apiStages: [], ...defined(input), id };
      await checkPlan(tx, context, plan);
      const record: PlanRecord = { v: 1, ...context.scope, id, plan };
      write(tx, planKey(context.scope, id), record);
      return plan;
    });
  },

  async GetUsagePlan(input, context) {
    return (await context.store.transact((tx) => requirePlan(tx, context, input.usagePlanId))).plan;
  },

  async GetUsagePlans(input, { scope, store }) {
    const all = await store.transact(async (tx) => {
      const plans = await readAll<PlanRecord>(tx, allOf(planKey, scope));
      if (input.keyId === undefined) return plans;
      const having: PlanRecord[] = [];
      for (const plan of plans) if (await read(tx, planKeyKey(plan.id, input.keyId))) having.push(plan);
      return having;
    });
    return positioned(
      all.map(({ plan }) => plan),
      input,
      ({ id = "" }) => id,
    );
  },

  async UpdateUsagePlan(input, context) {
    return context.store.transact(async (tx) => {
      const old = await requirePlan(tx, context, input.usagePlanId);
      const plan = patched(old.plan, input.patchOperations, PLAN_RULES);
      await checkPlan(tx, context, plan);
      write(tx, planKey(context.scope, old.id), { ...old, plan });
      return plan;
    });
  },

  async DeleteUsagePlan(input, context) {
    return context.store.transact(async (tx) => {
      const { id, plan } = await requirePlan(tx, context, input.usagePlanId);
      if (plan.apiStages?.length) {
        throw badRequest(
          `Cannot delete Usage Plan '${id}' because there are API stages associated with it. Please remove ` +
            "all associated API stages and try again.",
        );
      }
      tx.delete(planKey(context.scope, id));
      clear(tx, planKeyKey(id, "").slice(0, -1));
      clear(tx, usageKey(id, "", "").slice(0, -2));
      return {};
    });
  },

  async CreateUsagePlanKey(input, context) {
    if (input.keyType !== "API_KEY") throw badRequest(`Invalid key type specified: ${input.keyType}`);
    return context.store.transact(async (tx) => {
      const { id: planId } = await requirePlan(tx, context, input.usagePlanId);
      const key = await requireKey(tx, context, input.keyId);
      const place = planKeyKey(planId, key.id);
      if (await read(tx, place)) {
        throw conflict(
          `Usage Plan ${planId} cannot be added because API Key ${key.id} is already associated with it`,
        );
      }
      write(tx, place, { v: 1 });
      return describeKey(key);
    });
  },

  async GetUsagePlanKey(input, context) {
    return context.store.transact(async (tx) => describeKey(await requirePlanKey(tx, context, input)));
  },

  async GetUsagePlanKeys(input, context) {
    const all = await context.store.transact(async (tx) => {
      const { id } = await requirePlan(tx, context, input.usagePlanId);
      const found: KeyRecord[] = [];
      for await (const [key] of tx.range({ prefix: planKeyKey(id, "").slice(0, -1) })) {
        const record = await read<KeyRecord>(tx, keyKey(context.scope, String(key.at(-1))));
        if (record) found.push(record);
      }
      return found;
    });
    const named = all.filter(({ key }) => (key.name ?? "").startsWith(input.nameQuery ?? ""));
    return positioned(named.map(describeKey), input, ({ id = "" }) => id);
  },

  async DeleteUsagePlanKey(input, context) {
    return context.store.transact(async (tx) => {
      const { id } = await requirePlanKey(tx, context, input);
      tx.delete(planKeyKey(input.usagePlanId ?? "", id));
      return {};
    });
  },
} satisfies Handlers<typeof sdk>;

export async function requirePlan(
  tx: Transaction,
  { scope }: Pick<Context, "scope">,
  id = "",
): Promise<PlanRecord> {
  const plan = await read<PlanRecord>(tx, planKey(scope, id));
  if (!plan) throw notFound("Invalid Usage Plan ID specified");
  return plan;
}

async function requirePlanKey(
  tx: Transaction,
  context: Context,
  { usagePlanId, keyId }: { usagePlanId: string | undefined; keyId: string | undefined },
): Promise<KeyRecord> {
  const { id } = await requirePlan(tx, context, usagePlanId);
  const key = await read<KeyRecord>(tx, keyKey(context.scope, keyId ?? ""));
  if (!key || !(await read(tx, planKeyKey(id, key.id)))) throw noPart("Usage Plan Key");
  return key;
}

function describeKey({ id, key }: KeyRecord): sdk.UsagePlanKey {
  return { id, type: "API_KEY", value: key.value, name: key.name };
}

async function checkPlan(tx: Transaction, context: Context, plan: sdk.UsagePlan): Promise<void> {
  const { quota, throttle, apiStages = [] } = plan;
  if (quota) {
    const { limit = 0, offset = 0, period = "" } = quota;
    if (!PERIODS.includes(period))
      throw badRequest(`Invalid quota period specified. Valid options are ${PERIODS.join(", ")}`);
    if (!(limit > 0)) throw badRequest("Usage Plan quota limits must be a positive integer");
    if (!(offset >= 0 && offset <= limit))
      throw badRequest("Usage Plan quota offset must be zero or more, and less than its limit");
  }
  if ((throttle?.rateLimit ?? 0) < 0 || (throttle?.burstLimit ?? 0) < 0) {
    throw badRequest("Usage Plan throttle rate limit and burst limit must be zero or more");
  }
  for (const { apiId = "", stage = "" } of apiStages) {
    const api = await requireApi(tx, context, apiId);
    if (!(await read(tx, stageKey(api.apiId, stage))))
      throw notFound(`API Stage not found: ${apiId}:${stage}`);
  }
}
