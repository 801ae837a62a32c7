import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Context, Handlers } from "../../define.ts";
import { fault, invalidCombination } from "../faults.ts";
import { childrenOf, parseRule } from "./alarm-rule.ts";
import { changeState } from "./change.ts";
import { forget } from "./configuring.ts";
import { type Alarm, alarmNameOf, alarmsOf, readAlarm, writeAlarm } from "./records.ts";

export const states = {
  /** For a while only: the next evaluation brings it back. */
  async SetAlarmState(input, { store, scope, clock }) {
    const { AlarmName: name = "", StateValue: value = "OK", StateReason: reason = "" } = input;
    const { StateReasonData: data } = input;
    if (data !== undefined && !isJson(data)) {
      throw fault("InvalidFormatFault", "StateReasonData must be valid JSON.");
    }
    await store.transact(async (tx) => {
      const alarm = await readAlarm(tx, { ...scope, name });
      if (!alarm) throw fault("ResourceNotFound", `Could not find alarm with name: ${name}`);
      const sinceMs = clock.now();
      await changeState(tx, alarm, { value, reason, ...(data === undefined ? {} : { data }), sinceMs });
    });
    return {};
  },

  async EnableAlarmActions({ AlarmNames = [] }, context) {
    await switchActions(context, AlarmNames, true);
    return {};
  },

  async DisableAlarmActions({ AlarmNames = [] }, context) {
    await switchActions(context, AlarmNames, false);
    return {};
  },

  /** All of them or none; names that are not there are no matter unless there is only one. */
  async DeleteAlarms({ AlarmNames = [] }, { store, scope, clock }) {
    await store.transact(async (tx) => {
      const alarms = new Map<string, Alarm>();
      for (const name of AlarmNames) {
        const alarm = await readAlarm(tx, { ...scope, name });
        if (alarm) alarms.set(name, alarm);
      }
      const composites = [...alarms.values()].filter(({ kind }) => kind === "composite");
      if (composites.length > 0 && AlarmNames.length > 1) {
        throw invalidCombination("A composite alarm cannot be deleted together with other alarms.");
      }
      for await (const alarm of alarmsOf(tx, scope)) {
        if (alarm.kind !== "composite" || alarms.has(alarm.name)) continue;
        const asked = childrenOf(parseRule(alarm.rule));
        const suppressor = alarm.suppressor && alarmNameOf(alarm.suppressor.alarm);
        const used = AlarmNames.filter((name) => asked.includes(name) || name === suppressor);
        if (used.length === 0) continue;
        throw invalidCombination(
          `Cannot delete ${used.join(", ")} as there are composite alarm(s) depending on it. ${alarm.name}`,
        );
      }
      for (const alarm of alarms.values()) await forget(tx, alarm, clock.now());
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function switchActions({ store, scope, clock }: Context, names: readonly string[], isOn: boolean) {
  await store.transact(async (tx) => {
    for (const name of names) {
      const alarm = await readAlarm(tx, { ...scope, name });
      if (alarm && alarm.actionsEnabled !== isOn) {
        writeAlarm(tx, { ...alarm, actionsEnabled: isOn, configuredMs: clock.now() });
      }
    }
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
