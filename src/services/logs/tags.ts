import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import { fault, invalid, missing } from "./faults.ts";
import { type GroupName, groupOfArn } from "./names.ts";
import { writeGroup } from "./records.ts";

type Tags = Readonly<Record<string, string>>;

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export const tags = {
  async TagLogGroup({ logGroupName: name = "", tags = {} }, context) {
    await change(context, { ...context.scope, name }, (known) => {
      const all = { ...known, ...tags };
      if (Object.keys(all).length > MOST_TAGS) {
        throw invalid(`The maximum number of tags is ${MOST_TAGS}.`);
      }
      return all;
    });
    return {};
  },

  async UntagLogGroup({ logGroupName: name = "", tags = [] }, context) {
    await change(context, { ...context.scope, name }, (known) => without(known, tags));
    return {};
  },

  async ListTagsLogGroup({ logGroupName: name = "" }, context) {
    return { tags: await tagsOf(context, { ...context.scope, name }) };
  },

  async TagResource({ resourceArn = "", tags = {} }, context) {
    await change(context, named(resourceArn), (known) => {
      const all = { ...known, ...tags };
      if (Object.keys(all).length > MOST_TAGS) {
        throw fault("TooManyTagsException", `The maximum number of tags is ${MOST_TAGS}.`, {
          resourceName: resourceArn,
        });
      }
      return all;
    });
    return {};
  },

  async UntagResource({ resourceArn = "", tagKeys = [] }, context) {
    await change(context, named(resourceArn), (known) => without(known, tagKeys));
    return {};
  },

  async ListTagsForResource({ resourceArn = "" }, context) {
    return { tags: await tagsOf(context, named(resourceArn)) };
  },
} satisfies Handlers<typeof sdk>;

function named(arn: string): GroupName {
  const group = groupOfArn(arn);
  if (group) return group;
  if (/^arn:[^:]+:logs:/.test(arn)) throw missing("The specified resource does not exist.");
  throw invalid(`Invalid resource ARN: ${arn}`);
}

function tagsOf({ store }: Context, name: GroupName): Promise<Record<string, string>> {
  return store.transact(async (tx) => ({ ...(await requireGroup(tx, name)).tags }));
}

async function change({ store }: Context, name: GroupName, edit: (known: Tags) => Tags): Promise<void> {
  await store.transact(async (tx) => {
    const group = await requireGroup(tx, name);
    const next = edit(group.tags);
    checkTags(next);
    writeGroup(tx, { ...group, tags: next });
  });
}

function without(known: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(known).filter(([key]) => !keys.includes(key)));
}

/** Throws what is wrong with the tags of a group. */
export function checkTags(all: Tags): void {
  for (const [key, value] of Object.entries(all)) {
    if (key === "" || key.length > LONGEST_KEY || !ALLOWED.test(key)) {
      throw invalid(`The tag key is not valid: ${key}`);
    }
    if (value.length > LONGEST_VALUE || !ALLOWED.test(value)) {
      throw invalid(`The tag value is not valid: ${value}`);
    }
    if (key.toLowerCase().startsWith("aws:")) {
      throw invalid("Tag keys that begin with aws: are reserved for system use.");
    }
  }
}
