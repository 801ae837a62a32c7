import type * as sdk from "@aws-sdk/client-xray";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { addStatistics } from "./sampling-statistics.ts";
import { putTags } from "./tags.ts";

interface RuleRecord {
  readonly v: 1;
  readonly rule: sdk.SamplingRule;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

const DEFAULT = "Default";
/** How often clients ask for their targets, in seconds. */
const INTERVAL_S = 10;
const MOST_RULES = 25;
const keyOf = ({ account, region }: Scope, ...name: string[]): Key => ["xrayRule", account, region, ...name];

/** Sampling rules: which requests SDKs trace. The platform itself traces all of them. */
export const sampling = {
  async CreateSamplingRule(input, context) {
    const given = input.SamplingRule;
    const name = given?.RuleName ?? "";
    if (!given || !/^[A-Za-z0-9_\-. ]{1,32}$/.test(name)) throw invalid("RuleName is not valid.");
    check(given);
    const { scope } = context;
    const nowMs = context.clock.now();
    const RuleARN = formatArn("xray", scope, `sampling-rule/${name}`);
    const record = { v: 1, rule: { ...given, RuleARN }, createdMs: nowMs, modifiedMs: nowMs } as const;
    await context.store.transact(async (tx) => {
      const all = await rulesOf(tx, context);
      if (all.some(({ rule }) => rule.RuleName === name)) throw invalid(`Rule name: ${name} already exists`);
      if (all.length > MOST_RULES) {
        throw fault("RuleLimitExceededException", "Maximum number of sampling rules exceeded.");
      }
      tx.set(keyOf(scope, name), record as unknown as Value);
      await putTags(tx, RuleARN, input.Tags ?? []);
    });
    return { SamplingRuleRecord: describe(record) };
  },

  async UpdateSamplingRule(input, context) {
    const { SamplingRuleUpdate: update = {} } = input;
    const record = await context.store.transact(async (tx) => {
      const found = await requireRule(tx, context, update.RuleName ?? update.RuleARN);
      const given = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined));
      const rule = { ...found.rule, ...given, RuleARN: found.rule.RuleARN, RuleName: found.rule.RuleName };
      check(rule as sdk.SamplingRule);
      const next = { ...found, rule: rule as sdk.SamplingRule, modifiedMs: context.clock.now() };
      tx.set(keyOf(context.scope, rule.RuleName ?? ""), next as unknown as Value);
      return next;
    });
    return { SamplingRuleRecord: describe(record) };
  },

  async DeleteSamplingRule(input, context) {
    const record = await context.store.transact(async (tx) => {
      const found = await requireRule(tx, context, input.RuleName ?? input.RuleARN);
      if (found.rule.RuleName === DEFAULT) throw invalid("The default rule cannot be deleted.");
      tx.delete(keyOf(context.scope, found.rule.RuleName ?? ""));
      return found;
    });
    return { SamplingRuleRecord: describe(record) };
  },

  async GetSamplingRules(_input, context) {
    const all = await context.store.transact((tx) => rulesOf(tx, context));
    const byPriority = all.sort((one, other) => (one.rule.Priority ?? 0) - (other.rule.Priority ?? 0));
    return { SamplingRuleRecords: byPriority.map(describe) };
  },

  async GetSamplingTargets(input, context) {
    const nowMs = context.clock.now();
    const documents = input.SamplingStatisticsDocuments ?? [];
    const all = await context.store.transact(async (tx) => {
      const rules = await rulesOf(tx, context);
      for (const document of documents) {
        const isKnown = rules.some(({ rule }) => rule.RuleName === document.RuleName);
        if (isKnown) await addStatistics(tx, context, document);
      }
      return rules;
    });
    const known = documents.flatMap(
      ({ RuleName }) => all.find(({ rule }) => rule.RuleName === RuleName) ?? [],
    );
    const unknown = documents.filter(({ RuleName }) => !all.some(({ rule }) => rule.RuleName === RuleName));
    return {
      SamplingTargetDocuments: known.map(({ rule }) => ({
        RuleName: rule.RuleName,
        FixedRate: rule.FixedRate,
        ReservoirQuota: rule.ReservoirSize,
        ReservoirQuotaTTL: new Date(nowMs + INTERVAL_S * 1000),
        Interval: INTERVAL_S,
      })),
      LastRuleModification: new Date(Math.max(0, ...all.map(({ modifiedMs }) => modifiedMs))),
      UnprocessedStatistics: unknown.map(({ RuleName }) => ({
        RuleName,
        ErrorCode: "404",
        Message: "The rule does not exist.",
      })),
    };
  },
} satisfies Handlers<typeof sdk>;

function check({ FixedRate = 0, ReservoirSize = 0, Priority = 1, Version = 1 }: sdk.SamplingRule): void {
  if (FixedRate < 0 || FixedRate > 1) throw invalid("FixedRate must be between 0 and 1.");
  if (ReservoirSize < 0) throw invalid("ReservoirSize must not be negative.");
  if (Priority < 1 || Priority > 9999) throw invalid("Priority must be between 1 and 9999.");
  if (Version !== 1) throw invalid("Version must be 1.");
}

/** With the rule that every account has. */
async function rulesOf(tx: Transaction, { scope }: Context): Promise<RuleRecord[]> {
  const records: RuleRecord[] = [];
  for await (const [, value] of tx.range({ prefix: keyOf(scope) }))
    records.push(value as unknown as RuleRecord);
  return records.some(({ rule }) => rule.RuleName === DEFAULT) ? records : [...records, defaultRule(scope)];
}

const defaultRule = (scope: Scope): RuleRecord => ({
  v: 1,
  createdMs: 0,
  modifiedMs: 0,
  rule: {
    RuleName: DEFAULT,
    RuleARN: formatArn("xray", scope, `sampling-rule/${DEFAULT}`),
    ResourceARN: "*",
    Priority: 10_000,
    FixedRate: 0.05,
    ReservoirSize: 1,
    ServiceName: "*",
    ServiceType: "*",
    Host: "*",
    HTTPMethod: "*",
    URLPath: "*",
    Version: 1,
    Attributes: {},
  },
});

async function requireRule(
  tx: Transaction,
  context: Context,
  named: string | undefined,
): Promise<RuleRecord> {
  const name = named?.split("/").at(-1);
  const found = (await rulesOf(tx, context)).find(({ rule }) => rule.RuleName === name);
  if (found) return found;
  throw invalid("Sampling rule does not exist.");
}

const describe = ({ rule, createdMs, modifiedMs }: RuleRecord): sdk.SamplingRuleRecord => ({
  SamplingRule: rule,
  CreatedAt: new Date(createdMs),
  ModifiedAt: new Date(modifiedMs),
});
