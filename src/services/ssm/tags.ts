import type * as sdk from "@aws-sdk/client-ssm";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { fault, invalid } from "./faults.ts";
import { readNamed } from "./get.ts";
import { tagsKey } from "./records.ts";

const MOST_TAGS = 50;

/** Tags of parameters; of the rest of Systems Manager nothing is here to be tagged. */
export const tags = {
  async AddTagsToResource(input, context) {
    const added = Object.fromEntries((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
    await change(context, input, (old) => ({ ...old, ...added }));
    return {};
  },

  async RemoveTagsFromResource(input, context) {
    await change(context, input, (old) =>
      Object.fromEntries(Object.entries(old).filter(([key]) => !input.TagKeys?.includes(key))),
    );
    return {};
  },

  async ListTagsForResource(input, context) {
    const found = await change(context, input, (old) => old);
    const byStack = await stackTags(context, "AWS::SSM::Parameter", input.ResourceId ?? "");
    return { TagList: Object.entries({ ...found, ...byStack }).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof sdk>;

type Tags = Readonly<Record<string, string>>;

interface Named {
  readonly ResourceType?: string | undefined;
  readonly ResourceId?: string | undefined;
}

function change(
  context: Context,
  { ResourceType, ResourceId }: Named,
  to: (old: Tags) => Tags,
): Promise<Tags> {
  return context.store.transact(async (tx: Transaction) => {
    const record = ResourceType === "Parameter" ? await readNamed(tx, context, ResourceId) : undefined;
    if (!record) {
      throw fault(
        "InvalidResourceId",
        `The resource ID "${ResourceId}" is not valid. Verify the ID and try again.`,
      );
    }
    const key = tagsKey(context.scope, record.name);
    const before = ((await tx.get(key)) as Tags | undefined) ?? {};
    const next = to(before);
    const reserved = Object.keys(next).find((name) => /^aws:/i.test(name) && !Object.hasOwn(before, name));
    if (reserved !== undefined)
      throw invalid("aws: prefixed tag key names are not allowed for external use.");
    if (Object.keys(next).length > MOST_TAGS)
      throw fault("TooManyTagsError", "The maximum number of tags is 50.");
    tx.set(key, { ...next });
    return next;
  });
}
