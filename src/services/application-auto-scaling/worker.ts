import { Fault } from "../../kernel/faults.ts";
import { nextRunMs, parseSchedule } from "../../kernel/schedule.ts";
import { Waits } from "../../kernel/waits.ts";
import type { Background } from "../define.ts";
import { consumedSeries, type Dimension, dimensionOf, provision, provisionedOf } from "./capacity.ts";
import { keepAlarms } from "./own-alarms.ts";
import {
  type ActionRecord,
  findRecord,
  noteActivity,
  type PolicyRecord,
  putRecord,
  recordsOf,
  type TargetRecord,
  WATCHED,
} from "./records.ts";
import type { decide } from "./tracking.ts";

const MINUTE_MS = 60_000;
const LOOKED_BACK_MS = 20 * MINUTE_MS;

/**
 * Keeps the alarms of policies in step when a minute has ended, and runs scheduled actions at their times.
 * Without policies and actions there is nothing to wake for.
 */
export async function scaleByTheClock(background: Background): Promise<void> {
  const { store, clock, signal, log } = background;
  const watch = () => store.watch(WATCHED, signal);
  const waits = new Waits({ clock, watch, begin: background.begin });
  let end = background.begin();
  while (!signal.aborted) {
    waits.arm();
    let nextMs: number | undefined;
    try {
      nextMs = await scaleNow(background);
    } catch (error) {
      if (signal.aborted) break;
      log.error("tables could not be scaled", { error });
      nextMs = clock.now() + MINUTE_MS;
    }
    end();
    end = await waits.next(nextMs);
  }
  end();
}

/** Does what is due, and says when something may be due next. */
async function scaleNow(background: Background): Promise<number | undefined> {
  const { store, clock } = background;
  const { targets, policies, actions } = await store.transact(async (tx) => ({
    targets: await recordsOf(tx, "target"),
    policies: await recordsOf(tx, "policy"),
    actions: await recordsOf(tx, "action"),
  }));
  const targetOf = (own: PolicyRecord | ActionRecord) =>
    targets.find(
      (target) =>
        target.account === own.account &&
        target.region === own.region &&
        target.resourceId === own.resourceId &&
        target.dimension === own.dimension,
    );
  for (const action of actions) {
    const target = targetOf(action);
    if (target && (action.nextMs ?? Number.POSITIVE_INFINITY) <= clock.now()) {
      await runAction(background, target, action);
    }
  }
  for (const target of targets) await keepWithinBounds(background, target);
  for (const policy of policies) {
    const target = targetOf(policy);
    if (target) await keepAlarms(background.as(target), policy);
  }
  const nowMs = clock.now();
  const times = actions.flatMap(({ nextMs }) => (nextMs !== undefined && nextMs > nowMs ? [nextMs] : []));
  if (policies.length > 0) times.push((Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Has a policy do what `decider` makes of the last minutes. */
export async function track(
  background: Background,
  target: TargetRecord,
  policy: PolicyRecord,
  decider: typeof decide,
  cause: string,
): Promise<void> {
  const dimension = dimensionOf(target);
  const provisioned = dimension && (await provisionedOf(background.as(target), dimension));
  if (!dimension || provisioned === undefined) return;
  const nowMs = background.clock.now();
  const minutes = background.metrics
    .minutes(consumedSeries(target, dimension), nowMs - LOOKED_BACK_MS, nowMs)
    .map(({ startMs, sum }) => ({ startMs, units: sum }));
  const tracking = {
    targetPercent: policy.targetPercent,
    scaleOutCooldownMs: (policy.scaleOutCooldownSeconds ?? 0) * 1000,
    scaleInCooldownMs: (policy.scaleInCooldownSeconds ?? 0) * 1000,
    disableScaleIn: policy.disableScaleIn,
  };
  const decision = decider(tracking, policy, provisioned, target, minutes, nowMs);
  if (!decision || target.suspended[decision.direction]) return;
  await change(background, target, dimension, decision.capacity, cause);
  const noted = decision.direction === "out" ? { lastOutMs: nowMs } : { lastInMs: nowMs };
  await background.store.transact(async (tx) => {
    const current = await findRecord(tx, "policy", policy, policy, policy.name);
    if (current) putRecord(tx, "policy", { ...current, ...noted });
  });
}

/** A target's capacity is brought to its nearest bound when it lies outside them. */
async function keepWithinBounds(background: Background, target: TargetRecord): Promise<void> {
  const dimension = dimensionOf(target);
  const provisioned = dimension && (await provisionedOf(background.as(target), dimension));
  if (!dimension || provisioned === undefined) return;
  if (provisioned < target.min && !target.suspended.out) {
    await change(background, target, dimension, target.min, `minimum capacity was set to ${target.min}`);
  } else if (provisioned > target.max && !target.suspended.in) {
    await change(background, target, dimension, target.max, `maximum capacity was set to ${target.max}`);
  }
}

async function runAction(background: Background, target: TargetRecord, action: ActionRecord): Promise<void> {
  const { store, clock } = background;
  await store.transact(async (tx) => {
    const current = await findRecord(tx, "action", action, action, action.name);
    if (!current) return;
    const nowMs = clock.now();
    const { nextMs: _, ...rest } = current;
    const nextMs = nextOf(current, nowMs);
    putRecord(tx, "action", nextMs === undefined ? rest : { ...rest, nextMs });
    const bounds = await findRecord(tx, "target", target, target);
    if (!bounds || bounds.suspended.scheduled) return;
    const min = action.min ?? bounds.min;
    const max = action.max ?? Math.max(bounds.max, min);
    putRecord(tx, "target", { ...bounds, min: Math.min(min, max), max });
  });
  const bounds = await store.transact((tx) => findRecord(tx, "target", target, target));
  if (bounds) await keepWithinBounds(background, bounds);
}

/** When an action runs next after a moment, within its start and end. */
export function nextOf(action: ActionRecord, afterMs: number): number | undefined {
  const schedule = parseSchedule(action.schedule, action.timezone ?? "UTC");
  if (!schedule) return undefined;
  const fromMs = Math.max(afterMs, (action.startMs ?? 0) - 1);
  const nextMs = nextRunMs(schedule, action.startMs ?? action.createdMs, fromMs);
  return nextMs !== undefined && nextMs <= (action.endMs ?? Number.POSITIVE_INFINITY) ? nextMs : undefined;
}

/** Changes a capacity, and notes how that went. */
async function change(
  background: Background,
  target: TargetRecord,
  dimension: Dimension,
  units: number,
  cause: string,
): Promise<void> {
  const { store, clock, ids } = background;
  const what = `${dimension.kind.toLowerCase()} capacity units to ${units}`;
  const startedMs = clock.now();
  let status: "Successful" | "Failed" = "Successful";
  let message = `Successfully set ${what}. Change successfully fulfilled by dynamodb.`;
  try {
    await provision(background.as(target), dimension, units);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    status = "Failed";
    message = `Failed to set ${what}. Reason: ${error.message}`;
  }
  const { account, region, namespace, resourceId, dimension: name } = target;
  const own = { account, region, namespace, resourceId, dimension: name };
  const id = ids.uuid();
  const description = `Setting ${what}.`;
  await store.transact((tx) =>
    noteActivity(tx, {
      v: 1,
      ...own,
      id,
      description,
      cause,
      startedMs,
      endedMs: clock.now(),
      status,
      message,
    }),
  );
}
