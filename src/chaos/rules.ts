import { MISHAPS, type MishapKind } from "../kernel/chaos.ts";
import { Fault } from "../kernel/faults.ts";

/** A rule as people write it. */
export interface RuleInput {
  readonly kind: MishapKind;
  /**
   * What it befalls. Of calls `dynamodb.PutItem`, `dynamodb`, `*.Put*`; of crashes a function; of
   * deliveries a queue or a function; of shards a stream. Everything when absent.
   */
  readonly target?: string;
  /** A table, bucket, queue, shard…: only calls that name it. With `*` for any characters. */
  readonly resource?: string;
  /** How often, of 1. Always when absent. */
  readonly rate?: number;
  /** How long the rule holds, in milliseconds of the platform's clock. Until it is removed when absent. */
  readonly forMs?: number;
  /** How often it strikes at most. */
  readonly times?: number;
  /** Of delays and late deliveries: a second when absent. Of crashes: how long the function has run, 0. */
  readonly delayMs?: number;
  /** Of errors: what the caller is answered. */
  readonly code?: string;
  readonly message?: string;
  readonly status?: number;
  /** Of throttles and errors: the call has its effect, and only its answer is lost. */
  readonly afterEffect?: boolean;
}

const MEMBERS: Readonly<Record<keyof RuleInput, "string" | "number" | "boolean">> = {
  kind: "string",
  target: "string",
  resource: "string",
  rate: "number",
  forMs: "number",
  times: "number",
  delayMs: "number",
  code: "string",
  message: "string",
  status: "number",
  afterEffect: "boolean",
};

/** Reads a rule that came as JSON. Throws BadParameter with a sentence about what is wrong. */
export function readRule(value: unknown): RuleInput {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad("A rule is an object.");
  for (const [name, member] of Object.entries(value)) {
    const type = MEMBERS[name as keyof RuleInput];
    if (!type) throw bad(`A rule has no member "${name}". Known are: ${Object.keys(MEMBERS).join(", ")}.`);
    if (member !== undefined && typeof member !== type) throw bad(`"${name}" of a rule is a ${type}.`);
  }
  const rule = value as RuleInput;
  if (!MISHAPS.includes(rule.kind)) throw bad(`"kind" of a rule is one of ${MISHAPS.join(", ")}.`);
  const { rate = 1, forMs = 1, times = 1, delayMs = 0, status = 500 } = rule;
  if (!(rate > 0 && rate <= 1)) throw bad('"rate" of a rule is more than 0 and at most 1.');
  if (!(forMs > 0)) throw bad('"forMs" of a rule is more than 0.');
  if (!(Number.isInteger(times) && times > 0)) throw bad('"times" of a rule is a whole number from 1.');
  if (!(delayMs >= 0)) throw bad('"delayMs" of a rule is not negative.');
  if (!(Number.isInteger(status) && status >= 400 && status <= 599)) {
    throw bad('"status" of a rule is from 400 to 599.');
  }
  return rule;
}

const TEXT = /^(\w+)(?:[ :]([^=]+))?(?:=([\d.]+))?$/;

/**
 * Reads `KIND[ TARGET][=RATE]`, as a command line gives it: `throttle dynamodb.PutItem=0.1`,
 * `duplicate=0.01`. A kind may have an s at its end.
 */
export function parseRule(text: string): RuleInput {
  const [, word = "", target, rate] = TEXT.exec(text.trim()) ?? [];
  const kind = MISHAPS.find((known) => known === word || `${known}s` === word);
  if (!kind) throw bad(`"${text}" is no rule: it begins with one of ${MISHAPS.join(", ")}.`);
  return readRule({
    kind,
    ...(target ? { target: target.trim() } : {}),
    ...(rate === undefined ? {} : { rate: Number(rate) }),
  });
}

function bad(message: string): Fault {
  return new Fault("BadParameter", message, { status: 400 });
}
