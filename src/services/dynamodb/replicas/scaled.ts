import type { Background, Context } from "../../define.ts";
import type { Copy } from "./group.ts";

export const NONE_SCALED: ReadonlySet<string> = new Set();

/** The places of a table, "" for itself and indexes by name, whose writes are scaled automatically. */
export async function scaledWrites(context: Context, table: string): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  let NextToken: string | undefined;
  do {
    const page = await context.call("application-auto-scaling", "DescribeScalableTargets", {
      ServiceNamespace: "dynamodb",
      NextToken,
    });
    for (const { ResourceId = "", ScalableDimension = "" } of page.ScalableTargets ?? []) {
      const [, name, , index = ""] = ResourceId.split("/");
      if (name === table && ScalableDimension.endsWith(":WriteCapacityUnits")) places.add(index);
    }
    ({ NextToken } = page);
  } while (NextToken);
  return places;
}

/** Has a new replica scaled as the one it is made from; a table on demand has no such settings. */
export async function copyScaling(copy: Copy, background: Background) {
  const { account, region, table, replica, replicaAccount = account } = copy;
  const source = background.as({ account, region });
  const target = background.as({ account: replicaAccount, region: replica });
  const of = { ServiceNamespace: "dynamodb" } as const;
  const isOwn = ({ ResourceId = "" }: { ResourceId?: string | undefined }) =>
    ResourceId.split("/")[1] === table;
  const { ScalableTargets = [] } = await source.call(
    "application-auto-scaling",
    "DescribeScalableTargets",
    of,
  );
  for (const { CreationTime: _, ScalableTargetARN: __, ...one } of ScalableTargets.filter(isOwn))
    await target.call("application-auto-scaling", "RegisterScalableTarget", one);
  const { ScalingPolicies = [] } = await source.call(
    "application-auto-scaling",
    "DescribeScalingPolicies",
    of,
  );
  for (const { PolicyARN: _, Alarms: __, CreationTime: ___, ...one } of ScalingPolicies.filter(isOwn))
    await target.call("application-auto-scaling", "PutScalingPolicy", one);
}
