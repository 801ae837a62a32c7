import type { Context, ResourceTypes } from "../define.ts";
import { given, type Made, members, type ResourceInput, text } from "../resource-types.ts";
import { customResource } from "./custom-resources.ts";
import { fault } from "./faults.ts";
import { macro } from "./macros.ts";
import { waitConditions } from "./wait-conditions.ts";

const nested = ({ properties, tags }: ResourceInput) =>
  given({
    TemplateURL: text(properties.TemplateURL),
    TemplateBody: text(properties.TemplateBody),
    Parameters: Object.entries(members(properties.Parameters)).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: Array.isArray(value) ? value.map(text).join(",") : text(value),
    })),
    Capabilities: ["CAPABILITY_NAMED_IAM" as const, "CAPABILITY_AUTO_EXPAND" as const],
    Tags: Object.entries(tags)
      .filter(([name]) => !name.startsWith("aws:"))
      .map(([Key, Value]) => ({ Key, Value })),
  });

/** Waits until nothing more is done with a stack. */
async function settled(context: Context, name: string) {
  for (;;) {
    const stop = new AbortController();
    const news = context.store.watch(["cfnStack"], stop.signal);
    const { Stacks: [stack] = [] } = await context.call("cloudformation", "DescribeStacks", {
      StackName: name,
    });
    const isOver = !stack?.StackStatus?.endsWith("_IN_PROGRESS");
    if (isOver) {
      news.catch(() => undefined);
      stop.abort("over");
      return stack;
    }
    const goOn = context.rest();
    await news;
    goOn();
  }
}

async function finished(context: Context, name: string): Promise<Made> {
  const stack = await settled(context, name);
  const { StackId: id = name, StackStatus: status = "", Outputs = [] } = stack ?? {};
  if (status !== "CREATE_COMPLETE" && status !== "UPDATE_COMPLETE") {
    throw fault(
      "OperationInProgressException",
      `Embedded stack ${id} was not successfully made: ${stack?.StackStatusReason ?? status}`,
    );
  }
  const outputs = Outputs.map(({ OutputKey, OutputValue = "" }) => [`Outputs.${OutputKey}`, OutputValue]);
  return { id, attributes: Object.fromEntries(outputs) };
}

/** Resources that belong to no service here, and those that only say something. */
export const resources: ResourceTypes = {
  "AWS::CDK::Metadata": {
    properties: { Analytics: "accepted" },
    create: async (_context, resource) => ({ id: resource.name(128), attributes: {} }),
    update: async (_context, _resource, made) => made,
    delete: async () => {},
  },
  ...waitConditions,
  "AWS::CloudFormation::CustomResource": customResource,
  "AWS::CloudFormation::Macro": macro,
  "AWS::CloudFormation::Stack": {
    properties: {
      TemplateURL: "update",
      TemplateBody: "update",
      Parameters: "update",
      Tags: "update",
      NotificationARNs: "update",
      TimeoutInMinutes: "accepted",
      StackName: "replace",
    },
    async create(context, resource) {
      const name = text(resource.properties.StackName) ?? resource.name(128);
      await context.call("cloudformation", "CreateStack", { StackName: name, ...nested(resource) });
      return finished(context, name);
    },
    async update(context, resource, { id }) {
      try {
        await context.call("cloudformation", "UpdateStack", { StackName: id, ...nested(resource) });
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes("No updates are to be performed"))
          throw error;
      }
      return finished(context, id);
    },
    async delete(context, { id }) {
      await context.call("cloudformation", "DeleteStack", { StackName: id });
      await settled(context, id);
    },
  },
};
