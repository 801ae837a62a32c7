import type { Transaction } from "../../../store/store.ts";
import { postActions } from "./actions.ts";
import { childrenOf, holds, parseRule } from "./alarm-rule.ts";
import { postStateChange } from "./bus-events.ts";
import { note } from "./history-records.ts";
import { type Change, compositeState } from "./notices.ts";
import {
  type Alarm,
  type AlarmState,
  alarmArn,
  alarmNameOf,
  alarmsOf,
  type CompositeAlarm,
  readAlarm,
  type Suppression,
  writeAlarm,
} from "./records.ts";

const SECOND_MS = 1_000;
/** Composite alarms may go in a circle. */
const DEEPEST = 20;

/**
 * Brings an alarm into a state: it is noted, those are told who are to be told, and composite alarms that ask
 * about it follow. All of it is in the caller's transaction.
 */
export async function changeState(
  tx: Transaction,
  alarm: Alarm,
  state: AlarmState,
  children: Change["children"] = undefined,
  depth = 0,
): Promise<void> {
  const before = alarm.state;
  const changed: Alarm = { ...alarm, state };
  const isTransition = before.value !== state.value;
  await note(tx, changed, state.sinceMs, {
    type: "StateUpdate",
    summary: `Alarm updated from ${before.value} to ${state.value}`,
    data: { oldState: stateText(before), newState: stateText(state) },
  });
  if (!isTransition) return writeAlarm(tx, changed);
  const now = changed.kind === "composite" ? await withSuppression(tx, changed, before) : changed;
  writeAlarm(tx, now);
  const change: Change = { alarm: now, before, ...(children ? { children } : {}) };
  postStateChange(tx, change);
  if (now.kind === "metric" || !now.suppression) postActions(tx, change);
  if (depth < DEEPEST) await follow(tx, changed, depth + 1);
}

function stateText({ value, reason, data }: AlarmState): object {
  return {
    stateValue: value,
    stateReason: reason,
    ...(data === undefined ? {} : { stateReasonData: readJson(data) }),
  };
}

/** JSON where it is that; users write what they like. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Composite alarms that ask about an alarm look again, and those that it suppresses. */
async function follow(tx: Transaction, child: Alarm, depth: number): Promise<void> {
  const parents: CompositeAlarm[] = [];
  for await (const alarm of alarmsOf(tx, child)) if (alarm.kind === "composite") parents.push(alarm);
  for (const { name } of parents) {
    // An alarm before it may have changed this one too.
    const parent = await readAlarm(tx, { ...child, name });
    if (parent?.kind !== "composite") continue;
    if (parent.suppressor && alarmNameOf(parent.suppressor.alarm) === child.name) {
      await followSuppressor(tx, parent, child);
    }
    if (childrenOf(parseRule(parent.rule)).includes(child.name)) await look(tx, parent, child, depth);
  }
}

/** A composite alarm works out its state. */
export async function look(
  tx: Transaction,
  alarm: CompositeAlarm,
  cause: Alarm | undefined,
  depth = 0,
): Promise<void> {
  const rule = parseRule(alarm.rule);
  const states = new Map<string, AlarmState>();
  for (const name of childrenOf(rule)) {
    const child = await readAlarm(tx, { ...alarm, name });
    if (child) states.set(name, child.state);
  }
  const value = holds(rule, (name) => states.get(name)?.value) ? "ALARM" : "OK";
  const current = await readAlarm(tx, alarm);
  if (current?.kind !== "composite" || current.state.value === value) return;
  const told = cause && { arn: alarmArn(cause), state: cause.state };
  const nowMs = Math.max(cause?.state.sinceMs ?? 0, alarm.configuredMs);
  const state = compositeState(value, told, alarm.rule, nowMs);
  await changeState(tx, current, state, told ? [told] : [], depth);
}

async function withSuppression(
  tx: Transaction,
  { suppression: _, ...alarm }: CompositeAlarm,
  before: AlarmState,
): Promise<CompositeAlarm> {
  const suppression = await suppressionOf(tx, alarm, before);
  return suppression ? { ...alarm, suppression } : alarm;
}

/** Whether the actions of a change must wait, or are not taken at all. */
async function suppressionOf(
  tx: Transaction,
  { suppressor, state, ...alarm }: CompositeAlarm,
  before: AlarmState,
): Promise<Suppression | undefined> {
  if (!suppressor) return undefined;
  const name = alarmNameOf(suppressor.alarm);
  const isSuppressing = (await readAlarm(tx, { ...alarm, name }))?.state.value === "ALARM";
  if (isSuppressing) return suppressed("Alarm", before);
  if (state.value !== "ALARM" || suppressor.waitSeconds === 0) return undefined;
  return suppressed("WaitPeriod", before, state.sinceMs + suppressor.waitSeconds * SECOND_MS);
}

function suppressed(by: Suppression["by"], before: AlarmState, untilMs?: number): Suppression {
  const reason = `Actions suppressed by ${by}`;
  return { by, reason, before, ...(untilMs === undefined ? {} : { untilMs }) };
}

async function followSuppressor(tx: Transaction, alarm: CompositeAlarm, suppressor: Alarm): Promise<void> {
  const { suppression } = alarm;
  if (!suppression || !alarm.suppressor) return;
  const { before } = suppression;
  const nowMs = suppressor.state.sinceMs;
  if (suppressor.state.value === "ALARM" && suppression.by !== "Alarm") {
    writeAlarm(tx, { ...alarm, suppression: suppressed("Alarm", before) });
  } else if (suppressor.state.value !== "ALARM" && suppression.by === "Alarm") {
    const untilMs = nowMs + alarm.suppressor.extensionSeconds * SECOND_MS;
    writeAlarm(tx, { ...alarm, suppression: suppressed("ExtensionPeriod", before, untilMs) });
  }
}

/** Takes the actions that waited for long enough. */
export function release(tx: Transaction, alarm: CompositeAlarm): void {
  const { suppression, ...rest } = alarm;
  writeAlarm(tx, rest);
  if (suppression) postActions(tx, { alarm: rest, before: suppression.before });
}
