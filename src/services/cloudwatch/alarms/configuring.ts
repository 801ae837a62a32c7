import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Transaction } from "../../../store/store.ts";
import type { Context } from "../../define.ts";
import { readTags } from "../tag-rules.ts";
import { checkActions } from "./action-arns.ts";
import { postConfigurationChange } from "./bus-events.ts";
import { describeAlarm } from "./describing.ts";
import { note } from "./history-records.ts";
import { UNCHECKED } from "./reasons.ts";
import { type Alarm, alarmArn, deleteAlarm, readAlarm, writeAlarm } from "./records.ts";

interface Given {
  readonly AlarmName: string | undefined;
  readonly AlarmDescription?: string | undefined;
  readonly ActionsEnabled?: boolean | undefined;
  readonly OKActions?: string[] | undefined;
  readonly AlarmActions?: string[] | undefined;
  readonly InsufficientDataActions?: string[] | undefined;
  readonly Tags?: sdk.Tag[] | undefined;
}

/** What all alarms have, before it is known whether there is one of that name. */
export function readCommon(kind: Alarm["kind"], given: Given, { scope, clock }: Context) {
  const { AlarmName: name = "", AlarmDescription: description, ActionsEnabled = true } = given;
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = given;
  checkActions(kind, scope.region, [...OKActions, ...AlarmActions, ...InsufficientDataActions]);
  const nowMs = clock.now();
  return {
    v: 1 as const,
    ...scope,
    name,
    ...(description === undefined ? {} : { description }),
    actionsEnabled: ActionsEnabled,
    actions: { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions },
    tags: readTags(given.Tags),
    configuredMs: nowMs,
    state: { value: "INSUFFICIENT_DATA" as const, reason: UNCHECKED, sinceMs: nowMs },
  };
}

/** Writes a configuration; one that there is keeps its state and its tags. */
export async function configure<One extends Alarm>(tx: Transaction, given: One): Promise<One> {
  const known = await readAlarm(tx, given);
  const isSame = known?.kind === given.kind;
  const alarm = known && isSame ? { ...given, state: known.state, tags: known.tags } : given;
  writeAlarm(tx, alarm);
  const type = known ? "Update" : "Create";
  postConfigurationChange(tx, known ? "update" : "create", alarm, alarm.configuredMs, known);
  await note(tx, alarm, alarm.configuredMs, {
    type: "ConfigurationUpdate",
    summary: `Alarm "${alarm.name}" ${known ? "updated" : "created"}`,
    data: {
      type,
      ...(known ? { updatedAlarm: snapshot(alarm) } : { createdAlarm: snapshot(alarm) }),
    },
  });
  return alarm;
}

export async function forget(tx: Transaction, alarm: Alarm, nowMs: number): Promise<void> {
  deleteAlarm(tx, alarm);
  postConfigurationChange(tx, "delete", alarm, nowMs);
  await note(tx, alarm, nowMs, {
    type: "ConfigurationUpdate",
    summary: `Alarm "${alarm.name}" deleted`,
    data: { type: "Delete", deletedAlarm: snapshot(alarm) },
  });
}

/** An alarm as its history shows it: with names that begin small. */
function snapshot(alarm: Alarm): unknown {
  return JSON.parse(JSON.stringify({ ...describeAlarm(alarm), AlarmArn: alarmArn(alarm) }), (_, value) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [small(name), one]))
      : value,
  );
}

function small(name: string): string {
  return name === "OKActions" ? "okactions" : name.charAt(0).toLowerCase() + name.slice(1);
}
