import { Fault } from "../../kernel/faults.ts";
import type { Violation } from "../constraint-checks.ts";
import type { OperationModel } from "../protocol.ts";
import { membersOf } from "../schema.ts";
import type { WireRequest } from "../wire.ts";

// Where SQS departs from its protocols. Each entry says why; nothing else in protocol/ knows SQS.

/** A queue's URL is its address too: clients of the Query protocol send their requests there. */
const QUEUE_PATH = /^\/(?:queue\/[a-z0-9-]+\/)?\d{12}\/[A-Za-z0-9_-]{1,80}(?:\.fifo)?\/?$/;

/** What its clients have spoken before the present version, and still may. */
export const SQS_VERSIONS = new Set(["2007-05-01", "2008-01-01", "2009-02-01", "2011-10-01"]);

export function isQueuePath(path: string): boolean {
  return QUEUE_PATH.test(path);
}

/**
 * A request to a queue's own address need not name the queue once more: clients of before 2023 do not.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests.html
 */
export function withQueueOfPath(
  { input: schema, service }: OperationModel,
  { path, headers }: WireRequest,
  input: Record<string, unknown>,
): Record<string, unknown> {
  if (service.id !== "sqs" || path === "/" || input.QueueUrl !== undefined || !isQueuePath(path))
    return input;
  if (!membersOf(schema).some(({ name }) => name === "QueueUrl")) return input;
  return { ...input, QueueUrl: `http://${headers.host ?? "localhost"}${path}` };
}

/** What is missing is named as the Query protocol names it, one thing at a time. */
export function sqsViolation({ path, top }: Violation, operation: string): Fault {
  const entry = `${operation}RequestEntry`;
  if (top?.name === "Entries") {
    return new Fault("EmptyBatchRequest", `There should be at least one ${entry} in the request.`);
  }
  const steps = path.split(".").filter((step) => step !== "member");
  const named = steps.map((step) =>
    step === "entries" ? entry : step.charAt(0).toUpperCase() + step.slice(1),
  );
  return new Fault(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${named.join(".")}.`,
    { query: { code: "MissingParameter" } },
  );
}
