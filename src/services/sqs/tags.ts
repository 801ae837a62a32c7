import type * as sdk from "@aws-sdk/client-sqs";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { invalidParameter, invalidValue } from "./faults.ts";
import { parseQueueUrl } from "./names.ts";
import { writeQueue } from "./records.ts";
import { requireQueue } from "./require.ts";

const MOST_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

export const tags = {
  async TagQueue(input, context) {
    const given = input.Tags ?? {};
    if (Object.keys(given).length === 0)
      throw invalidParameter("The request must contain the parameter Tags.");
    await changeTags(context, input.QueueUrl, (old) => ({ ...old, ...given }));
    return {};
  },

  async UntagQueue(input, context) {
    const gone = new Set(input.TagKeys ?? []);
    if (gone.size === 0) throw invalidParameter("Tag keys must be between 1 and 128 characters in length.");
    await changeTags(context, input.QueueUrl, (old) =>
      Object.fromEntries(Object.entries(old).filter(([key]) => !gone.has(key))),
    );
    return {};
  },

  async ListQueueTags(input, context) {
    const name = parseQueueUrl(input.QueueUrl ?? "", context.scope);
    const queue = await context.store.transact((tx) => requireQueue(tx, name));
    const { account } = name;
    const byStack = await stackTags(context, "AWS::SQS::Queue", `/${account}/${name.name}`);
    const all = { ...queue.tags, ...byStack };
    return Object.keys(all).length > 0 ? { Tags: all } : {};
  },
} satisfies Handlers<typeof sdk>;

async function changeTags(
  context: Context,
  url: string | undefined,
  change: (old: Tags) => Tags,
): Promise<void> {
  const name = parseQueueUrl(url ?? "", context.scope);
  await context.store.transact(async (tx) => {
    const queue = await requireQueue(tx, name);
    const next = change(queue.tags);
    checkTags(next, queue.name);
    writeQueue(tx, { ...queue, tags: next });
  });
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html */
export function checkTags(tags: Tags, queue: string): void {
  if (Object.keys(tags).length > MOST_TAGS) throw invalidParameter(`Too many tags added for queue ${queue}.`);
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128) {
      throw invalidValue(key, "TagKey", "Tag keys must be between 1 and 128 characters in length.");
    }
    if (/^aws:/i.test(key)) throw invalidValue(key, "TagKey", "Tag keys must not begin with aws:.");
    if (value.length > 256) {
      throw invalidValue(value, "TagValue", "Tag values must be between 0 and 256 characters in length.");
    }
  }
}
