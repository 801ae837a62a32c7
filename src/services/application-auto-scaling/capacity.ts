import { Fault } from "../../kernel/faults.ts";
import type { Series } from "../../kernel/metrics.ts";
import type { Context } from "../define.ts";
import type { TargetName, TargetRecord } from "./records.ts";

/** A table's or an index's reads or writes. */
export interface Dimension {
  readonly table: string;
  readonly index: string | undefined;
  readonly kind: "Read" | "Write";
}

const RESOURCE = /^table\/([a-zA-Z0-9_.-]+)(?:\/index\/([a-zA-Z0-9_.-]+))?$/;

/** What a target scales, or undefined when its resource and dimension do not go together. */
export function dimensionOf({ namespace, resourceId, dimension }: TargetName): Dimension | undefined {
  const [, table, index] = RESOURCE.exec(resourceId) ?? [];
  const [service, part, units] = dimension.split(":");
  if (namespace !== "dynamodb" || service !== "dynamodb" || table === undefined) return undefined;
  if (part !== (index === undefined ? "table" : "index")) return undefined;
  if (units === "ReadCapacityUnits") return { table, index, kind: "Read" };
  return units === "WriteCapacityUnits" ? { table, index, kind: "Write" } : undefined;
}

/** The units provisioned now; undefined for a table or index that is missing or on demand. */
export async function provisionedOf(
  context: Context,
  { table, index, kind }: Dimension,
): Promise<number | undefined> {
  try {
    const { Table } = await context.call("dynamodb", "DescribeTable", { TableName: table });
    const place =
      index === undefined ? Table : Table?.GlobalSecondaryIndexes?.find((each) => each.IndexName === index);
    if (Table?.TableStatus !== "ACTIVE") return undefined;
    const units = place?.ProvisionedThroughput?.[`${kind}CapacityUnits`] ?? 0;
    return units > 0 ? units : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** Provisions other units. Faults: as UpdateTable's. */
export async function provision(context: Context, dimension: Dimension, units: number): Promise<void> {
  const { table, index, kind } = dimension;
  const { Table } = await context.call("dynamodb", "DescribeTable", { TableName: table });
  const place =
    index === undefined ? Table : Table?.GlobalSecondaryIndexes?.find((each) => each.IndexName === index);
  const ProvisionedThroughput = {
    ReadCapacityUnits: place?.ProvisionedThroughput?.ReadCapacityUnits ?? 1,
    WriteCapacityUnits: place?.ProvisionedThroughput?.WriteCapacityUnits ?? 1,
    [`${kind}CapacityUnits`]: units,
  };
  await context.call("dynamodb", "UpdateTable", {
    TableName: table,
    ...(index === undefined
      ? { ProvisionedThroughput }
      : { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: index, ProvisionedThroughput } }] }),
  });
}

export function consumedSeries(target: TargetRecord, { table, index, kind }: Dimension): Series {
  return {
    account: target.account,
    region: target.region,
    namespace: "AWS/DynamoDB",
    name: `Consumed${kind}CapacityUnits`,
    dimensions: `TableName=${table}${index === undefined ? "" : `,GlobalSecondaryIndexName=${index}`}`,
  };
}
