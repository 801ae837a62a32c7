import type * as sdk from "@aws-sdk/client-kinesis";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { type Named, requireRecord } from "./catalog.ts";
import { invalid, violated } from "./faults.ts";
import { writeStream } from "./records.ts";
import { type Resource, readResource, writeResource } from "./resources.ts";
import { requireActive } from "./statuses.ts";

type Tags = Readonly<Record<string, string>>;

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
/** https://docs.aws.amazon.com/streams/latest/dev/tagging.html */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const TAGS_LISTED = 50;

export const tags = {
  async AddTagsToStream(input, context) {
    await changeStreamTags(context, input, (known) => withTags(known, input.Tags ?? {}));
    return {};
  },

  async RemoveTagsFromStream(input, context) {
    await changeStreamTags(context, input, (known) => withoutTags(known, input.TagKeys ?? []));
    return {};
  },

  async ListTagsForStream(input, context) {
    const { ExclusiveStartTagKey: after, Limit = TAGS_LISTED } = input;
    const known = await context.store.transact((tx) => requireRecord(tx, context.scope, input));
    const byStack = await stackTags(context, "AWS::Kinesis::Stream", known.name);
    const rest = listOf({ ...known.tags, ...byStack }).filter(
      ({ Key }) => after === undefined || Key > after,
    );
    return { Tags: rest.slice(0, Limit), HasMoreTags: rest.length > Limit };
  },

  async TagResource(input, context) {
    await changeTags(context, input, (known) => withTags(known, input.Tags ?? {}));
    return {};
  },

  async UntagResource(input, context) {
    await changeTags(context, input, (known) => withoutTags(known, input.TagKeys ?? []));
    return {};
  },

  async ListTagsForResource(input, context) {
    const { stream, consumer } = await context.store.transact((tx) =>
      readResource(tx, input.ResourceARN ?? ""),
    );
    const byStack = consumer ? {} : await stackTags(context, "AWS::Kinesis::Stream", stream.name);
    return { Tags: listOf({ ...(consumer ?? stream).tags, ...byStack }) };
  },
} satisfies Handlers<typeof sdk>;

async function changeStreamTags(
  { store, scope, clock }: Context,
  named: Named,
  change: (known: Tags) => Tags,
): Promise<void> {
  await store.transact(async (tx) => {
    const record = await requireRecord(tx, scope, named);
    requireActive(record, clock.now());
    writeStream(tx, { ...record, tags: change(record.tags) });
  });
}

async function changeTags(
  { store }: Context,
  { ResourceARN = "" }: { ResourceARN: string | undefined },
  change: (known: Tags) => Tags,
): Promise<void> {
  await store.transact(async (tx) => {
    const resource: Resource = await readResource(tx, ResourceARN);
    writeResource(tx, resource, { tags: change((resource.consumer ?? resource.stream).tags) });
  });
}

function listOf(known: Tags): { Key: string; Value: string }[] {
  return Object.keys(known)
    .sort()
    .map((Key) => ({ Key, Value: known[Key] ?? "" }));
}

function withTags(known: Tags, more: Tags): Tags {
  const all = { ...known, ...more };
  checkTags(all);
  return all;
}

function withoutTags(known: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(known).filter(([key]) => !keys.includes(key)));
}

/** Throws what is wrong with the tags of one resource. */
export function checkTags(all: Tags): void {
  for (const [key, value] of Object.entries(all)) {
    if (key === "" || key.length > LONGEST_KEY) throw tooLong("keys", LONGEST_KEY, 1);
    if (value.length > LONGEST_VALUE) throw tooLong("value", LONGEST_VALUE, 0);
    if (!ALLOWED.test(key) || !ALLOWED.test(value)) {
      throw invalid(
        "Some tags contain invalid characters. Valid characters: " +
          "Unicode letters, digits, white space, _ . / = + - % @.",
      );
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw invalid("Tag keys that begin with aws: are reserved for system use.");
    }
  }
  if (Object.keys(all).length > MOST_TAGS) {
    throw invalid(`A given resource cannot have more than ${MOST_TAGS} tags associated with it.`);
  }
}

function tooLong(part: "keys" | "value", most: number, least: number) {
  const rules =
    `Member must have length less than or equal to ${most}, ` +
    `Member must have length greater than or equal to ${least}`;
  return violated("", "tags", `Map ${part} must satisfy constraint: [${rules}]`);
}
