import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { isTagged, tags as ofRestApis } from "../rest/tags.ts";
import { changeTags, readTags } from "../tags.ts";

/** Tags through the API of REST APIs: of what belongs to these, or to both APIs. */
export const tagsV1 = {
  async GetTags(input, context) {
    if (isTagged(input.resourceArn ?? "")) return ofRestApis.GetTags(input, context);
    return { tags: { ...(await readTags(context, input.resourceArn)) } };
  },

  async TagResource(input, context) {
    if (isTagged(input.resourceArn ?? "")) return ofRestApis.TagResource(input, context);
    await changeTags(context, input.resourceArn, (before) => ({ ...before, ...input.tags }));
    return {};
  },

  async UntagResource(input, context) {
    if (isTagged(input.resourceArn ?? "")) return ofRestApis.UntagResource(input, context);
    const gone = new Set(input.tagKeys ?? []);
    await changeTags(context, input.resourceArn, (before) =>
      Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key))),
    );
    return {};
  },
} satisfies Handlers<typeof sdk>;
