import type * as sdk from "@aws-sdk/client-scheduler";
import { formatTraceHeader } from "../../kernel/trace.ts";
import type { Context, Handlers, Input } from "../define.ts";
import { checkSchedule, keptTarget } from "./checks.ts";
import { fault } from "./faults.ts";
import { DEFAULT_GROUP, type ScheduleName, scheduleArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import {
  readSchedule,
  removeSchedule,
  type ScheduleRecord,
  schedulesAfter,
  writeSchedule,
} from "./records.ts";
import { requireActiveGroup, requireGroup, requireSchedule } from "./require.ts";
import { dueMs, firstMs, firstOccurrence } from "./timing.ts";
import { noteDeletion, wasDeleted } from "./tokens.ts";

type Asked = Input<typeof sdk.CreateScheduleCommand> | Input<typeof sdk.UpdateScheduleCommand>;

export const schedules = {
  async CreateSchedule(input, context) {
    const nowMs = Math.floor(context.clock.now());
    checkSchedule(input, nowMs);
    const name = nameOf(input, context);
    const made = scheduleOf(context, name, input, nowMs);
    return context.store.transact(async (tx) => {
      await requireActiveGroup(tx, name);
      const old = await readSchedule(tx, name);
      if (!old) writeSchedule(tx, made);
      else if (old.token !== made.token || old.asked !== made.asked) {
        throw fault("ConflictException", `Schedule ${name.name} already exists.`);
      }
      return { ScheduleArn: scheduleArn(name) };
    });
  },

  async UpdateSchedule(input, context) {
    const nowMs = Math.floor(context.clock.now());
    checkSchedule(input, nowMs);
    const name = nameOf(input, context);
    const made = scheduleOf(context, name, input, nowMs);
    return context.store.transact(async (tx) => {
      await requireActiveGroup(tx, name);
      const old = await requireSchedule(tx, name);
      const { createdMs, token, asked } = old;
      writeSchedule(tx, { ...made, createdMs, token, asked }, old);
      return { ScheduleArn: scheduleArn(name) };
    });
  },

  async GetSchedule(input, context) {
    const name = nameOf(input, context);
    return describe(await context.store.transact((tx) => requireSchedule(tx, name)));
  },

  async DeleteSchedule(input, context) {
    const name = nameOf(input, context);
    const nowMs = context.clock.now();
    const deletion = { arn: scheduleArn(name), token: input.ClientToken };
    await context.store.transact(async (tx) => {
      if (await wasDeleted(tx, deletion, nowMs)) return;
      removeSchedule(tx, await requireSchedule(tx, name));
      await noteDeletion(tx, deletion, nowMs);
    });
    return {};
  },

  async ListSchedules(input, context) {
    const { scope, store } = context;
    const { GroupName, NamePrefix = "", State } = input;
    return store.transact(async (tx) => {
      if (GroupName !== undefined) await requireGroup(tx, { ...scope, group: GroupName });
      const { items, token } = await pageOf(
        (after) => schedulesAfter(tx, scope, GroupName, after),
        input,
        ({ group, name }) => [group, name],
        ({ name, state }) => name.startsWith(NamePrefix) && (State === undefined || state === State),
      );
      return { Schedules: items.map(summarize), ...token };
    });
  },
} satisfies Handlers<typeof sdk>;

function nameOf(
  input: { readonly GroupName?: string | undefined; readonly Name?: string | undefined },
  { scope }: Context,
): ScheduleName {
  const { GroupName = DEFAULT_GROUP, Name = "" } = input;
  return { ...scope, group: GroupName, name: Name };
}

/** The schedule that a call asks for, as if there were none yet. */
function scheduleOf(
  { ids, trace, fidelity }: Context,
  name: ScheduleName,
  asked: Asked,
  nowMs: number,
): ScheduleRecord {
  const { ClientToken, ...rest } = asked;
  const { Description, KmsKeyArn, StartDate, EndDate, FlexibleTimeWindow } = asked;
  const startMs = StartDate?.getTime();
  const { account, region, group } = name;
  const schedule: ScheduleRecord = {
    v: 1,
    ...{ account, region, group, name: name.name },
    revision: ids.hex(16),
    expression: asked.ScheduleExpression ?? "",
    timezone: asked.ScheduleExpressionTimezone ?? "UTC",
    state: asked.State ?? "ENABLED",
    target: keptTarget(asked.Target),
    windowMinutes: FlexibleTimeWindow?.MaximumWindowInMinutes ?? 0,
    after: asked.ActionAfterCompletion ?? "NONE",
    sinceMs: firstMs(nowMs, startMs),
    trace: formatTraceHeader(trace),
    createdMs: nowMs,
    modifiedMs: nowMs,
    token: ClientToken ?? "",
    asked: JSON.stringify(rest),
    ...(startMs === undefined ? {} : { startMs }),
    ...(EndDate === undefined ? {} : { endMs: EndDate.getTime() }),
    ...(Description === undefined ? {} : { description: Description }),
    ...(KmsKeyArn === undefined ? {} : { kmsKey: KmsKeyArn }),
  };
  const timeMs = firstOccurrence(schedule, nowMs);
  if (timeMs === undefined) return schedule;
  return { ...schedule, next: { timeMs, dueMs: dueMs(schedule, timeMs, ids.fraction(), fidelity) } };
}

function describe(schedule: ScheduleRecord): Partial<sdk.GetScheduleOutput> {
  const { startMs, endMs, description, kmsKey, windowMinutes } = schedule;
  return {
    Arn: scheduleArn(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timezone,
    State: schedule.state,
    Target: schedule.target,
    FlexibleTimeWindow:
      windowMinutes > 0 ? { Mode: "FLEXIBLE", MaximumWindowInMinutes: windowMinutes } : { Mode: "OFF" },
    ActionAfterCompletion: schedule.after,
    CreationDate: new Date(schedule.createdMs),
    LastModificationDate: new Date(schedule.modifiedMs),
    ...(startMs === undefined ? {} : { StartDate: new Date(startMs) }),
    ...(endMs === undefined ? {} : { EndDate: new Date(endMs) }),
    ...(description === undefined ? {} : { Description: description }),
    ...(kmsKey === undefined ? {} : { KmsKeyArn: kmsKey }),
  };
}

function summarize(schedule: ScheduleRecord): sdk.ScheduleSummary {
  return {
    Arn: scheduleArn(schedule),
    GroupName: schedule.group,
    Name: schedule.name,
    State: schedule.state,
    CreationDate: new Date(schedule.createdMs),
    LastModificationDate: new Date(schedule.modifiedMs),
    Target: { Arn: schedule.target.Arn },
  };
}
