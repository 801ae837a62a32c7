import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Handlers } from "../../define.ts";
import { missingParameter, validationError } from "../faults.ts";
import { readSettings } from "./alarm-checks.ts";
import { childrenOf, parseRule } from "./alarm-rule.ts";
import { look } from "./change.ts";
import { configure, readCommon } from "./configuring.ts";
import { alarmNameOf, type CompositeAlarm, readAlarm } from "./records.ts";

export const putAlarms = {
  /** Its state is worked out when the minute ends. */
  async PutMetricAlarm(input, context) {
    const settings = readSettings(input, context.scope);
    const common = readCommon("metric", input, context);
    await context.store.transact(async (tx) => {
      await configure(tx, { ...common, kind: "metric", settings });
    });
    return {};
  },

  async PutCompositeAlarm(input, context) {
    const { AlarmRule: text = "" } = input;
    const rule = parseRule(text);
    const suppressor = readSuppressor(input);
    const common = readCommon("composite", input, context);
    await context.store.transact(async (tx) => {
      const asked = [...childrenOf(rule), ...(suppressor ? [alarmNameOf(suppressor.alarm)] : [])];
      const missing: string[] = [];
      for (const name of new Set(asked))
        if (!(await readAlarm(tx, { ...context.scope, name }))) missing.push(name);
      if (missing.length > 0) {
        throw validationError(
          `Could not save the composite alarm as alarms [${missing.join(", ")}] in the alarm rule do ` +
            "not exist",
        );
      }
      const given = { ...common, kind: "composite" as const, rule: text };
      const alarm: CompositeAlarm = suppressor ? { ...given, suppressor } : given;
      await look(tx, await configure(tx, alarm), undefined);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function readSuppressor(input: sdk.PutCompositeAlarmCommandInput): CompositeAlarm["suppressor"] {
  const { ActionsSuppressor: alarm, ActionsSuppressorWaitPeriod: waitSeconds } = input;
  const extensionSeconds = input.ActionsSuppressorExtensionPeriod;
  if (alarm === undefined) {
    if (waitSeconds === undefined && extensionSeconds === undefined) return undefined;
    throw missingParameter("ActionsSuppressor is required when a wait or an extension period is given.");
  }
  if (waitSeconds === undefined || extensionSeconds === undefined) {
    throw missingParameter(
      "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor.",
    );
  }
  if (waitSeconds < 0 || extensionSeconds < 0) throw validationError("Periods must not be negative.");
  return { alarm, waitSeconds, extensionSeconds };
}
