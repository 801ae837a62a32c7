import type * as sdk from "@aws-sdk/client-eventbridge";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { fault, invalid, invalidParameter, tooMany } from "./faults.ts";
import { parseBusArn, parseRuleArn } from "./names.ts";
import { type Tags, writeBus, writeRule } from "./records.ts";
import { requireBus, requireRule } from "./require.ts";

const MOST_TAGS = 50;

export const tags = {
  async TagResource(input, context) {
    const given = readTags(input.Tags);
    await changeTags(context, input.ResourceARN, (old) => ({ ...old, ...given }));
    return {};
  },

  async UntagResource(input, context) {
    const gone = new Set(input.TagKeys);
    await changeTags(context, input.ResourceARN, (old) =>
      Object.fromEntries(Object.entries(old).filter(([key]) => !gone.has(key))),
    );
    return {};
  },

  async ListTagsForResource(input, context) {
    const found = await changeTags(context, input.ResourceARN, undefined);
    const [bus, rule] = [parseBusArn(input.ResourceARN ?? ""), parseRuleArn(input.ResourceARN ?? "")];
    const byStack = bus
      ? await stackTags(context, "AWS::Events::EventBus", bus.name)
      : await stackTags(context, "AWS::Events::Rule", rule?.name ?? "");
    return { Tags: Object.entries({ ...found, ...byStack }).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof sdk>;

/** Changes the tags of a bus or a rule, or only reads them. */
function changeTags(
  { store, clock }: Context,
  arn: string | undefined,
  change: ((old: Tags) => Tags) | undefined,
): Promise<Tags> {
  const bus = parseBusArn(arn ?? "");
  const rule = parseRuleArn(arn ?? "");
  if (!bus && !rule) throw invalidParameter("ResourceARN", "Provided Arn is not in correct format.");
  const nowMs = Math.floor(clock.now());
  return store.transact(async (tx) => {
    if (bus) {
      const old = await requireBus(tx, bus, nowMs);
      if (!change) return old.tags;
      const tags = checked(change(old.tags));
      writeBus(tx, { ...old, tags });
      return tags;
    }
    if (!rule) return {};
    const old = await requireRule(tx, rule);
    if (!change) return old.tags;
    if (old.managedBy !== undefined) throw managed(old.name, old.managedBy);
    const tags = checked(change(old.tags));
    writeRule(tx, { ...old, tags }, old);
    return tags;
  });
}

function checked(tags: Tags): Tags {
  if (Object.keys(tags).length > MOST_TAGS) throw tooMany();
  return tags;
}

/** A rule that a service made for itself is its own to change. */
export function managed(rule: string, by: string) {
  return fault("ManagedRuleException", `Rule ${rule} is managed by ${by} and cannot be changed.`);
}

export function readTags(given: readonly sdk.Tag[] | undefined): Tags {
  const tags = new Map<string, string>();
  for (const { Key = "", Value = "" } of given ?? []) {
    if (tags.has(Key)) throw invalid("Invalid parameter: Duplicated keys are not allowed.");
    if (/^aws:/i.test(Key)) throw invalidParameter("Tags", "Tag keys must not begin with aws:.");
    tags.set(Key, Value);
  }
  return checked(Object.fromEntries(tags));
}
