import { parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Context } from "../define.ts";
import { fault, invalidParameter } from "./faults.ts";

/** Where a queue is, and what it is called: enough to find its record. */
export interface QueueName extends Scope {
  readonly name: string;
}

const NAME = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO_NAME = /^[A-Za-z0-9_-]{1,75}\.fifo$/;
/** `/<account>/<name>`, and the shape with the region in front that some local tools use. */
const PATH = /^\/(?:queue\/([a-z0-9-]+)\/)?(\d{12})\/([^/]+)\/?$/;
/** `sqs.<region>.…` or the older `<region>.queue.…` */
const HOST_REGION =
  /^(?:sqs\.([a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2})\.|([a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2})\.queue\.)/;

/**
 * Reads a queue's URL in any of the shapes that clients send: of AWS, of this platform, with the region in
 * the host or in the path. Whose region is not told is the request's.
 */
export function parseQueueUrl(url: string, scope: Scope): QueueName {
  const parts = /^(?:https?:\/\/([^/?#]+))?(\/[^?#]*)/.exec(url);
  const path = PATH.exec(parts?.[2] ?? "");
  if (!path) throw fault("InvalidAddress", `The address ${url} is not valid for this endpoint.`);
  const [, regionInPath, account = "", name = ""] = path;
  const host = HOST_REGION.exec(parts?.[1] ?? "");
  return { account, name, region: regionInPath ?? host?.[1] ?? host?.[2] ?? scope.region };
}

/** The URL under which the client reached the platform, with the queue's path. */
export function queueUrl(
  { endpoint }: Context,
  { account, name }: Pick<QueueName, "account" | "name">,
): string {
  return `${endpoint}/${account}/${name}`;
}

export function queueArn({ account, region, name }: QueueName): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/** Undefined for anything but a queue's ARN. */
export function parseQueueArn(text: string): QueueName | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "sqs" || !arn.region || !arn.account) return undefined;
  return { account: arn.account, region: arn.region, name: arn.resource };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
export function checkQueueName(name: string, fifo: boolean): void {
  if (fifo && !FIFO_NAME.test(name)) {
    throw invalidParameter(
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, " +
        "must end with .fifo suffix and be 1 to 80 in length.",
    );
  }
  if (!fifo && !NAME.test(name)) {
    throw invalidParameter(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
}
