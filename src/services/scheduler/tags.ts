import type * as sdk from "@aws-sdk/client-scheduler";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { invalid } from "./faults.ts";
import { parseGroupArn } from "./names.ts";
import { type GroupRecord, writeGroup } from "./records.ts";
import { requireActiveGroup, requireGroup } from "./require.ts";

const MOST_TAGS = 50;

type Tags = GroupRecord["tags"];

export const tags = {
  async TagResource(input, context) {
    const given = readTags(input.Tags);
    await change(context, input.ResourceArn, (old) => ({ ...old, ...given }));
    return {};
  },

  async UntagResource(input, context) {
    const gone = new Set(input.TagKeys);
    await change(context, input.ResourceArn, (old) =>
      Object.fromEntries(Object.entries(old).filter(([key]) => !gone.has(key))),
    );
    return {};
  },

  async ListTagsForResource(input, context) {
    const name = nameIn(input.ResourceArn);
    const { tags: found } = await context.store.transact((tx) => requireGroup(tx, name));
    const byStack = await stackTags(context, "AWS::Scheduler::ScheduleGroup", name.group);
    return { Tags: Object.entries({ ...found, ...byStack }).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof sdk>;

export function readTags(list: readonly sdk.Tag[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

export function checkedTags(tags: Tags): Tags {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key))) {
    throw invalid("aws: prefixed tag key names are not allowed for external use.");
  }
  if (Object.keys(tags).length > MOST_TAGS) throw invalid(`A resource has at most ${MOST_TAGS} tags.`);
  return tags;
}

function nameIn(arn: string | undefined) {
  const name = parseGroupArn(arn ?? "");
  if (!name) throw invalid("Provided Arn is not in correct format.");
  return name;
}

async function change({ store, clock }: Context, arn: string | undefined, make: (old: Tags) => Tags) {
  const name = nameIn(arn);
  const nowMs = Math.floor(clock.now());
  await store.transact(async (tx) => {
    const group = await requireActiveGroup(tx, name);
    writeGroup(tx, { ...group, tags: checkedTags(make(group.tags)), modifiedMs: nowMs });
  });
}
