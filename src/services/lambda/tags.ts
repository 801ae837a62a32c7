import { platformFault } from "../../kernel/faults.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { checkTags } from "./check-tags.ts";
import { writeEventSource } from "./event-source-records.ts";
import { requireEventSource } from "./event-sources.ts";
import { fault } from "./faults.ts";
import { parseFunctionName } from "./names.ts";
import { type FunctionId, writeFunction } from "./records.ts";
import { requireFunction } from "./require.ts";

type Tags = Readonly<Record<string, string>>;

/** What has tags: reads and writes them. */
interface Tagged {
  read(tx: Transaction): Promise<Tags>;
  write(tx: Transaction, tags: Tags): Promise<void>;
  /** Those that its stack gives it. */
  byStack(): Promise<Tags>;
}

/** Tags of functions and of event source mappings. Versions and aliases have none. */
export const tags = {
  async TagResource(input, context) {
    const tagged = taggable(input.Resource, context);
    const added = input.Tags ?? {};
    if (Object.keys(added).length === 0) {
      throw fault("InvalidParameterValueException", "An error occurred and the request cannot be processed.");
    }
    await change(context, tagged, (before) => {
      const after = { ...before, ...added };
      checkTags(after);
      return after;
    });
    return {};
  },

  async UntagResource(input, context) {
    const tagged = taggable(input.Resource, context);
    const gone = new Set(input.TagKeys ?? []);
    if (gone.size === 0) {
      throw platformFault(
        "ValidationException",
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: " +
          "Member must not be null",
      );
    }
    await change(context, tagged, (before) =>
      Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key))),
    );
    return {};
  },

  async ListTags(input, context) {
    const tagged = taggable(input.Resource, context);
    const own = await context.store.transact((tx) => tagged.read(tx));
    return { Tags: { ...own, ...(await tagged.byStack()) } };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

async function change(context: Context, tagged: Tagged, edit: (tags: Tags) => Tags): Promise<void> {
  await context.store.transact(async (tx) => tagged.write(tx, edit(await tagged.read(tx))));
}

function taggable(arn: string | undefined, context: Context): Tagged {
  const uuid = /:event-source-mapping:([^:]+)$/.exec(arn ?? "")?.[1];
  if (uuid !== undefined) return mappingTags(context, uuid);
  const name = parseFunctionName(arn ?? "", context.scope);
  if (!name || !arn?.includes(":function:")) {
    throw fault("ResourceNotFoundException", `The resource ${arn} does not exist.`);
  }
  if (name.qualifier !== undefined) {
    throw fault(
      "InvalidParameterValueException",
      "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    );
  }
  return functionTags(context, name);
}

/** Changing tags renews the function's revision id, as on AWS. */
function functionTags(context: Context, id: FunctionId): Tagged {
  const revisionId = context.ids.uuid();
  return {
    read: async (tx) => (await requireFunction(tx, id)).tags,
    byStack: () => stackTags(context, "AWS::Lambda::Function", id.name),
    async write(tx, tags) {
      const record = await requireFunction(tx, id);
      writeFunction(tx, id, { ...record, latest: { ...record.latest, revisionId }, tags });
    },
  };
}

function mappingTags(context: Context, uuid: string): Tagged {
  const { scope } = context;
  return {
    byStack: () => stackTags(context, "AWS::Lambda::EventSourceMapping", uuid),
    read: async (tx) => (await requireEventSource(tx, scope, uuid)).tags,
    write: async (tx, tags) => writeEventSource(tx, { ...(await requireEventSource(tx, scope, uuid)), tags }),
  };
}
