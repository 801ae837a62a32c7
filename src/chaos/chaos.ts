import type { Chaos, ChaosSubject, Mishap, MishapKind } from "../kernel/chaos.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Recorder } from "../kernel/telemetry.ts";
import { faultOf } from "./faults.ts";
import type { RuleInput } from "./rules.ts";

export interface ChaosOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly recorder: Recorder;
  /** Rules that hold from the start, and again after a reset. */
  readonly rules: readonly RuleInput[];
}

/** A rule that holds or held, and what it has done until it is read. */
export interface RuleView extends RuleInput {
  readonly id: string;
  readonly strikes: number;
  /** Epoch milliseconds. */
  readonly untilMs?: number;
}

/** Faults on purpose, and who sets them. Rules live in memory: a new start has none of them. */
export interface ChaosControl extends Chaos {
  add(rule: RuleInput): RuleView;
  list(): RuleView[];
  /** Removes a rule, or all of them; gives how many there were. */
  remove(id?: string): number;
  /** Back to the rules of the start. */
  reset(): void;
}

interface Rule {
  readonly id: string;
  readonly input: RuleInput;
  readonly target: RegExp;
  readonly resource: RegExp | undefined;
  readonly untilMs: number;
  strikes: number;
}

const DEFAULT_DELAY_MS = 1_000;
const ID_DIGITS = 6;

export function createChaos({ clock, ids, recorder, rules: first }: ChaosOptions): ChaosControl {
  const rules = new Map<string, Rule>();
  const add = (input: RuleInput): RuleView => {
    const untilMs = input.forMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + input.forMs;
    const resource = input.resource === undefined ? undefined : glob(input.resource);
    const target = glob(input.target ?? "*");
    const rule: Rule = { id: ids.hex(ID_DIGITS), input, target, resource, untilMs, strikes: 0 };
    rules.set(rule.id, rule);
    return viewOf(rule);
  };
  const forgetEnded = () => {
    for (const rule of rules.values()) if (hasEnded(rule, clock.now())) rules.delete(rule.id);
  };
  const reset = () => {
    rules.clear();
    for (const rule of first) add(rule);
  };
  reset();
  return {
    get active() {
      return rules.size > 0;
    },
    strike(kind, subject) {
      forgetEnded();
      for (const rule of rules.values()) {
        if (rule.input.kind !== kind || !befalls(rule, kind, subject)) continue;
        if (ids.fraction() >= (rule.input.rate ?? 1)) continue;
        rule.strikes++;
        record(rule, subject);
        return mishapOf(rule.input, subject.service);
      }
      return undefined;
    },
    add,
    list() {
      forgetEnded();
      return [...rules.values()].map(viewOf);
    },
    remove(id) {
      if (id !== undefined) return rules.delete(id) ? 1 : 0;
      const count = rules.size;
      rules.clear();
      return count;
    },
    reset,
  };

  function record({ id, input }: Rule, subject: ChaosSubject): void {
    const { service, operation, names, trace, requestId, account, region } = subject;
    recorder.span({
      traceId: trace.root,
      spanId: ids.hex(16),
      ...(trace.parent ? { parentId: trace.parent } : {}),
      kind: "chaos",
      name: operation === undefined ? service : `${service}.${operation}`,
      startMs: clock.now(),
      durationMs: 0,
      // What comes of it counts where it comes: an error is not to be counted twice.
      status: "ok",
      requestId,
      account,
      region,
      attributes: { mishap: input.kind, rule: id, ...(names[0] === undefined ? {} : { resource: names[0] }) },
    });
  }
}

function hasEnded({ untilMs, input, strikes }: Rule, nowMs: number): boolean {
  return nowMs >= untilMs || strikes >= (input.times ?? Number.POSITIVE_INFINITY);
}

/** Kinds that befall a call: their target is an operation. That of all others is a resource. */
const OF_CALLS: ReadonlySet<MishapKind> = new Set(["throttle", "error", "delay"]);

function befalls({ target, resource }: Rule, kind: MishapKind, subject: ChaosSubject): boolean {
  const { service, operation = "", names } = subject;
  const isTarget = OF_CALLS.has(kind)
    ? target.test(service) || target.test(`${service}.${operation}`)
    : [...names, ""].some((name) => target.test(name));
  return isTarget && (resource === undefined || names.some((name) => resource.test(name)));
}

function mishapOf(rule: RuleInput, service: string): Mishap {
  return {
    fault: faultOf(rule, service),
    afterEffect: rule.afterEffect ?? false,
    delayMs: rule.delayMs ?? (rule.kind === "crash" ? 0 : DEFAULT_DELAY_MS),
  };
}

function viewOf(rule: Rule): RuleView {
  const { id, input, untilMs } = rule;
  return {
    id,
    ...input,
    get strikes() {
      return rule.strikes;
    },
    ...(Number.isFinite(untilMs) ? { untilMs } : {}),
  };
}

/** A pattern with `*` for any characters; case does not matter. */
function glob(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*?")}$`, "i");
}
