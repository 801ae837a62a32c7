import { platformFault } from "../../kernel/faults.ts";
import type { Context, Handlers } from "../define.ts";
import { checkTags } from "./check-tags.ts";
import { fault } from "./faults.ts";
import { parseFunctionName } from "./names.ts";
import { type FunctionId, type FunctionRecord, writeFunction } from "./records.ts";
import { requireFunction } from "./require.ts";

/** Tags of functions. Versions and aliases have none. */
export const tags = {
  async TagResource(input, context) {
    const id = taggable(input.Resource, context);
    const added = input.Tags ?? {};
    if (Object.keys(added).length === 0) {
      throw fault("InvalidParameterValueException", "An error occurred and the request cannot be processed.");
    }
    await change(context, id, (before) => {
      const after = { ...before, ...added };
      checkTags(after);
      return after;
    });
    return {};
  },

  async UntagResource(input, context) {
    const id = taggable(input.Resource, context);
    const gone = new Set(input.TagKeys ?? []);
    if (gone.size === 0) {
      throw platformFault(
        "ValidationException",
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: " +
          "Member must not be null",
      );
    }
    await change(context, id, (before) =>
      Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key))),
    );
    return {};
  },

  async ListTags(input, context) {
    const id = taggable(input.Resource, context);
    const record = await context.store.transact((tx) => requireFunction(tx, id));
    return { Tags: { ...record.tags } };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

/** Changing tags renews the function's revision id, as on AWS. */
async function change(
  context: Context,
  id: FunctionId,
  edit: (tags: FunctionRecord["tags"]) => FunctionRecord["tags"],
): Promise<void> {
  const revisionId = context.ids.uuid();
  await context.store.transact(async (tx) => {
    const record = await requireFunction(tx, id);
    const latest = { ...record.latest, revisionId };
    writeFunction(tx, id, { ...record, latest, tags: edit(record.tags) });
  });
}

function taggable(arn: string | undefined, { scope }: Context): FunctionId {
  const name = parseFunctionName(arn ?? "", scope);
  if (!name || !arn?.includes(":function:")) {
    throw fault("ResourceNotFoundException", `The resource ${arn} does not exist.`);
  }
  if (name.qualifier !== undefined) {
    throw fault(
      "InvalidParameterValueException",
      "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    );
  }
  return name;
}
