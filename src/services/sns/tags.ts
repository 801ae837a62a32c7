import type * as sdk from "@aws-sdk/client-sns";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { fault, invalid } from "./faults.ts";
import { requireTopicName } from "./names.ts";
import { readTopic, type TopicRecord, writeTopic } from "./records.ts";

const MOST_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

export const tags = {
  async TagResource(input, context) {
    const given = readTags(input.Tags);
    await changeTags(context, input.ResourceArn, (old) => ({ ...old, ...given }));
    return {};
  },

  async UntagResource(input, context) {
    const gone = new Set(input.TagKeys ?? []);
    await changeTags(context, input.ResourceArn, (old) =>
      Object.fromEntries(Object.entries(old).filter(([key]) => !gone.has(key))),
    );
    return {};
  },

  async ListTagsForResource(input, context) {
    const name = requireTopicName(input.ResourceArn, context.scope, "ResourceArn");
    const topic = await context.store.transact((tx) => readTopic(tx, name));
    if (!topic) throw noSuchResource();
    const byStack = await stackTags(context, "AWS::SNS::Topic", input.ResourceArn ?? "");
    return { Tags: Object.entries({ ...topic.tags, ...byStack }).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof sdk>;

function noSuchResource() {
  return fault("ResourceNotFoundException", "Resource does not exist");
}

async function changeTags(context: Context, arn: string | undefined, change: (old: Tags) => Tags) {
  const name = requireTopicName(arn, context.scope, "ResourceArn");
  await context.store.transact(async (tx) => {
    const topic = await readTopic(tx, name);
    if (!topic) throw noSuchResource();
    const next = change(topic.tags);
    if (Object.keys(next).length > MOST_TAGS) {
      throw fault(
        "TagLimitExceededException",
        "Could not complete request: tag quota of per resource exceeded",
      );
    }
    writeTopic(tx, { ...topic, tags: next });
  });
}

/** A list of tags as a record; the same key twice is refused. */
export function readTags(given: readonly sdk.Tag[] = []): Tags {
  const found: Record<string, string> = {};
  for (const { Key = "", Value = "" } of given) {
    if (Object.hasOwn(found, Key)) throw invalid("Duplicated keys are not allowed.");
    if (/^aws:/i.test(Key)) throw invalid("Tag keys must not begin with aws:.");
    found[Key] = Value;
  }
  if (Object.keys(found).length > MOST_TAGS) {
    throw fault(
      "TagLimitExceededException",
      "Could not complete request: tag quota of per resource exceeded",
    );
  }
  return found;
}

/** Whether a topic that is there has the tags that are asked for. */
export function hasTags({ tags }: TopicRecord, asked: Tags): boolean {
  return Object.entries(asked).every(([key, value]) => tags[key] === value);
}
