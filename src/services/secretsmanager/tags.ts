import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { requireChangeable } from "./finding.ts";
import { writeSecret } from "./records.ts";

const MOST_TAGS = 50;

export const tags = {
  async TagResource(input, context) {
    await context.store.transact(async (tx) => {
      const secret = await requireChangeable(tx, context, input.SecretId);
      await writeSecret(tx, { ...secret, tags: withTags(secret.tags, input.Tags) });
    });
    return {};
  },

  async UntagResource(input, context) {
    await context.store.transact(async (tx) => {
      const secret = await requireChangeable(tx, context, input.SecretId);
      const kept = Object.entries(secret.tags).filter(([name]) => !input.TagKeys?.includes(name));
      await writeSecret(tx, { ...secret, tags: Object.fromEntries(kept) });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export function withTags(
  had: Readonly<Record<string, string>>,
  given: readonly sdk.Tag[] | undefined,
): Record<string, string> {
  const added = (given ?? []).map(({ Key = "", Value = "" }) => [Key, Value] as const);
  if (added.some(([name]) => name.toLowerCase().startsWith("aws:"))) {
    throw fault("InvalidParameterException", "Tag keys must not begin with aws:.");
  }
  const all = { ...had, ...Object.fromEntries(added) };
  if (Object.keys(all).length <= MOST_TAGS) return all;
  throw fault("LimitExceededException", `A secret can't have more than ${MOST_TAGS} tags.`);
}
