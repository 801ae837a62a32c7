import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { requireGroup } from "./catalog.ts";
import { destinationOfArn, requireDestination, writeDestination } from "./destination-records.ts";
import { fault, invalid, missing } from "./faults.ts";
import { lookupOfArn, requireLookup, writeLookup } from "./lookup-records.ts";
import { type GroupName, groupOfArn } from "./names.ts";
import { writeGroup } from "./records.ts";
import { checkTags } from "./tag-rules.ts";

type Tags = Readonly<Record<string, string>>;
/** What has tags. */
type Tagged = GroupName & { readonly kind: "group" | "destination" | "lookupTable" };

const MOST_TAGS = 50;

export const tags = {
  async TagLogGroup({ logGroupName: name = "", tags = {} }, context) {
    await change(context, { ...context.scope, name, kind: "group" }, (known) => {
      const all = { ...known, ...tags };
      if (Object.keys(all).length > MOST_TAGS) {
        throw invalid(`The maximum number of tags is ${MOST_TAGS}.`);
      }
      return all;
    });
    return {};
  },

  async UntagLogGroup({ logGroupName: name = "", tags = [] }, context) {
    await change(context, { ...context.scope, name, kind: "group" }, (known) => without(known, tags));
    return {};
  },

  async ListTagsLogGroup({ logGroupName: name = "" }, context) {
    return { tags: await tagsOf(context, { ...context.scope, name, kind: "group" }) };
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
  if (group) return { ...group, kind: "group" };
  const destination = destinationOfArn(arn);
  if (destination) return { ...destination, kind: "destination" };
  const table = lookupOfArn(arn);
  if (table) return { ...table, kind: "lookupTable" };
  if (/^arn:[^:]+:logs:/.test(arn)) throw missing("The specified resource does not exist.");
  throw invalid(`Invalid resource ARN: ${arn}`);
}

/** Resources of stacks have the stack's tags besides. */
const TYPES = {
  group: "AWS::Logs::LogGroup",
  destination: "AWS::Logs::Destination",
  lookupTable: undefined,
} as const;

async function tagsOf(context: Context, named: Tagged): Promise<Record<string, string>> {
  const { kind, ...name } = named;
  const { tags } = await context.store.transact((tx): Promise<{ readonly tags: Tags }> => {
    if (kind === "destination") return requireDestination(tx, name);
    return kind === "lookupTable" ? requireLookup(tx, name) : requireGroup(tx, name);
  });
  const type = TYPES[kind];
  return { ...tags, ...(type ? await stackTags(context, type, name.name) : {}) };
}

async function change(
  { store }: Context,
  { kind, ...name }: Tagged,
  edit: (known: Tags) => Tags,
): Promise<void> {
  const edited = <Record extends { readonly tags: Tags }>(record: Record): Record => {
    const tags = edit(record.tags);
    checkTags(tags);
    return { ...record, tags };
  };
  await store.transact(async (tx) => {
    if (kind === "destination") writeDestination(tx, edited(await requireDestination(tx, name)));
    else if (kind === "lookupTable") writeLookup(tx, edited(await requireLookup(tx, name)));
    else writeGroup(tx, edited(await requireGroup(tx, name)));
  });
}

function without(known: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(known).filter(([key]) => !keys.includes(key)));
}
