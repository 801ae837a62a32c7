import type * as sdk from "@aws-sdk/client-eventbridge";
import type { Handlers } from "../define.ts";
import { invalidParameter, tooMany } from "./faults.ts";
import { parseBus } from "./names.ts";
import { pageOf } from "./paging.ts";
import { rulesOf, writeBus, writeRule } from "./records.ts";
import { requireBus, requireRule } from "./require.ts";
import { busOf, ruleNameOf } from "./rules.ts";
import { managed } from "./tags.ts";
import { checkTarget } from "./target-checks.ts";

const MOST_TARGETS = 5;

export const targets = {
  async PutTargets(input, context) {
    const name = ruleNameOf(input.Rule, input.EventBusName, context);
    const given = input.Targets ?? [];
    const revision = context.ids.hex(16);
    await context.store.transact(async (tx) => {
      const bus = await requireBus(tx, busOf(name), context.clock.now());
      const rule = await requireRule(tx, name);
      if (rule.managedBy !== undefined) throw managed(rule.name, rule.managedBy);
      for (const target of given) checkTarget(target, name);
      const all = new Map(rule.targets.map((target) => [target.Id, target]));
      for (const target of given) all.set(target.Id, target);
      if (all.size > MOST_TARGETS) throw tooMany();
      writeRule(tx, { ...rule, targets: [...all.values()] }, rule);
      writeBus(tx, { ...bus, revision });
    });
    return { FailedEntryCount: 0, FailedEntries: [] };
  },

  /** A target that is not there fails alone. */
  async RemoveTargets(input, context) {
    const name = ruleNameOf(input.Rule, input.EventBusName, context);
    const gone = new Set(input.Ids);
    const revision = context.ids.hex(16);
    return context.store.transact(async (tx) => {
      const bus = await requireBus(tx, busOf(name), context.clock.now());
      const rule = await requireRule(tx, name);
      if (rule.managedBy !== undefined && !input.Force) throw managed(rule.name, rule.managedBy);
      const targets = rule.targets.filter(({ Id = "" }) => !gone.has(Id));
      writeRule(tx, { ...rule, targets }, rule);
      writeBus(tx, { ...bus, revision });
      const known = new Set(rule.targets.map(({ Id }) => Id));
      const failed = [...gone].filter((id) => !known.has(id));
      return {
        FailedEntryCount: failed.length,
        FailedEntries: failed.map((id) => ({
          TargetId: id,
          ErrorCode: "ResourceNotFoundException",
          ErrorMessage: `Rule ${name.name} does not have any target with id ${id}.`,
        })),
      };
    });
  },

  async ListTargetsByRule(input, context) {
    const name = ruleNameOf(input.Rule, input.EventBusName, context);
    const rule = await context.store.transact(async (tx) => {
      await requireBus(tx, busOf(name), context.clock.now());
      return requireRule(tx, name);
    });
    const { items, token } = await pageOf(
      (after) => following(rule.targets, after),
      input,
      ({ Id = "" }) => Id,
    );
    return { Targets: items, ...token };
  },

  async ListRuleNamesByTarget(input, context) {
    const bus = parseBus(input.EventBusName, context.scope);
    const arn = input.TargetArn;
    const { items, token } = await context.store.transact(async (tx) => {
      await requireBus(tx, bus, context.clock.now());
      return pageOf(
        (after) => rulesOf(tx, bus, "", after),
        input,
        ({ name }) => name,
        ({ targets }) => targets.some(({ Arn }) => Arn === arn),
      );
    });
    return { RuleNames: items.map(({ name }) => name), ...token };
  },
} satisfies Handlers<typeof sdk>;

async function* following(all: readonly sdk.Target[], after: string | undefined) {
  const last = all.findIndex(({ Id }) => Id === after);
  if (after !== undefined && last < 0) throw invalidParameter("NextToken", "The target is gone.");
  yield* all.slice(last + 1);
}
