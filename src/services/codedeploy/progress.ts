import { parseArn } from "../../kernel/arn.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background, Context } from "../define.ts";
import { requireConfiguration } from "./configurations.ts";
import { failsMore, firingAlarms } from "./health.ts";
import { tell } from "./news.ts";
import { type DeploymentRecord, deploymentKey, type LifecycleRecord, read, WORK } from "./records.ts";
import { shareAfter } from "./shifting.ts";
import { fail, noteInGroup, rollBack, rollsBackOn, stop } from "./verdict.ts";

declare module "../define.ts" {
  interface Sdks {
    lambda: typeof import("@aws-sdk/client-lambda");
  }
}

/** How long a hook may take to tell how it went. */
const HOOK_LIMIT_MS = 3_600_000;
/** How often alarms and errors are asked for. */
const LOOK_MS = 10_000;

/** Goes on with deployments whenever something is due with one. */
export function workOnDeployments(world: Background): Promise<void> {
  return whenever(world, WORK, async () => {
    const { due, nextMs } = await dueAt(world);
    await Promise.all(due.map((key) => workOn(world, key)));
    return due.length > 0 ? world.clock.now() : nextMs;
  });
}

type Place = { readonly account: string; readonly region: string; readonly id: string };

async function dueAt({ store, clock }: Background) {
  return store.transact(async (tx) => {
    const due: Place[] = [];
    let nextMs: number | undefined;
    for await (const [key, value] of tx.range({ prefix: WORK })) {
      const [, account = "", region = "", id = ""] = key.map(String);
      const dueMs = Number(value);
      if (dueMs <= clock.now()) due.push({ account, region, id });
      else nextMs = Math.min(nextMs ?? Infinity, dueMs);
    }
    return { due, nextMs };
  });
}

async function workOn(world: Background, place: Place): Promise<void> {
  const record = await world.store.transact((tx) =>
    read<DeploymentRecord>(tx, deploymentKey(place, place.id)),
  );
  if (record?.dueMs === undefined) return;
  const context = world.as(place, undefined, {
    service: "codedeploy.amazonaws.com",
    sourceArn: deploymentArn(record),
    sourceAccount: record.account,
  });
  const next = await advance(context, record);
  await world.store.transact(async (tx) => {
    const now = await read<DeploymentRecord>(tx, deploymentKey(place, place.id));
    // Somebody has stopped it, or a hook has told how it went: then it is looked at again.
    if (JSON.stringify(now) !== JSON.stringify(record)) return;
    const isBad = next.status === "Failed" || next.status === "Stopped";
    const event = next.status === "Stopped" ? "DEPLOYMENT_STOP_ON_ALARM" : "DEPLOYMENT_FAILURE";
    rollBack(tx, world, next, isBad && rollsBackOn(next, event));
    if (next.status === record.status) return;
    await tell(tx, next, world.clock.now());
    await noteInGroup(tx, next);
  });
}

const deploymentArn = ({ account, region, application, group }: DeploymentRecord) =>
  `arn:aws:codedeploy:${region}:${account}:deploymentgroup:${application}/${group}`;

/** What becomes of a deployment now. */
async function advance(context: Context, record: DeploymentRecord): Promise<DeploymentRecord> {
  const nowMs = context.clock.now();
  if (record.status === "Created") return { ...record, status: "InProgress", startedMs: nowMs, dueMs: nowMs };
  const unwell = await look(context, record);
  if (unwell) return unwell;
  const event = record.events.find(({ status }) => status === "Pending" || status === "InProgress");
  const failed = record.events.find(({ status }) => status === "Failed");
  if (failed) {
    const message =
      failed.message ?? `The hook of ${failed.name} told that the new version is not to have the traffic.`;
    return fail(record, nowMs, { code: "HOOK_EXECUTION_FAILURE", message });
  }
  if (!event) return { ...record, status: "Succeeded", completedMs: nowMs, dueMs: undefined };
  if (event.name === "AllowTraffic") return shiftTraffic(context, record, event);
  const hook = event.name === "BeforeAllowTraffic" ? record.shift.beforeHook : record.shift.afterHook;
  return hook === undefined
    ? become(record, event, "Succeeded", nowMs)
    : runHook(context, record, event, hook);
}

/** A deployment that is stopped for an alarm, or fails since the new version does. */
async function look(context: Context, record: DeploymentRecord): Promise<DeploymentRecord | undefined> {
  if (record.creator === "codeDeployRollback") return undefined;
  const nowMs = context.clock.now();
  const firing = await firingAlarms(context, record);
  if (firing === undefined && !record.alarms?.ignorePollAlarmFailure) {
    return stop(record, nowMs, {
      code: "ALARM_ACTIVE",
      message: "The states of the deployment group's alarms could not be asked for.",
    });
  }
  if (firing && firing.length > 0) {
    return stop(record, nowMs, {
      code: "ALARM_ACTIVE",
      message:
        `One or more alarms have been activated according to the Amazon CloudWatch metrics you ` +
        `selected, and the affected deployments have been stopped. Activated alarms: <${firing.join(", ")}>`,
    });
  }
  const isShifting = record.percent > 0 && record.percent < 100;
  if (!isShifting || !rollsBackOn(record, "DEPLOYMENT_FAILURE")) return undefined;
  const message = await failsMore(context, record).catch(() => undefined);
  return message === undefined ? undefined : fail(record, nowMs, { code: "HEALTH_CONSTRAINTS", message });
}

async function shiftTraffic(
  context: Context,
  record: DeploymentRecord,
  event: LifecycleRecord,
): Promise<DeploymentRecord> {
  const nowMs = context.clock.now();
  const startedMs = event.startedMs ?? nowMs;
  const { routing } = await context.store.transact((tx) =>
    requireConfiguration(tx, context.scope, record.configuration),
  );
  const { percent, nextMs } = shareAfter(routing, nowMs - startedMs);
  const { functionName, alias, currentVersion, targetVersion } = record.shift;
  if (percent !== record.percent || event.startedMs === undefined) {
    const isWhole = percent >= 100;
    try {
      await context.call("lambda", "UpdateAlias", {
        FunctionName: functionName,
        Name: alias,
        FunctionVersion: isWhole ? targetVersion : currentVersion,
        RoutingConfig: { AdditionalVersionWeights: isWhole ? {} : { [targetVersion]: percent / 100 } },
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return fail(record, nowMs, { code: "INVALID_LAMBDA_CONFIGURATION", message });
    }
  }
  if (nextMs === undefined) return { ...become(record, event, "Succeeded", nowMs), percent };
  return {
    ...become(record, event, "InProgress", nowMs),
    percent,
    dueMs: Math.min(startedMs + nextMs, nowMs + LOOK_MS),
  };
}

/** Starts a hook's function, which tells by PutLifecycleEventHookExecutionStatus how it went. */
async function runHook(
  context: Context,
  record: DeploymentRecord,
  event: LifecycleRecord,
  hook: string,
): Promise<DeploymentRecord> {
  const nowMs = context.clock.now();
  const { startedMs } = event;
  if (startedMs !== undefined) {
    if (nowMs < startedMs + HOOK_LIMIT_MS)
      return { ...record, dueMs: Math.min(startedMs + HOOK_LIMIT_MS, nowMs + LOOK_MS) };
    const message = `The hook of ${event.name} told nothing within an hour.`;
    return fail(record, nowMs, { code: "TIMEOUT", message });
  }
  const executionId = Buffer.from(JSON.stringify([record.id, event.name])).toString("base64url");
  const payload = { DeploymentId: record.id, LifecycleEventHookExecutionId: executionId };
  try {
    await context.call("lambda", "Invoke", {
      FunctionName: parseArn(hook) ? hook : hook.trim(),
      InvocationType: "Event",
      Payload: Buffer.from(JSON.stringify(payload)),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail(record, nowMs, { code: "HOOK_EXECUTION_FAILURE", message });
  }
  return { ...become(record, event, "InProgress", nowMs, executionId), dueMs: nowMs + LOOK_MS };
}

function become(
  record: DeploymentRecord,
  event: LifecycleRecord,
  status: "InProgress" | "Succeeded",
  nowMs: number,
  executionId?: string,
): DeploymentRecord {
  const changed: LifecycleRecord = {
    ...event,
    status,
    startedMs: event.startedMs ?? nowMs,
    ...(status === "Succeeded" ? { endedMs: nowMs } : {}),
    ...(executionId ? { executionId } : {}),
  };
  return {
    ...record,
    events: record.events.map((each) => (each === event ? changed : each)),
    dueMs: nowMs,
  };
}
