import type * as sdk from "@aws-sdk/client-pipes";
import type { Context, Handlers } from "../define.ts";
import { invalid } from "./faults.ts";
import { parsePipeArn } from "./names.ts";
import { type PipeRecord, writePipe } from "./records.ts";
import { requirePipe } from "./require.ts";

const MOST_TAGS = 50;

type Tags = PipeRecord["tags"];

export const tags = {
  async TagResource(input, context) {
    await change(context, input.resourceArn, (old) => ({ ...old, ...input.tags }));
    return {};
  },

  async UntagResource(input, context) {
    const gone = new Set(input.tagKeys);
    await change(context, input.resourceArn, (old) =>
      Object.fromEntries(Object.entries(old).filter(([key]) => !gone.has(key))),
    );
    return {};
  },

  async ListTagsForResource(input, { store }) {
    const name = nameIn(input.resourceArn);
    return { tags: (await store.transact((tx) => requirePipe(tx, name))).tags };
  },
} satisfies Handlers<typeof sdk>;

export function checkedTags(tags: Tags): Tags {
  const keys = Object.keys(tags);
  if (keys.some((key) => /^aws:/i.test(key))) {
    throw invalid("aws: prefixed tag key names are not allowed for external use.");
  }
  if (keys.length > MOST_TAGS) throw invalid(`A resource has at most ${MOST_TAGS} tags.`);
  return tags;
}

function nameIn(arn: string | undefined) {
  const name = parsePipeArn(arn ?? "");
  if (!name) throw invalid("Provided Arn is not in correct format.");
  return name;
}

async function change({ store }: Context, arn: string | undefined, make: (old: Tags) => Tags) {
  const name = nameIn(arn);
  await store.transact(async (tx) => {
    const pipe = await requirePipe(tx, name);
    writePipe(tx, { ...pipe, tags: checkedTags(make(pipe.tags)) });
  });
}
