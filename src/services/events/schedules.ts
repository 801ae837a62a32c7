import { nextRunMs, parseSchedule } from "../../kernel/schedule.ts";
import { newTrace, type Trace } from "../../kernel/trace.ts";
import type { Transaction } from "../../store/store.ts";
import type { Background } from "../define.ts";
import { eventText } from "./event.ts";
import { ruleArn } from "./names.ts";
import { post } from "./outbox.ts";
import { type RuleRecord, readRule, scheduledRules, writeRule } from "./records.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
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
export async function runSchedules(world: Background): Promise<number | undefined> {
  const { store, clock, ids, fidelity } = world;
  const nowMs = clock.now();
  // On AWS a rule runs within its minute, not at the beginning of it.
  const lateMs = () => (fidelity ? Math.floor(ids.fraction() * MINUTE_MS) : 0);
  const news = Array.from({ length: RUN_AT_ONCE }, () => ({
    id: ids.uuid(),
    trace: newTrace(clock, ids),
    lateMs: lateMs(),
  }));
  return store.transact(async (tx) => {
    const first = await scheduledRules(tx, RUN_AT_ONCE);
    // Behind a full page there may be more that is due.
    const times = first.length === RUN_AT_ONCE ? [first.at(-1)?.dueMs] : [];
    for (const [at, { dueMs, rule: name, forget }] of first.entries()) {
      const fresh = news[at];
      if (dueMs > nowMs || !fresh) {
        times.push(dueMs);
        break;
      }
      const rule = await readRule(tx, name);
      if (rule?.nextMs !== dueMs) forget();
      else times.push(runRule(tx, rule, fresh, nowMs));
    }
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  });
}

/** Puts a rule's event on its way, and gives when it runs next. */
function runRule(
  tx: Transaction,
  rule: RuleRecord,
  { id, trace, lateMs }: { readonly id: string; readonly trace: Trace; readonly lateMs: number },
  nowMs: number,
): number | undefined {
  const { account, region, nextMs: dueMs = nowMs, ...more } = rule;
  const event = {
    id,
    detailType: "Scheduled Event",
    source: "aws.events",
    account,
    region,
    timeMs: Math.floor(dueMs / SECOND_MS) * SECOND_MS,
    resources: [ruleArn(rule)],
    detail: "{}",
  };
  const acceptedMs = Math.floor(nowMs);
  post(tx, rule, { event: eventText(event), nowMs: acceptedMs, trace, dueMs: acceptedMs + lateMs });
  const rest = { account, region, ...more };
  const nextMs = nextRun(rest, nowMs);
  writeRule(tx, nextMs === undefined ? rest : { ...rest, nextMs }, rule);
  return nextMs;
}
