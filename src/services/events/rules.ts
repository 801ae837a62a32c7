import type * as sdk from "@aws-sdk/client-eventbridge";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { invalid, tooMany } from "./faults.ts";
import { DEFAULT_BUS, parseBus, type RuleName, ruleArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import { readPattern } from "./patterns.ts";
import {
  type BusRecord,
  deleteRuleRecord,
  type RuleRecord,
  readRule,
  rulesOf,
  writeBus,
  writeRule,
} from "./records.ts";
import { findBus, requireBus, requireRule } from "./require.ts";
import { isRuleSchedule, nextRun } from "./schedules.ts";
import { managed, readTags } from "./tags.ts";

/** AWS raises it on request, so it holds only where capacity is enforced. */
const MOST_RULES = 300;

export const rules = {
  async PutRule(input, context) {
    const name = ruleNameOf(input.Name, input.EventBusName, context);
    const settings = settingsOf(input, name.bus);
    const given = readTags(input.Tags);
    const nowMs = Math.floor(context.clock.now());
    const revision = context.ids.hex(16);
    const rule = await context.store.transact(async (tx) => {
      const bus = await requireBus(tx, busOf(name), nowMs);
      const old = await readRule(tx, name);
      if (old?.managedBy !== undefined) throw managed(name.name, old.managedBy);
      if (!old && context.capacity === "enforce") await checkCount(tx, bus);
      const changed: RuleRecord = scheduled(
        {
          v: 1,
          ...name,
          ...settings,
          createdBy: old?.createdBy ?? context.principal.account,
          sinceMs: nowMs,
          targets: old?.targets ?? [],
          // Tags of a rule that is there already are left alone.
          tags: old?.tags ?? given,
        },
        nowMs,
      );
      writeRule(tx, changed, old);
      writeBus(tx, { ...bus, revision });
      return changed;
    });
    return { RuleArn: ruleArn(rule) };
  },

  async DescribeRule(input, context) {
    const name = ruleNameOf(input.Name, input.EventBusName, context);
    const rule = await context.store.transact(async (tx) => {
      await requireBus(tx, busOf(name), context.clock.now());
      return requireRule(tx, name);
    });
    return { ...describe(rule), CreatedBy: rule.createdBy };
  },

  async ListRules(input, context) {
    const bus = parseBus(input.EventBusName, context.scope);
    const { items, token } = await context.store.transact(async (tx) => {
      await requireBus(tx, bus, context.clock.now());
      return pageOf(
        (after) => rulesOf(tx, bus, input.NamePrefix, after),
        input,
        ({ name }) => name,
      );
    });
    return { Rules: items.map(describe), ...token };
  },

  async EnableRule(input, context) {
    await setState(context, input, "ENABLED");
    return {};
  },

  async DisableRule(input, context) {
    await setState(context, input, "DISABLED");
    return {};
  },

  /** A rule that is not there is gone, which is what was asked for. */
  async DeleteRule(input, context) {
    const name = ruleNameOf(input.Name, input.EventBusName, context);
    const revision = context.ids.hex(16);
    await context.store.transact(async (tx) => {
      const bus = await findBus(tx, busOf(name), context.clock.now());
      const rule = await readRule(tx, name);
      if (!bus || !rule) return;
      if (rule.managedBy !== undefined && !input.Force) throw managed(rule.name, rule.managedBy);
      if (rule.targets.length > 0 && rule.archiveId === undefined) {
        throw invalid("Rule can't be deleted since it has targets.");
      }
      deleteRuleRecord(tx, rule);
      writeBus(tx, { ...bus, revision });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export function ruleNameOf(name: string | undefined, bus: string | undefined, { scope }: Context): RuleName {
  const { account, region, name: busName } = parseBus(bus, scope);
  return { account, region, bus: busName, name: name ?? "" };
}

export const busOf = ({ account, region, bus }: RuleName) => ({ account, region, name: bus });

function settingsOf(input: sdk.PutRuleRequest, bus: string) {
  const { EventPattern, ScheduleExpression, Description, RoleArn, State = "ENABLED" } = input;
  if (EventPattern === undefined && ScheduleExpression === undefined) {
    throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (ScheduleExpression !== undefined) {
    if (bus !== DEFAULT_BUS) throw invalid("ScheduleExpression is supported only on the default event bus.");
    if (!isRuleSchedule(ScheduleExpression)) throw invalid("Parameter ScheduleExpression is not valid.");
  }
  if (EventPattern !== undefined) readPattern(EventPattern);
  return {
    state: State,
    ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
    ...(ScheduleExpression === undefined ? {} : { schedule: ScheduleExpression }),
    ...(Description === undefined ? {} : { description: Description }),
    ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
  };
}

async function checkCount(tx: Transaction, bus: BusRecord): Promise<void> {
  let count = 0;
  for await (const _ of rulesOf(tx, bus)) count++;
  if (count >= MOST_RULES) throw tooMany();
}

/** The rule with the time at which its schedule runs next, if it runs. */
function scheduled({ nextMs: _, ...rule }: RuleRecord, nowMs: number): RuleRecord {
  const nextMs = nextRun(rule, nowMs);
  return nextMs === undefined ? rule : { ...rule, nextMs };
}

async function setState(
  context: Context,
  input: sdk.EnableRuleRequest,
  state: "ENABLED" | "DISABLED",
): Promise<void> {
  const name = ruleNameOf(input.Name, input.EventBusName, context);
  const nowMs = Math.floor(context.clock.now());
  const revision = context.ids.hex(16);
  await context.store.transact(async (tx) => {
    const bus = await requireBus(tx, busOf(name), nowMs);
    const old = await requireRule(tx, name);
    if (old.managedBy !== undefined) throw managed(name.name, old.managedBy);
    if (old.state === state) return;
    writeRule(tx, scheduled({ ...old, state, sinceMs: nowMs }, nowMs), old);
    writeBus(tx, { ...bus, revision });
  });
}

function describe(rule: RuleRecord) {
  const { pattern, schedule, description, roleArn, managedBy } = rule;
  return {
    Name: rule.name,
    Arn: ruleArn(rule),
    ...(pattern === undefined ? {} : { EventPattern: pattern }),
    State: rule.state,
    ...(description === undefined ? {} : { Description: description }),
    ...(schedule === undefined ? {} : { ScheduleExpression: schedule }),
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
    ...(managedBy === undefined ? {} : { ManagedBy: managedBy }),
    EventBusName: rule.bus,
  };
}
