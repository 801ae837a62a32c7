import { Fault } from "../../../kernel/faults.ts";

export type Kind = "read" | "write";

export type Limit =
  | "ProvisionedThroughputExceeded"
  | "AccountLimitExceeded"
  | "KeyRangeThroughputExceeded"
  | "MaxOnDemandThroughputExceeded";

/** Where a limit was met. */
export interface Throttle {
  readonly limit: Limit;
  readonly kind: Kind;
  /** ARN of the table or index. */
  readonly resource: string;
  readonly isIndex: boolean;
  readonly mode: "PROVISIONED" | "PAY_PER_REQUEST";
}

const TABLE_PROVISIONED =
  "The level of configured provisioned throughput for the table was exceeded. " +
  "Consider increasing your provisioning level with the UpdateTable API.";
const INDEX_PROVISIONED =
  "The level of configured provisioned throughput for one or more global secondary indexes of the table " +
  "was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary " +
  "indexes with the UpdateTable API";
const ON_DEMAND =
  "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your " +
  "table or index so please try again shortly. If exceptions persist, check if you have a hot key: " +
  "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html";
const MAX_ON_DEMAND =
  "Throughput exceeds the maximum OnDemandThroughput configured on table or index. " +
  "Please consider increasing the maximum OnDemandThroughput.";
const ACCOUNT =
  "Throughput exceeds the current throughput limit for your account. " +
  "Please contact AWS Support at https://aws.amazon.com/support request a limit increase";

/**
 * One of the 16 reasons: `TableReadKeyRangeThroughputExceeded`.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html
 */
export function reasonOf({ isIndex, kind, limit }: Throttle): string {
  return `${isIndex ? "Index" : "Table"}${kind === "read" ? "Read" : "Write"}${limit}`;
}

/** The answer to a request that is throttled. */
export function throttleFault(throttle: Throttle): Fault {
  const reasons = [{ reason: reasonOf(throttle), resource: throttle.resource }];
  if (throttle.limit === "AccountLimitExceeded") {
    return new Fault("RequestLimitExceeded", ACCOUNT, { members: { ThrottlingReasons: reasons } });
  }
  if (throttle.mode === "PROVISIONED") {
    const message = throttle.isIndex ? INDEX_PROVISIONED : TABLE_PROVISIONED;
    return new Fault("ProvisionedThroughputExceededException", message, {
      members: { ThrottlingReasons: reasons },
    });
  }
  const message = throttle.limit === "MaxOnDemandThroughputExceeded" ? MAX_ON_DEMAND : ON_DEMAND;
  return new Fault("ThrottlingException", message, { members: { throttlingReasons: reasons } });
}

/** The CloudWatch metric that counts a limit: `ReadKeyRangeThroughputThrottleEvents`. */
export function throttleMetric({ kind, limit }: Throttle): string {
  const name = limit.replace(/Exceeded$/, "");
  return `${kind === "read" ? "Read" : "Write"}${name}ThrottleEvents`;
}
