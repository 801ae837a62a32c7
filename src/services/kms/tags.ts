import type * as sdk from "@aws-sdk/client-kms";
import type { Handlers } from "../define.ts";
import { denied, fault } from "./faults.ts";
import { checkAlive, requireKey, requireOwnKey } from "./finding.ts";
import { pageOf } from "./paging.ts";
import { writeKey } from "./records.ts";

const MOST_TAGS = 50;

export const tags = {
  async TagResource(input, context) {
    await context.store.transact(async (tx) => {
      const key = await requireOwnKey(tx, context, input.KeyId, (arn) =>
        denied(context.principal.arn, "TagResource", arn),
      );
      checkAlive(key, "PendingImport");
      writeKey(tx, { ...key, tags: withTags(key.tags, input.Tags) });
    });
    return {};
  },

  async UntagResource(input, context) {
    await context.store.transact(async (tx) => {
      const key = await requireOwnKey(tx, context, input.KeyId, (arn) =>
        denied(context.principal.arn, "UntagResource", arn),
      );
      checkAlive(key, "PendingImport");
      const kept = Object.entries(key.tags).filter(([name]) => !input.TagKeys?.includes(name));
      writeKey(tx, { ...key, tags: Object.fromEntries(kept) });
    });
    return {};
  },

  async ListResourceTags(input, context) {
    const key = await context.store.transact((tx) => requireKey(tx, context, input.KeyId));
    const { items, more } = await pageOf(listTags(key.tags), ({ TagKey = "" }) => TagKey, input, 50);
    return { Tags: items, ...more };
  },
} satisfies Handlers<typeof sdk>;

export const listTags = (of: Readonly<Record<string, string>>): sdk.Tag[] =>
  Object.entries(of).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

export function withTags(
  had: Readonly<Record<string, string>>,
  given: readonly sdk.Tag[] | undefined,
): Record<string, string> {
  const added = (given ?? []).map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue] as const);
  if (added.some(([name]) => name.startsWith("aws:"))) {
    throw fault("TagException", "aws: prefixed tag key names are not allowed for external use.");
  }
  if (new Set(added.map(([name]) => name)).size < added.length) {
    throw fault("TagException", "Duplicate tag keys");
  }
  const all = { ...had, ...Object.fromEntries(added) };
  if (Object.keys(all).length > MOST_TAGS) throw fault("TagException", "Too many tags");
  return all;
}
