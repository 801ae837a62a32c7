import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { type DriftRecord, driftsOf } from "./drift.ts";
import { invalid, noStack } from "./faults.ts";
import { paged } from "./paging.ts";
import {
  type ChangeSetRecord,
  changeSetKey,
  type EventRecord,
  type ExportRecord,
  eventsKey,
  exportKey,
  importKey,
  nameKey,
  prefixOf,
  type ResourceRecord,
  read,
  readAll,
  resourceKey,
  type StackRecord,
  stackKey,
} from "./records.ts";
import { find, requireStack } from "./stacks.ts";
import { summaryOf } from "./summary.ts";
import { templateFrom } from "./template-source.ts";

/** Looking at stacks, and at templates before there is one. */
export const looking = {
  async DescribeStackEvents(input, context) {
    const { stack, events } = await context.store.transact(async (tx) => {
      const found = await requireStack(tx, context, input.StackName);
      return { stack: found, events: await readAll<EventRecord>(tx, eventsKey(found.stackId)) };
    });
    const { items, ...token } = await paged(events.toReversed(), input.NextToken, ({ eventId }) => eventId);
    return { StackEvents: items.map((event) => describeEvent(stack, event)), ...token };
  },

  async DescribeStackResources(input, context) {
    const { stack, records, drifts } = await context.store.transact(async (tx) => {
      const stackName = input.StackName ?? (await ownerOf(tx, context, input.PhysicalResourceId));
      const found = await requireStack(tx, context, stackName);
      const drifts = await driftsOf(tx, found.stackId);
      return { stack: found, records: await resources(tx, found), drifts };
    });
    const wanted = records.filter(
      ({ logicalId }) => input.LogicalResourceId === undefined || logicalId === input.LogicalResourceId,
    );
    return {
      StackResources: wanted.map((record) => ({
        ...describeResource(record, drifts.get(record.logicalId)),
        StackName: stack.name,
        StackId: stack.stackId,
        Timestamp: new Date(record.updatedMs),
      })),
    };
  },

  async DescribeStackResource(input, context) {
    const { stack, record, drifts } = await context.store.transact(async (tx) => {
      const found = await requireStack(tx, context, input.StackName);
      return {
        stack: found,
        record: await read<ResourceRecord>(tx, resourceKey(found.stackId, input.LogicalResourceId ?? "")),
        drifts: await driftsOf(tx, found.stackId),
      };
    });
    if (!record) throw invalid(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
    return {
      StackResourceDetail: {
        ...describeResource(record, drifts.get(record.logicalId)),
        StackName: stack.name,
        StackId: stack.stackId,
        LastUpdatedTimestamp: new Date(record.updatedMs),
        ...(record.metadata ? { Metadata: record.metadata } : {}),
      },
    };
  },

  async ListStackResources(input, context) {
    const { records, drifts } = await context.store.transact(async (tx) => {
      const found = await requireStack(tx, context, input.StackName);
      return { records: await resources(tx, found), drifts: await driftsOf(tx, found.stackId) };
    });
    const { items, ...token } = await paged(records, input.NextToken, ({ logicalId }) => logicalId);
    return {
      StackResourceSummaries: items.map((record) => ({
        ...describeResource(record, drifts.get(record.logicalId)),
        LastUpdatedTimestamp: new Date(record.updatedMs),
      })),
      ...token,
    };
  },

  async GetTemplate(input, context) {
    const wanted = await wantedOf(context, input);
    return {
      TemplateBody:
        input.TemplateStage === "Processed" ? (wanted.processed ?? wanted.template) : wanted.template,
      StagesAvailable: ["Original", "Processed"] as sdk.TemplateStage[],
    };
  },

  async GetTemplateSummary(input, context) {
    const text =
      input.StackName === undefined
        ? await templateFrom(context, input)
        : (await find(context, input.StackName)).wanted.template;
    return summaryOf(text);
  },

  async ValidateTemplate(input, context) {
    const { Parameters: parameters = [], ...rest } = await summaryOf(await templateFrom(context, input));
    return {
      Description: rest.Description,
      Capabilities: rest.Capabilities,
      CapabilitiesReason: rest.CapabilitiesReason,
      DeclaredTransforms: rest.DeclaredTransforms,
      Parameters: parameters.map(({ ParameterKey, DefaultValue, NoEcho, Description }) => ({
        ParameterKey,
        DefaultValue,
        NoEcho,
        Description,
      })),
    };
  },

  async ListExports(input, context) {
    const all = await context.store.transact((tx) =>
      readAll<ExportRecord>(tx, prefixOf(exportKey(context.scope, ""))),
    );
    const { items, ...token } = await paged(all, input.NextToken, ({ name }) => name);
    return {
      Exports: items.map(({ name, value, stackId }) => ({
        ExportingStackId: stackId,
        Name: name,
        Value: value,
      })),
      ...token,
    };
  },

  async ListImports(input, context) {
    const name = input.ExportName ?? "";
    const users = await context.store.transact(async (tx) => {
      const found: string[] = [];
      for await (const [key] of tx.range({ prefix: prefixOf(importKey(context.scope, name, "")) })) {
        found.push(String(key.at(-1)).split("/")[1] ?? "");
      }
      return found;
    });
    if (users.length === 0) throw invalid(`Export '${name}' is not imported by any stack.`);
    return { Imports: users };
  },

  async DescribeAccountLimits() {
    return {
      AccountLimits: [
        { Name: "StackLimit", Value: 2000 },
        { Name: "StackOutputsLimit", Value: 200 },
        { Name: "ConcurrentResourcesLimit", Value: 2500 },
      ],
    };
  },
} satisfies Handlers<typeof sdk>;

const resources = (tx: Transaction, { stackId }: StackRecord) =>
  readAll<ResourceRecord>(tx, prefixOf(resourceKey(stackId, "")));

async function ownerOf(tx: Transaction, { scope }: Context, physicalId = ""): Promise<string> {
  for (const stack of await readAll<StackRecord>(tx, prefixOf(stackKey(scope, "")))) {
    const found = (await resources(tx, stack)).some(({ physical }) => physical?.id === physicalId);
    if (found) return stack.stackId;
  }
  throw noStack(physicalId);
}

/** Of a change set, or of the stack. */
async function wantedOf(
  context: Context,
  input: { StackName?: string | undefined; ChangeSetName?: string | undefined },
) {
  if (input.ChangeSetName === undefined) return (await find(context, input.StackName)).wanted;
  const wanted = input.ChangeSetName;
  const sets = await context.store.transact(async (tx) => {
    const id = wanted.startsWith("arn:")
      ? undefined
      : (await read<{ stackId: string }>(tx, nameKey(context.scope, input.StackName ?? "")))?.stackId;
    return readAll<ChangeSetRecord>(tx, id === undefined ? ["cfnChangeSet"] : prefixOf(changeSetKey(id, "")));
  });
  const set = sets.find(({ id, name }) => id === wanted || name === wanted);
  if (!set) throw invalid(`ChangeSet [${wanted}] does not exist`);
  return set.wanted;
}

function describeEvent(stack: StackRecord, event: EventRecord): sdk.StackEvent {
  return {
    StackId: stack.stackId,
    StackName: stack.name,
    EventId: event.eventId,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: new Date(event.atMs),
    ResourceStatus: event.status,
    ...(event.reason ? { ResourceStatusReason: event.reason } : {}),
    ...(event.properties ? { ResourceProperties: event.properties } : {}),
  };
}

function describeResource(
  { logicalId, type, status, reason, physical }: ResourceRecord,
  drift: DriftRecord | undefined,
) {
  return {
    LogicalResourceId: logicalId,
    ...(physical ? { PhysicalResourceId: physical.id } : {}),
    ResourceType: type,
    ResourceStatus: status,
    ...(reason ? { ResourceStatusReason: reason } : {}),
    DriftInformation: {
      StackResourceDriftStatus: drift?.status ?? ("NOT_CHECKED" as const),
      ...(drift ? { LastCheckTimestamp: new Date(drift.atMs) } : {}),
    },
  };
}
