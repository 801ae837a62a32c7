// Stacks as resources of another.
import type { Context, ResourceType } from "../define.ts";
import {
  given,
  HalfMade,
  list,
  type Made,
  members,
  type ResourceInput,
  tagsOf,
  text,
} from "../resource-types.ts";
import { unstable } from "./faults.ts";
import { read, type StackRecord, stackKey } from "./records.ts";
import { createStack } from "./stacks.ts";

/** What a stack within another is given; what the other acknowledges, this one does too. */
function inputOf(resource: ResourceInput, parent: StackRecord | undefined) {
  const { properties } = resource;
  const arns = list(properties.NotificationARNs).map((arn) => text(arn) ?? "");
  return given({
    TemplateURL: text(properties.TemplateURL),
    TemplateBody: text(properties.TemplateBody),
    Parameters: Object.entries(members(properties.Parameters)).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: Array.isArray(value) ? value.map(text).join(",") : text(value),
    })),
    Capabilities: [...(parent?.capabilities ?? [])] as "CAPABILITY_IAM"[],
    NotificationARNs: arns.length > 0 ? arns : [...(parent?.notificationArns ?? [])],
    Tags: Object.entries(tagsOf(resource))
      .filter(([name]) => !name.startsWith("aws:"))
      .map(([Key, Value]) => ({ Key, Value })),
  });
}

const stackOf = ({ store, scope }: Context, id: string) =>
  store.transact((tx) => read<StackRecord>(tx, stackKey(scope, id)));

/** Waits until nothing more is done with a stack. */
async function settled(context: Context, id: string): Promise<StackRecord | undefined> {
  for (;;) {
    const stop = new AbortController();
    const news = context.store.watch(
      stackKey(context.scope, id),
      AbortSignal.any([stop.signal, context.signal]),
    );
    news.catch(() => undefined);
    const stack = await stackOf(context, id);
    if (!stack?.status.endsWith("_IN_PROGRESS")) {
      stop.abort("over");
      return stack;
    }
    const goOn = context.rest();
    await news;
    goOn();
    context.signal.throwIfAborted();
  }
}

async function finished(
  context: Context,
  id: string,
  wanted: readonly string[],
  what: string,
): Promise<Made> {
  const stack = await settled(context, id);
  if (!stack || !wanted.includes(stack.status)) {
    throw unstable(`Embedded stack ${id} was not successfully ${what}: ${stack?.failure ?? stack?.status}`);
  }
  const outputs = stack.outputs.map(({ OutputKey, OutputValue = "" }) => [
    `Outputs.${OutputKey}`,
    OutputValue,
  ]);
  return { id, attributes: Object.fromEntries(outputs) };
}

export const nestedStack: ResourceType = {
  properties: {
    NotificationARNs: "update",
    Parameters: "update",
    StackName: "replace",
    Tags: "update",
    TemplateBody: "update",
    TemplateURL: "update",
    TimeoutInMinutes: "update",
  },
  resumes: true,
  async create(context, resource) {
    const { properties, token, stackId } = resource;
    const parent = await stackOf(context, stackId);
    const minutes = Number(text(properties.TimeoutInMinutes));
    const { StackId } = await createStack(
      context,
      {
        StackName: text(properties.StackName) ?? resource.name(128),
        ...inputOf(resource, parent),
        ...(minutes > 0 ? { TimeoutInMinutes: minutes } : {}),
        ClientRequestToken: token,
      },
      parent,
    );
    try {
      return await finished(context, StackId, ["CREATE_COMPLETE"], "created");
    } catch (error) {
      throw new HalfMade(error, { id: StackId, attributes: {} });
    }
  },
  async update(context, resource, { id }) {
    const parent = await stackOf(context, resource.stackId);
    // After a restart it may be under way already.
    await settled(context, id);
    try {
      await context.call("cloudformation", "UpdateStack", { StackName: id, ...inputOf(resource, parent) });
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("No updates are to be performed")) throw error;
      return finished(context, id, [...MADE, "UPDATE_ROLLBACK_COMPLETE"], "updated");
    }
    return finished(context, id, MADE, "updated");
  },
  async delete(context, { id }) {
    if (!(await stackOf(context, id))) return;
    await context.call("cloudformation", "DeleteStack", { StackName: id });
    await finished(context, id, ["DELETE_COMPLETE"], "deleted");
  },
};

const MADE = ["CREATE_COMPLETE", "UPDATE_COMPLETE"];
