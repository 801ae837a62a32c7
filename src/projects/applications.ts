import { paginateDescribeStacks, type Stack } from "@aws-sdk/client-cloudformation";
import type { Place } from "./clients.ts";
import { type Deployment, latestDeployments } from "./deployments.ts";

/** An application as it stands in an environment. */
export interface Application {
  readonly app: string;
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  /** `UPDATE_COMPLETE` */
  readonly status: string;
  readonly changedMs: number;
  /** The latest deployment from here; a stack of another tool has none. */
  readonly deployment?: Deployment;
}

/** All stacks of an environment that are nobody's nested ones. */
export async function applicationsIn(place: Place): Promise<Application[]> {
  const noted = new Map((await latestDeployments(place)).map((each) => [each.app, each]));
  const found: Application[] = [];
  for await (const { Stacks } of paginateDescribeStacks({ client: place.cloudformation }, {}))
    for (const stack of Stacks ?? [])
      if (stack.ParentId === undefined && stack.StackStatus !== "REVIEW_IN_PROGRESS")
        found.push(applicationOf(place, stack, noted.get(stack.StackName ?? "")));
  return found.sort((one, other) => one.app.localeCompare(other.app));
}

function applicationOf(
  { environment, account, region }: Place,
  { StackName: app = "", StackStatus, LastUpdatedTime, CreationTime }: Stack,
  deployment: Deployment | undefined,
): Application {
  const changedMs = (LastUpdatedTime ?? CreationTime)?.getTime() ?? 0;
  const status = StackStatus ?? "";
  return { app, environment, account, region, status, changedMs, ...(deployment ? { deployment } : {}) };
}
