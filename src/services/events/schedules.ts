import { nextRunMs, parseSchedule } from "../../kernel/schedule.ts";
import { newTrace } from "../../kernel/trace.ts";
import type { Background } from "../define.ts";
import { eventText } from "./event.ts";
import { ruleArn } from "./names.ts";
import { post } from "./outbox.ts";
import { type RuleRecord, readRule, scheduledRules, writeRule } from "./records.ts";

const SECOND_MS = 1000;
const RUN_AT_ONCE = 100;

/**
 * Rules take a rate or a cron expression of UTC, written exactly: one minute, two minutes.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
export function isRuleSchedule(text: string): boolean {
  if (/^cron\(.*\)$/.test(text)) return parseSchedule(text, "UTC") !== undefined;
  const [, count, plural] = /^rate\((\d{1,9}) (?:minute|hour|day)(s?)\)$/.exec(text) ?? [];
  return Number(count) > 0 && (Number(count) === 1) === (plural === "");
}

/** When a rule runs next after a moment; undefined for one that does not. */
export function nextRun({ schedule: text, state, sinceMs }: RuleRecord, afterMs: number): number | undefined {
  if (text === undefined || state === "DISABLED") return undefined;
  const schedule = parseSchedule(text, "UTC");
  return schedule && nextRunMs(schedule, sinceMs, afterMs);
}

/**
 * Runs the rules whose time has come, and gives the time of the next. A run that was missed because nobody
 * was there is made up for once.
 */
export async function runSchedules({ store, clock, ids }: Background): Promise<number | undefined> {
  const nowMs = clock.now();
  const news = Array.from({ length: RUN_AT_ONCE }, () => ({ id: ids.uuid(), trace: newTrace(clock, ids) }));
  return store.transact(async (tx) => {
    let taken = 0;
    for await (const { dueMs, rule: name, forget } of scheduledRules(tx, RUN_AT_ONCE + 1)) {
      const fresh = news[taken++];
      if (dueMs > nowMs || !fresh) return dueMs;
      const rule = await readRule(tx, name);
      if (rule?.nextMs !== dueMs) {
        forget();
        continue;
      }
      const event = {
        id: fresh.id,
        detailType: "Scheduled Event",
        source: "aws.events",
        account: rule.account,
        region: rule.region,
        timeMs: Math.floor(dueMs / SECOND_MS) * SECOND_MS,
        resources: [ruleArn(rule)],
        detail: "{}",
      };
      post(tx, rule, { event: eventText(event), nowMs: Math.floor(nowMs), trace: fresh.trace });
      const { nextMs: _, ...rest } = rule;
      const nextMs = nextRun(rest, nowMs);
      writeRule(tx, nextMs === undefined ? rest : { ...rest, nextMs }, rule);
    }
    return undefined;
  });
}
