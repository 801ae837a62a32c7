import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { requireGroup } from "./catalog.ts";
import { destinationOfArn, requireDestination, writeDestination } from "./destination-records.ts";
import { fault, invalid, missing } from "./faults.ts";
import { type GroupName, groupOfArn } from "./names.ts";
import { writeGroup } from "./records.ts";
import { checkTags } from "./tag-rules.ts";

type Tags = Readonly<Record<string, string>>;
/** What has tags: a group, or a destination. */
type Tagged = GroupName & { readonly isDestination?: true };

const MOST_TAGS = 50;

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

function named(arn: string): Tagged {
  const group = groupOfArn(arn);
  if (group) return group;
  const destination = destinationOfArn(arn);
  if (destination) return { ...destination, isDestination: true };
  if (/^arn:[^:]+:logs:/.test(arn)) throw missing("The specified resource does not exist.");
  throw invalid(`Invalid resource ARN: ${arn}`);
}

async function tagsOf(context: Context, name: Tagged): Promise<Record<string, string>> {
  const { tags } = await context.store.transact(
    (tx): Promise<{ readonly tags: Tags }> =>
      name.isDestination ? requireDestination(tx, name) : requireGroup(tx, name),
  );
  const type = name.isDestination ? "AWS::Logs::Destination" : "AWS::Logs::LogGroup";
  return { ...tags, ...(await stackTags(context, type, name.name)) };
}

async function change({ store }: Context, name: Tagged, edit: (known: Tags) => Tags): Promise<void> {
  const edited = (known: Tags): Tags => {
    const next = edit(known);
    checkTags(next);
    return next;
  };
  await store.transact(async (tx) => {
    if (name.isDestination) {
      const destination = await requireDestination(tx, name);
      writeDestination(tx, { ...destination, tags: edited(destination.tags) });
    } else {
      const group = await requireGroup(tx, name);
      writeGroup(tx, { ...group, tags: edited(group.tags) });
    }
  });
}

function without(known: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(known).filter(([key]) => !keys.includes(key)));
}
