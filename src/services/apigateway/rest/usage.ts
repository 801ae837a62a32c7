import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Transaction } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { planKeyKey, type UsageRecord, usageKey } from "./account-records.ts";
import { badRequest } from "./faults.ts";
import { type PatchRule, patched, readNumber } from "./patch.ts";
import { read, write } from "./records.ts";
import { requirePlan } from "./usage-plans.ts";

const A_DAY_MS = 86_400_000;
const MOST_DAYS = 90;

export const usage = {
  async GetUsage(input, context) {
    const days = daysFrom(input.startDate, input.endDate);
    return context.store.transact(async (tx) => {
      const { id, plan } = await requirePlan(tx, context, input.usagePlanId);
      const items: Record<string, number[][]> = {};
      for await (const [key] of tx.range({ prefix: planKeyKey(id, "").slice(0, -1) })) {
        const keyId = String(key.at(-1));
        if (input.keyId !== undefined && keyId !== input.keyId) continue;
        items[keyId] = await usageOn(tx, id, keyId, days, plan.quota?.limit ?? 0);
      }
      const { startDate, endDate } = input;
      return { usagePlanId: id, startDate, endDate, items };
    });
  },

  async UpdateUsage(input, context) {
    const day = dayOf(context.clock.now());
    return context.store.transact(async (tx) => {
      const { id } = await requirePlan(tx, context, input.usagePlanId);
      const keyId = input.keyId ?? "";
      const old = await read<UsageRecord>(tx, usageKey(id, keyId, day));
      const { remaining } = patched({ remaining: old?.remaining ?? 0 }, input.patchOperations, RULES);
      write(tx, usageKey(id, keyId, day), { v: 1, used: old?.used ?? 0, remaining });
      return {
        usagePlanId: id,
        startDate: day,
        endDate: day,
        items: { [keyId]: [[old?.used ?? 0, remaining]] },
      };
    });
  },
} satisfies Handlers<typeof sdk>;

const RULES: readonly PatchRule<{ remaining: number }>[] = [
  {
    path: "/remaining",
    ops: ["replace"],
    apply(target, { value }) {
      target.remaining = readNumber(value);
    },
  },
];

/** `2026-11-27` */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function daysFrom(start = "", end = ""): string[] {
  const from = Date.parse(`${start}T00:00:00Z`);
  const to = Date.parse(`${end}T00:00:00Z`);
  if (Number.isNaN(from) || Number.isNaN(to)) throw badRequest("Usage dates must be written as YYYY-MM-DD");
  if (to < from) throw badRequest("Usage end date must not be before the start date");
  const count = (to - from) / A_DAY_MS + 1;
  if (count > MOST_DAYS) throw badRequest(`Usage can be asked for at most ${MOST_DAYS} days at once`);
  return Array.from({ length: count }, (_, index) => dayOf(from + index * A_DAY_MS));
}

/** By day: what was used, and what was left of the quota then. */
async function usageOn(
  tx: Transaction,
  planId: string,
  keyId: string,
  days: readonly string[],
  limit: number,
): Promise<number[][]> {
  const rows: number[][] = [];
  let remaining = limit;
  for (const day of days) {
    const record = await read<UsageRecord>(tx, usageKey(planId, keyId, day));
    remaining = record?.remaining ?? remaining;
    rows.push([record?.used ?? 0, remaining]);
  }
  return rows;
}
