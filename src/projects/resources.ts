import { paginateListStackResources, type StackResourceSummary } from "@aws-sdk/client-cloudformation";
import type { Place } from "./clients.ts";

/** A resource of a stack or of one nested in it. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly status: string;
}

const STACK = "AWS::CloudFormation::Stack";

/** All resources of a stack; those of nested stacks as `Nested/Queue`. */
export async function resourcesOf(place: Place, stack: string, prefix = ""): Promise<Resource[]> {
  const found: Resource[] = [];
  const pages = paginateListStackResources({ client: place.cloudformation }, { StackName: stack });
  for await (const { StackResourceSummaries } of pages)
    for (const summary of StackResourceSummaries ?? []) found.push(resourceOf(summary, prefix));
  const nested = found.filter(({ type, physicalId }) => type === STACK && physicalId !== "");
  for (const { logicalId, physicalId } of nested)
    found.push(...(await resourcesOf(place, physicalId, `${logicalId}/`)));
  return found.filter(({ status }) => status !== "DELETE_COMPLETE");
}

function resourceOf(summary: StackResourceSummary, prefix: string): Resource {
  const { LogicalResourceId = "", ResourceType = "", PhysicalResourceId = "", ResourceStatus = "" } = summary;
  return {
    logicalId: prefix + LogicalResourceId,
    type: ResourceType,
    physicalId: PhysicalResourceId,
    status: ResourceStatus,
  };
}
