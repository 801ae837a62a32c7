import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Key, Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { members, type Properties, type Property, text } from "../resource-types.ts";
import { resourcesOf } from "./application.ts";
import { differencesOf } from "./drift-differences.ts";
import { resolveReferences } from "./dynamic-references.ts";
import { invalid } from "./faults.ts";
import { paged } from "./paging.ts";
import {
  prefixOf,
  type ResourceRecord,
  read,
  readAll,
  resourceKey,
  type StackRecord,
  stackKey,
  write,
} from "./records.ts";
import { find, requireStack } from "./stacks.ts";

/** What the last look for drift has found of a resource. */
export interface DriftRecord {
  readonly v: 1;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: sdk.StackResourceDriftStatus;
  readonly expected: string;
  readonly actual?: string | undefined;
  readonly differences: readonly sdk.PropertyDifference[];
  readonly atMs: number;
}

interface DetectionRecord {
  readonly v: 1;
  readonly id: string;
  readonly stackId: string;
  readonly status: sdk.StackDriftStatus;
  readonly drifted: number;
  readonly atMs: number;
}

const driftKey = (stackId: string, logicalId: string): Key => ["cfnDrift", stackId, logicalId];
const detectionKey = ({ scope }: Context, id: string): Key => [
  "cfnDetection",
  scope.account,
  scope.region,
  id,
];

/** What drift was found of a stack's resources, by their logical ids. */
export async function driftsOf(tx: Transaction, stackId: string): Promise<ReadonlyMap<string, DriftRecord>> {
  const all = await readAll<DriftRecord>(tx, prefixOf(driftKey(stackId, "")));
  return new Map(all.map((each) => [each.logicalId, each]));
}

/** Statuses in which a stack is what its template says, as far as it knows. */
const STEADY: ReadonlySet<string> = new Set([
  "CREATE_COMPLETE",
  "UPDATE_COMPLETE",
  "UPDATE_ROLLBACK_COMPLETE",
  "UPDATE_ROLLBACK_FAILED",
]);

export const drift = {
  async DetectStackDrift(input, context) {
    const stack = await find(context, input.StackName);
    if (!STEADY.has(stack.status)) {
      throw invalid(
        `Drift detection cannot be performed on stack [${stack.stackId}] in ${stack.status} state.`,
      );
    }
    const wanted = input.LogicalResourceIds;
    const records = (await resourcesOf(context.store, stack.stackId)).filter(
      ({ logicalId }) => !wanted?.length || wanted.includes(logicalId),
    );
    const found: DriftRecord[] = [];
    for (const record of records) {
      const one = await look(context, record);
      if (one) found.push(one);
    }
    const drifted = found.filter(({ status }) => status === "MODIFIED" || status === "DELETED").length;
    const atMs = context.clock.now();
    const detection: DetectionRecord = {
      v: 1,
      id: context.ids.uuid(),
      stackId: stack.stackId,
      status: drifted > 0 ? "DRIFTED" : "IN_SYNC",
      drifted,
      atMs,
    };
    return context.store.transact(async (tx) => {
      const current = await requireStack(tx, context, stack.stackId);
      if (!wanted?.length) tx.clear({ prefix: prefixOf(driftKey(stack.stackId, "")) });
      for (const each of found) write(tx, driftKey(stack.stackId, each.logicalId), each);
      write(tx, detectionKey(context, detection.id), detection);
      write(tx, stackKey(current, current.stackId), {
        ...current,
        drift: { status: detection.status, atMs },
      });
      return { StackDriftDetectionId: detection.id };
    });
  },

  async DescribeStackDriftDetectionStatus(input, context) {
    const id = input.StackDriftDetectionId ?? "";
    const found = await context.store.transact((tx) => read<DetectionRecord>(tx, detectionKey(context, id)));
    if (!found) throw invalid(`Drift detection status with id ${id} does not exist`);
    return {
      StackId: found.stackId,
      StackDriftDetectionId: found.id,
      StackDriftStatus: found.status,
      DetectionStatus: "DETECTION_COMPLETE",
      DriftedStackResourceCount: found.drifted,
      Timestamp: new Date(found.atMs),
    };
  },

  async DetectStackResourceDrift(input, context) {
    const { stack, record } = await context.store.transact(async (tx) => {
      const found = await requireStack(tx, context, input.StackName);
      const name = input.LogicalResourceId ?? "";
      return { stack: found, record: await read<ResourceRecord>(tx, resourceKey(found.stackId, name)) };
    });
    if (!record) throw invalid(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
    const found = await look(context, record);
    if (!found) {
      throw invalid(`Resource type ${record.type} does not support drift detection here.`);
    }
    await context.store.transact(async (tx) => write(tx, driftKey(stack.stackId, found.logicalId), found));
    return { StackResourceDrift: describe(stack, found) };
  },

  async DescribeStackResourceDrifts(input, context) {
    const { stack, all } = await context.store.transact(async (tx) => {
      const found = await requireStack(tx, context, input.StackName);
      return { stack: found, all: [...(await driftsOf(tx, found.stackId)).values()] };
    });
    const { StackResourceDriftStatusFilters: wanted } = input;
    const matching = all.filter(({ status }) => !wanted?.length || wanted.includes(status));
    const { items, ...token } = await paged(
      matching,
      input.NextToken,
      ({ logicalId }) => logicalId,
      input.MaxResults,
    );
    return { StackResourceDrifts: items.map((each) => describe(stack, each)), ...token };
  },
} satisfies Handlers<typeof sdk>;

/** What one resource is now; undefined where its kind cannot be looked at. */
async function look(context: Context, record: ResourceRecord): Promise<DriftRecord | undefined> {
  const { logicalId, physical } = record;
  const type = physical && (await context.resourceTypes.find(physical.type));
  if (!physical || !type?.read) return undefined;
  const made = { id: physical.id, attributes: physical.attributes };
  const properties = await resolveReferences(context, physical.properties).catch(() => physical.properties);
  const actual = await type.read(context, made, properties);
  const differences = actual ? differencesOf(withTags(properties, physical.tags), actual) : [];
  return {
    v: 1,
    logicalId,
    physicalId: physical.id,
    type: physical.type,
    status: actual ? (differences.length > 0 ? "MODIFIED" : "IN_SYNC") : "DELETED",
    expected: JSON.stringify(physical.properties),
    actual: actual && JSON.stringify(only(actual, properties)),
    differences,
    atMs: context.clock.now(),
  };
}

/** What a template says of tags, with those that the stack hands on. */
function withTags(properties: Properties, tags: Readonly<Record<string, string>> = {}): Properties {
  const { Tags: own } = properties;
  if (!Array.isArray(own)) return properties;
  const keys = new Set(own.map((tag) => text(members(tag as Property).Key)));
  const others = Object.entries(tags).filter(([key]) => !keys.has(key));
  return { ...properties, Tags: [...own, ...others.map(([Key, Value]) => ({ Key, Value }))] };
}

const only = (actual: Properties, expected: Properties): Properties =>
  Object.fromEntries(
    Object.keys(expected).flatMap((name) => (name in actual ? [[name, actual[name] ?? null]] : [])),
  );

function describe({ stackId }: StackRecord, found: DriftRecord): sdk.StackResourceDrift {
  return {
    StackId: stackId,
    LogicalResourceId: found.logicalId,
    PhysicalResourceId: found.physicalId,
    ResourceType: found.type,
    ExpectedProperties: found.expected,
    ...(found.actual === undefined ? {} : { ActualProperties: found.actual }),
    PropertyDifferences: [...found.differences],
    StackResourceDriftStatus: found.status,
    Timestamp: new Date(found.atMs),
  };
}
