import { setTimeout as pause } from "node:timers/promises";
import {
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";
import { isNamed, type Place } from "./clients.ts";

/** A step of a resource on its way, as the terminal tells it. */
export interface Step {
  readonly logicalId: string;
  readonly type: string;
  /** `CREATE_COMPLETE` */
  readonly status: string;
  readonly reason: string | undefined;
  readonly atMs: number;
  /** The stack itself, and not one of its resources. */
  readonly isStack: boolean;
}

/** How it ended. */
export interface Ended {
  readonly status: string;
  readonly isDone: boolean;
  /** Why it failed: the first failure that is not merely another one's consequence. */
  readonly cause: Step | undefined;
}

const STEP_MS = 100;

/** The latest event of a stack, from which on it is followed. */
export async function latestEvent(place: Place, stack: string): Promise<string | undefined> {
  const { StackEvents } = await eventsPage(place, stack).catch((error: unknown) => {
    if (isNamed(error, "ValidationError")) return { StackEvents: [] };
    throw error;
  });
  return StackEvents?.[0]?.EventId;
}

const eventsPage = (place: Place, stack: string, token?: string) =>
  place.cloudformation.send(
    new DescribeStackEventsCommand({ StackName: stack, ...(token ? { NextToken: token } : {}) }),
  );

/** Tells every step of a stack until it has come to rest. `stackId`: names are free again once it is gone. */
export async function followStack(
  place: Place,
  stackId: string,
  onStep: (step: Step) => void,
  after?: string,
): Promise<Ended> {
  const failures: Step[] = [];
  let last = after;
  for (;;) {
    // The status first: what it says has its events already.
    const status = await statusOf(place, stackId);
    for (const event of await newEvents(place, stackId, last)) {
      last = event.EventId;
      const step = stepOf(event);
      if (step.status.endsWith("_FAILED")) failures.push(step);
      onStep(step);
    }
    if (!status.endsWith("_IN_PROGRESS"))
      return { status, isDone: isGood(status), cause: failures.find(isCause) ?? failures[0] };
    await pause(STEP_MS);
  }
}

export const isGood = (status: string) => /^(CREATE|UPDATE|DELETE|IMPORT)_COMPLETE$/.test(status);

/** Those that were broken off because another one failed say so, and stacks repeat what is wrong inside. */
const isCause = ({ reason = "", isStack }: Step) => !isStack && !/cancelled/i.test(reason);

async function statusOf(place: Place, stackId: string): Promise<string> {
  try {
    const { Stacks } = await place.cloudformation.send(new DescribeStacksCommand({ StackName: stackId }));
    return Stacks?.[0]?.StackStatus ?? "DELETE_COMPLETE";
  } catch (error) {
    if (isNamed(error, "ValidationError")) return "DELETE_COMPLETE";
    throw error;
  }
}

/** In the order in which they happened. */
async function newEvents(place: Place, stack: string, after: string | undefined): Promise<StackEvent[]> {
  const events: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page = await eventsPage(place, stack, token);
    for (const event of page.StackEvents ?? []) {
      if (event.EventId === after) return events.reverse();
      events.push(event);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return events.reverse();
}

function stepOf(event: StackEvent): Step {
  const { LogicalResourceId = "", ResourceType = "", ResourceStatus = "", ResourceStatusReason } = event;
  return {
    logicalId: LogicalResourceId,
    type: ResourceType,
    status: ResourceStatus,
    reason: ResourceStatusReason,
    atMs: event.Timestamp?.getTime() ?? 0,
    isStack: event.PhysicalResourceId === event.StackId,
  };
}
